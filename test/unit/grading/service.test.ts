import { gzipSync } from 'node:zlib';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CancelledError } from '../../../src/core/errors';
import { GradingError } from '../../../src/node/grading/gradingError';
import { GradingService } from '../../../src/node/grading/gradingService';
import type { GradingJob } from '../../../src/node/grading/job';
import { runJob } from '../../../src/node/grading/runJob';
import { maxUnpackedInRun, unpack } from '../../../src/node/grading/unpack';
import { buildBundles } from './bundles';
import type { Bundles } from './bundles';
import { bytes } from './helpers';
import { zip } from './zip';

const csv = 'id,y\na,1\nb,2\n';
const text = (unpacked: Awaited<ReturnType<typeof unpack>>): string =>
  unpacked.ok ? new TextDecoder().decode(unpacked.bytes) : `refused: ${unpacked.message}`;

describe('unpacking by content', () => {
  it('takes plain text, gzip and a zip with one file', async () => {
    expect(text(await unpack(bytes(csv)))).toBe(csv);
    expect(text(await unpack(gzipSync(csv)))).toBe(csv);
    expect(text(await unpack(zip({ 'submission.csv': csv })))).toBe(csv);
    expect(text(await unpack(zip({ 'folder/': '', 'folder/submission.csv': csv })))).toBe(csv);
  });
  it('refuses two files, none, and damage', async () => {
    expect(text(await unpack(zip({ 'a.csv': csv, 'b.csv': csv })))).toContain('exactly one file');
    expect(text(await unpack(zip({})))).toContain('exactly one file');
    expect(text(await unpack(zip({ '../a.csv': csv })))).toContain('cannot be unpacked');
    expect(text(await unpack(gzipSync(csv).subarray(0, 15)))).toContain('cannot be unpacked');
    expect(text(await unpack(zip({ 'a.csv': csv }).subarray(0, 40)))).toContain('cannot be unpacked');
  });
  it('refuses a zip whose content does not fit its checksum', async () => {
    const archive = zip({ 'a.csv': csv });
    archive[14]! ^= 1;
    const directory = archive.indexOf('PK\u0001\u0002');
    archive[directory + 16]! ^= 1;
    expect(text(await unpack(archive))).toContain('checksum');
  });
  it('stops early at what a run has written', async () => {
    const packed = gzipSync(new Uint8Array(maxUnpackedInRun + 1), { level: 1 });
    const job = { answers: { bytes: bytes(csv) }, metric: 'rmse', submission: { bytes: packed } };
    expect(await runJob(job)).toMatchObject({ kind: 'graded', grade: { valid: false, errors: [{ code: 'bad_archive', message: expect.stringContaining('256,000,000') as string }] } });
  });
  it('stops at the limit', async () => {
    const bomb = 'x'.repeat(100_000);
    expect(text(await unpack(gzipSync(bomb), 50_000))).toContain('more than 50,000 bytes');
    expect(text(await unpack(zip({ 'a.csv': bomb }), 50_000))).toContain('more than 50,000 bytes');
  });
  it('does not trust the size that a zip declares', async () => {
    expect(text(await unpack(zip({ 'a.csv': 'x'.repeat(100_000) }, { declaredSize: 10 }), 50_000))).toContain('cannot be unpacked');
  });
});

describe('grading in a worker', () => {
  let bundles: Bundles;
  beforeAll(async () => {
    bundles = await buildBundles();
  });
  afterAll(() => bundles.remove());
  const job = (more: Partial<GradingJob> = {}): GradingJob => ({ answers: { bytes: bytes(csv) }, submission: { bytes: bytes(csv) }, metric: 'mae', ...more });
  const service = (): GradingService => new GradingService(bundles.worker);

  it('grades bytes and files', async () => {
    const path = join(bundles.folder, 'submission.csv.gz');
    await writeFile(path, gzipSync('id,y\nb,3\na,1\n'));
    expect(await service().grade(job())).toMatchObject({ valid: true, score: 0 });
    expect(await service().grade(job({ submission: { path } }))).toMatchObject({ valid: true, score: 0.5 });
  });
  it('reads a long submission in a thread of its own, and grades also without it', async () => {
    const rows = Array.from({ length: 300_000 }, (_, i) => (i % 5 === 0 ? `"a longer name, no. ${i}"` : `row_${i}`));
    const answers = join(bundles.folder, 'long-answers.csv');
    const submission = join(bundles.folder, 'long.csv');
    await writeFile(answers, `id,y\n${rows.map((id, i) => `${id},${i % 7}\n`).join('')}`);
    const files = { answers: { path: answers }, submission: { path: submission } };
    const reader = join(bundles.folder, 'numbersReader.js');
    const itself = await readFile(reader);
    const asked = join(bundles.folder, 'asked');
    const readers = { itself, told: `require('node:fs').appendFileSync(${JSON.stringify(asked)}, 'x');${itself.toString()}`, broken: 'throw new Error()', ends: 'process.exit(3)' };
    try {
      for (const [name, code] of Object.entries(readers)) {
        await writeFile(reader, code);
        await writeFile(submission, `id,y\n${rows.map((id, i) => `${id},${i % 7}.12345678901000000\n`).reverse().join('')}`);
        expect(await service().grade(job(files)), name).toMatchObject({ valid: true, score: expect.closeTo(0.12345678901, 9) as number, rows: 300_000 });
        await writeFile(submission, `id,y\n${rows.map((id, i) => `${id},${i === 5 ? 'oops' : '0.1234567890123456789'}\n`).join('')}`);
        expect(await service().grade(job(files)), name).toMatchObject({ valid: false, errors: [{ code: 'not_a_number', line: 7 }] });
      }
      expect(await readFile(asked, 'utf8')).toBe('xx');
    } finally {
      await writeFile(reader, itself);
    }
  });
  it('reports a bad archive as a problem of the submission, or of the answers', async () => {
    const bad = { bytes: gzipSync(csv).subarray(0, 15) };
    expect(await service().grade(job({ submission: bad }))).toMatchObject({ valid: false, direction: 'minimize', errors: [{ code: 'bad_archive' }] });
    expect(await service().grade(job({ answers: bad }))).toMatchObject({ valid: false, errors: [{ code: 'bad_answers' }] });
  });
  it('says which file cannot be read', async () => {
    await expect(service().grade(job({ submission: { path: '/nowhere/file.csv' } }))).rejects.toSatisfy(
      (error) => GradingError.is(error, 'unreadable') && error.message.includes('/nowhere/file.csv'),
    );
  });
  it('can be cancelled before and while it runs', async () => {
    await expect(service().grade(job(), AbortSignal.abort())).rejects.toBeInstanceOf(CancelledError);
    const controller = new AbortController();
    const running = service().grade(job(), controller.signal);
    controller.abort();
    await expect(running).rejects.toBeInstanceOf(CancelledError);
  });
  it('turns a worker that is missing, ends early or runs out of memory into a clear error', async () => {
    await expect(new GradingService(join(bundles.folder, 'none.js')).grade(job())).rejects.toSatisfy((error) => GradingError.is(error, 'crashed'));
    const ends = join(bundles.folder, 'ends.js');
    await writeFile(ends, 'process.exit(3)');
    await expect(new GradingService(ends).grade(job())).rejects.toThrow(/code 3/);
    const hungry = join(bundles.folder, 'hungry.js');
    await writeFile(hungry, "const e = new Error('heap'); e.code = 'ERR_WORKER_OUT_OF_MEMORY'; throw e;");
    await expect(new GradingService(hungry).grade(job())).rejects.toSatisfy((error) => GradingError.is(error, 'out_of_memory'));
  });
});
