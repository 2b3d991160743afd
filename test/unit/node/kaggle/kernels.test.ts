import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openKaggle } from '../../../../src/node/kaggle/kaggle';
import type { KaggleCompetitions } from '../../../../src/node/kaggle/competitions';
import { readKernelFolder, refOf, writeKernelMetadata } from '../../../../src/node/kaggle/kernelFiles';
import { downloadDataset, kernelDone, kernelOutput, kernelResult, pullKernel, pushKernel, submitKernel } from '../../../../src/node/kaggle/kernels';
import { scoreOf } from '../../../../src/node/kaggle/submit';
import { KaggleServer } from '../../../fakes/kaggleServer';
import { zip } from '../../grading/zip';

let server: KaggleServer;
let folder: string;
let api: KaggleCompetitions;
const options = { signal: new AbortController().signal };
const poll = { pollMs: [1, 2] as const };
const cells = JSON.stringify({ cells: [{ cell_type: 'code', id: 'a', source: ['x = 1\n', 'x'], metadata: {}, outputs: [{ output_type: 'execute_result', data: { 'text/plain': ['1'] }, metadata: {}, execution_count: 3 }], execution_count: 3 }], metadata: {}, nbformat: 4, nbformat_minor: 5 });

beforeEach(async () => {
  server = await KaggleServer.start();
  server.codeOnly = true;
  folder = await mkdtemp(join(tmpdir(), 'podium-kernels-'));
  api = await openKaggle({ version: '0', baseUrl: server.baseUrl, stored: 'KGAT_x' });
});
afterEach(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
  expect(server.violations).toEqual([]);
});

async function notebook(): Promise<void> {
  await writeFile(join(folder, 'solution.ipynb'), cells);
  await writeKernelMetadata(folder, { id: 'ann/toy-solution', title: 'Toy solution', code_file: 'solution.ipynb', competition_sources: ['toy-cup'], dataset_sources: ['ann/extra'], model_sources: ['google/bert/pyTorch/base/1'], enable_gpu: 'true' });
}

describe('a notebook on Kaggle', () => {
  it('is pushed with its sources, waited for, and that version is submitted', async () => {
    await notebook();
    const pushed = await pushKernel(api, folder, options);
    expect(pushed).toMatchObject({ owner: 'ann', slug: 'toy-solution', version: 1, unknown: [] });
    expect(server.kernels[0]).toMatchObject({ slug: 'ann/toy-solution', newTitle: 'Toy solution', kernelType: 'notebook', isPrivate: true, enableGpu: true, enableInternet: false, competitionDataSources: ['toy-cup'], datasetDataSources: ['ann/extra'], modelDataSources: ['google/bert/pyTorch/base/1'] });
    const sent = JSON.parse(String(server.kernels[0]?.text)) as { cells: { source: unknown; outputs: unknown }[] };
    expect(sent.cells[0]).toMatchObject({ source: 'x = 1\nx', outputs: [], execution_count: null });
    const seen: string[] = [];
    await kernelDone(api, pushed, { ...poll, progress: (status) => seen.push(status) }, options);
    expect(seen).toEqual(['queued', 'running', 'complete']);
    server.files.set('/output', Buffer.from('id,y\n1,2\n'));
    await kernelOutput(api, pushed, join(folder, 'out'), options);
    expect((await readdir(join(folder, 'out'))).sort()).toEqual(['submission.csv', 'toy-solution.log']);
    const ref = await submitKernel(api, 'toy-cup', pushed, { file: 'submission.csv', message: 'one' }, options);
    expect(server.codeSubmissions).toEqual([{ competitionName: 'toy-cup', kernelOwner: 'ann', kernelSlug: 'toy-solution', kernelVersion: 1, fileName: 'submission.csv', submissionDescription: 'one' }]);
    expect(await scoreOf(api, ref, poll, options)).toMatchObject({ publicScore: '0.1234' });
  });

  it('says what Kaggle does not take or know, and why a version failed', async () => {
    await notebook();
    server.savedKernel = { error: 'Title is already in use' };
    await expect(pushKernel(api, folder, options)).rejects.toMatchObject({ reason: 'bad_kernel', message: expect.stringContaining('already in use') as string });
    server.savedKernel = { invalidDatasetSources: ['ann/extra'] };
    const pushed = await pushKernel(api, folder, options);
    expect(pushed.unknown).toEqual(['ann/extra']);
    server.kernelStatuses = [{ status: 'ERROR', failureMessage: 'Out of memory' }];
    await expect(kernelDone(api, pushed, poll, options)).rejects.toMatchObject({ reason: 'kernel_failed', message: expect.stringContaining('Out of memory') as string });
  });

  it('that failed is told before what went wrong with its log, which is fetched all the same', async () => {
    const pushed = { owner: 'ann', slug: 'toy-solution', version: 0 };
    const out = join(folder, 'out');
    const failed = { reason: 'kernel_failed', message: expect.stringContaining('Out of memory') as string };
    server.kernelStatuses = [{ status: 'ERROR', failureMessage: 'Out of memory' }];
    server.files.set('/output', Buffer.from('id,y\n1,2\n'));
    await expect(kernelResult(api, pushed, out, poll, options)).rejects.toMatchObject({ ...failed, nextStep: expect.stringContaining(out) as string });
    expect(await readFile(join(out, 'toy-solution.log'), 'utf8')).toBe('Version 0 ran.');
    server.fault('ListKernelSessionOutput', { kind: 'status', status: 500, message: 'No session' });
    await expect(kernelResult(api, pushed, out, poll, options)).rejects.toMatchObject({ ...failed, nextStep: expect.stringMatching(/push it again.*could not be fetched either: .*No session/) as string });
  });

  it('gives log and output of its newest version, never those of a newer one for an older one', async () => {
    await notebook();
    const first = await pushKernel(api, folder, options);
    server.files.set('/output/1', Buffer.from('one'));
    server.files.set('/output/2', Buffer.from('two'));
    server.kernelStatuses = [{ status: 'COMPLETE' }];
    const out = join(folder, 'out');
    await kernelResult(api, first, out, poll, options);
    expect(await readFile(join(out, 'submission.csv'), 'utf8')).toBe('one');
    const second = await pushKernel(api, folder, options);
    const older = { reason: 'not_found', message: expect.stringMatching(/version 1 .*newest version only, which is 2/) as string, page: 'https://www.kaggle.com/code/ann/toy-solution' };
    const none = join(folder, 'none');
    await expect(kernelResult(api, first, none, poll, options)).rejects.toMatchObject(older);
    server.kernelStatuses = [{ status: 'ERROR', failureMessage: 'Out of memory' }];
    await expect(kernelResult(api, first, none, poll, options)).rejects.toMatchObject({ reason: 'kernel_failed', nextStep: expect.stringMatching(/could not be fetched either: .*version 1/) as string });
    await expect(readdir(none)).rejects.toMatchObject({ code: 'ENOENT' });
    server.kernelStatuses = [{ status: 'COMPLETE' }];
    await kernelResult(api, second, join(folder, 'new'), poll, options);
    expect(await readFile(join(folder, 'new', 'submission.csv'), 'utf8')).toBe('two');
    // Pushed by somebody while the output was listed.
    const third = await pushKernel(api, folder, options);
    server.onCall = (method) => void (method === 'ListKernelSessionOutput' && server.kernels.push({}));
    await expect(kernelResult(api, third, none, poll, options)).rejects.toMatchObject({ reason: 'not_found' });
    await expect(readdir(none)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('is not submitted again where the answer was lost', async () => {
    server.lateBy = 1;
    server.fault('CreateCodeSubmission', { kind: 'lost_reply' });
    const version = { owner: 'ann', slug: 's', version: 1 };
    expect(await submitKernel(api, 'toy-cup', version, { file: 'f', message: 'm', ...poll }, options)).toBe(501);
    server.fault('CreateCodeSubmission', { kind: 'status', status: 502, html: true });
    await expect(submitKernel(api, 'toy-cup', version, { file: 'f', message: 'm', ...poll }, options)).rejects.toMatchObject({ message: expect.stringContaining('not certain') as string });
    expect(server.codeSubmissions).toHaveLength(1);
  });

  it('keeps the daily limit', async () => {
    server.allowedNow = 0;
    await expect(submitKernel(api, 'toy-cup', { owner: 'ann', slug: 's', version: 1 }, { file: 'f', message: 'm' }, options)).rejects.toMatchObject({ reason: 'no_submissions_left' });
    expect(server.codeSubmissions).toEqual([]);
  });

  it('is taken as a starting point, with what it reads', async () => {
    const path = await pullKernel(api, 'https://www.kaggle.com/code/ann/first-look?scriptVersionId=1', join(folder, 'start'), options);
    expect(path).toBe(join(folder, 'start', 'first-look.ipynb'));
    expect((await readKernelFolder(join(folder, 'start'))).metadata).toMatchObject({ id: 'ann/first-look', title: 'First look', code_file: 'first-look.ipynb', competition_sources: ['toy-cup'], dataset_sources: ['ann/extra'], is_private: true });
    await expect(pullKernel(api, 'bob/secret', join(folder, 'other'), options)).rejects.toMatchObject({ reason: 'forbidden' });
    await expect(pullKernel(api, 'ann/first-look', join(folder, 'start'), options)).rejects.toMatchObject({ reason: 'bad_name', message: expect.stringContaining('is there already') as string });
  });

  it('is refused before it is sent where its metadata is wrong', async () => {
    await expect(readKernelFolder(folder)).rejects.toMatchObject({ reason: 'bad_kernel', message: expect.stringContaining('kernel-metadata.json') as string });
    await writeFile(join(folder, 'kernel-metadata.json'), JSON.stringify({ id: 'ann/x', title: 'x', code_file: '../secret.py', kernel_type: 'script' }));
    await expect(readKernelFolder(folder)).rejects.toMatchObject({ message: expect.stringContaining('too short') as string });
    await writeFile(join(folder, 'kernel-metadata.json'), JSON.stringify({ id: 'ann/long-title', title: 'Long title', code_file: '../secret.py', kernel_type: 'script' }));
    await expect(readKernelFolder(folder)).rejects.toMatchObject({ message: expect.stringContaining('leaves the folder') as string });
    await writeFile(join(folder, 'kernel-metadata.json'), JSON.stringify({ id: 'ann/other', title: 'Long title', code_file: 's.py', kernel_type: 'script' }));
    await writeFile(join(folder, 's.py'), '1');
    await expect(pushKernel(api, folder, options)).rejects.toMatchObject({ message: expect.stringContaining('"long-title"') as string });
    expect(() => refOf('just-a-name')).toThrow(/owner\/name/);
  });
});

describe('an address', () => {
  it('that is not encrypted gets no credentials, unless it is this machine', async () => {
    for (const baseUrl of ['http://kaggle.example/v1', 'ftp://127.0.0.1/v1', 'no address']) await expect(openKaggle({ version: '0', baseUrl, stored: 'KGAT_x' })).rejects.toMatchObject({ reason: 'bad_request' });
  });
});

describe('a data set', () => {
  it('is downloaded and unpacked; an archive that leads out of its folder is refused', async () => {
    server.files.set('/dataset', zip({ 'deep/extra.csv': 'a\n1\n' }));
    await downloadDataset(api, 'https://www.kaggle.com/datasets/ann/extra', join(folder, 'extra'), () => undefined, options);
    expect(await readFile(join(folder, 'extra', 'deep', 'extra.csv'), 'utf8')).toBe('a\n1\n');
    await expect(downloadDataset(api, 'ann/extra', join(folder, 'extra'), () => undefined, options)).rejects.toMatchObject({ reason: 'bad_name' });
    await writeFile(join(folder, 'mine.zip'), 'my own');
    await expect(downloadDataset(api, 'ann/extra', join(folder, 'mine.zip'), () => undefined, options)).rejects.toMatchObject({ reason: 'bad_name' });
    expect(await readFile(join(folder, 'mine.zip'), 'utf8')).toBe('my own');
    server.files.set('/dataset', zip({ '../evil.csv': 'x' }));
    await expect(downloadDataset(api, 'ann/extra', join(folder, 'evil'), () => undefined, options)).rejects.toMatchObject({ reason: expect.stringMatching(/bad_name|corrupt/) as string });
    expect(await readdir(folder)).not.toContain('evil.csv');
  });
});
