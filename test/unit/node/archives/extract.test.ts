import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { pack, type Header } from 'tar-stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { extractArchive } from '../../../../src/node/archives/extract';
import { safePath } from '../../../../src/node/archives/safePath';
import { zip } from '../../grading/zip';

let folder: string;
const quiet = { signal: new AbortController().signal };
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'podium-extract-'))));
afterEach(() => rm(folder, { recursive: true, force: true }));

async function tarGz(entries: readonly (Pick<Header, 'name'> & Partial<Header> & { content?: string })[]): Promise<Buffer> {
  const tar = pack();
  for (const { content, ...header } of entries) tar.entry(header, content ?? '');
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar) chunks.push(chunk as Buffer);
  return gzipSync(Buffer.concat(chunks));
}

async function unpack(archive: Buffer, limits?: { bytes: number; files: number }): Promise<string> {
  await writeFile(join(folder, 'archive'), archive);
  const target = join(folder, 'out');
  await extractArchive(join(folder, 'archive'), target, quiet, limits);
  return target;
}

const nothingLeft = async (): Promise<void> => expect(await readdir(folder)).toEqual(['archive']);

describe('unpacking', () => {
  it('keeps folders, in zip and tar.gz', async () => {
    const out = await unpack(zip({ 'a.csv': 'id\n1\n', 'train/b.csv': 'x' }));
    expect(await readFile(join(out, 'train', 'b.csv'), 'utf8')).toBe('x');
    await rm(out, { recursive: true });
    const again = await unpack(await tarGz([{ name: './train', type: 'directory' }, { name: './train/b.csv', content: 'y' }]));
    expect(await readFile(join(again, 'train', 'b.csv'), 'utf8')).toBe('y');
  });

  it.each(['../x', '/x', 'a/../../x', 'C:\\x', 'nul'])('refuses a path like %s, and leaves nothing', async (name) => {
    await expect(unpack(zip({ 'good.csv': '1', [name]: 'x' }))).rejects.toMatchObject({ name: 'ArchiveError' });
    await nothingLeft();
    await expect(unpack(await tarGz([{ name: 'good.csv', content: '1' }, { name, content: 'x' }]))).rejects.toMatchObject({ name: 'ArchiveError' });
    await nothingLeft();
  });

  it('refuses links and devices', async () => {
    await expect(unpack(zip({ link: '/etc/passwd' }, { mode: 0o120777 }))).rejects.toMatchObject({ message: expect.stringContaining('holds a link') as string });
    await expect(unpack(await tarGz([{ name: 'link', type: 'symlink', linkname: '/etc/passwd' }]))).rejects.toMatchObject({ message: expect.stringContaining('holds a symlink') as string });
    await expect(unpack(await tarGz([{ name: 'hard', type: 'link', linkname: 'a' }]))).rejects.toMatchObject({ message: expect.stringContaining('holds a link') as string });
    await nothingLeft();
  });

  it('stops at the limits, whatever the archive says of itself', async () => {
    const bomb = 'a'.repeat(200_000);
    await expect(unpack(zip({ bomb }), { bytes: 100_000, files: 10 })).rejects.toMatchObject({ message: expect.stringContaining('more than 100,000 bytes') as string });
    await expect(unpack(zip({ bomb }, { declaredSize: 10 }), { bytes: 100_000, files: 10 })).rejects.toMatchObject({ reason: 'corrupt' });
    await expect(unpack(await tarGz([{ name: 'bomb', content: bomb }]), { bytes: 100_000, files: 10 })).rejects.toMatchObject({ message: expect.stringContaining('more than 100,000 bytes') as string });
    await expect(unpack(zip({ a: '', b: '', c: '' }), { bytes: 100, files: 2 })).rejects.toMatchObject({ message: expect.stringContaining('more than 2 files') as string });
    await nothingLeft();
  });

  it('refuses a second file of one name', async () => {
    await expect(unpack(await tarGz([{ name: 'a', content: '1' }, { name: 'a', content: '2' }]))).rejects.toMatchObject({ reason: 'corrupt' });
    await nothingLeft();
  });

  it('says when it is no archive, or a damaged one', async () => {
    await expect(unpack(Buffer.from('id,y\n1,2\n'))).rejects.toMatchObject({ reason: 'corrupt', message: expect.stringContaining('neither') as string });
    await expect(unpack(zip({ a: 'x'.repeat(1000) }).subarray(0, 60))).rejects.toMatchObject({ reason: 'corrupt' });
    await expect(unpack((await tarGz([{ name: 'a', content: 'x'.repeat(10_000) }])).subarray(0, 40))).rejects.toMatchObject({ reason: 'corrupt' });
    await nothingLeft();
  });
});

describe('a name of a file', () => {
  it.each(['../x', '/etc/passwd', 'a/../../b', 'a\\b', 'con.csv', 'x:y', 'a//b', '.', 'dot.'])('refuses to write "%s"', (name) => expect(() => safePath(name)).toThrowError(/not safe/));
});
