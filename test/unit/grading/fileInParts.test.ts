import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fileInParts } from '../../../src/node/grading/fileInParts';

describe('a file in parts', () => {
  let folder = '';
  beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'podium-parts-'))));
  afterAll(() => rm(folder, { recursive: true }));
  const write = async (content: string | Uint8Array): Promise<string> => {
    const path = join(folder, 'file.csv');
    await writeFile(path, content);
    return path;
  };

  it.each([
    ['empty', ''],
    ['one line', 'id,y'],
    ['short lines', 'id,y\n'.repeat(200_000)],
    ['no line end at the end', `${'id,y\n'.repeat(100_000)}last`],
    ['a line longer than a part', `${'x'.repeat(700_000)}\nid,y\n${'é'.repeat(300_000)}`],
    ['no line end at all', 'x'.repeat(600_000)],
    ['a line end at the end of a part', `${'x'.repeat(256 * 1024 - 1)}\n${'y'.repeat(256 * 1024)}\n`],
  ])('%s: all of it, each part ending with a line feed but the last', async (_name, content) => {
    const file = fileInParts(await write(content))!;
    const parts: string[] = [];
    for (const part of file.parts()) parts.push(new TextDecoder().decode(part));
    expect(parts.join('') === content).toBe(true);
    expect(parts.slice(0, -1).every((part) => part.endsWith('\n'))).toBe(true);
    expect(parts).not.toContain('');
    expect(file.size).toBe(new TextEncoder().encode(content).length);
    expect(new TextDecoder().decode(file.whole()) === content).toBe(true);
  });

  it('leaves archives and what is no file to others', async () => {
    expect(fileInParts(await write(gzipSync('id,y\n')))).toBeNull();
    expect(fileInParts(await write('PK\u0003\u0004'))).toBeNull();
    expect(fileInParts('/dev/null')).toBeNull();
    expect(() => fileInParts(join(folder, 'missing.csv'))).toThrow('ENOENT');
  });
});
