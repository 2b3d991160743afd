import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CancelledError } from '../../../../src/core/errors';
import { KaggleClient } from '../../../../src/node/kaggle/client';
import { KaggleCompetitions } from '../../../../src/node/kaggle/competitions';
import { findCredentials, parseStored } from '../../../../src/node/kaggle/credentials';
import { download } from '../../../../src/node/kaggle/download';
import { competitionSlug, slugOfRef } from '../../../../src/node/kaggle/slug';
import { downloadFile } from '../../../../src/node/kaggle/downloadAll';
import { submitToKaggle } from '../../../../src/node/kaggle/submit';
import { KaggleServer } from '../../../fakes/kaggleServer';
import { zip } from '../../grading/zip';

let server: KaggleServer;
let folder: string;
const waits: number[] = [];
const quiet = { signal: new AbortController().signal };

beforeEach(async () => {
  server = await KaggleServer.start();
  folder = await mkdtemp(join(tmpdir(), 'podium-kaggle-'));
  waits.length = 0;
});
afterEach(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
  expect(server.violations).toEqual([]);
});

const kaggle = (credentials = parseStored('KGAT_secret')): KaggleCompetitions =>
  new KaggleCompetitions(new KaggleClient({ credentials, baseUrl: server.baseUrl, version: '0.0.0', firstPauseMs: 5, maxPauseMs: 1_200, onWait: (_why, seconds) => waits.push(seconds) }));

describe('names', () => {
  it.each(['titanic', ' Titanic ', 'https://www.kaggle.com/competitions/titanic', 'https://www.kaggle.com/c/titanic/data?x=1', 'kaggle.com/competitions/titanic/overview'])('%s is titanic', (text) => {
    expect(competitionSlug(text)).toBe('titanic');
  });

  it.each(['', 'two words', '../etc', 'https://example.org/titanic'])('"%s" is refused', (text) => expect(() => competitionSlug(text)).toThrowError(/no address or name/));

  it('takes the last part of a ref', () => expect(slugOfRef('https://www.kaggle.com/competitions/toy-cup')).toBe('toy-cup'));
});

describe('credentials', () => {
  const none = {};

  it('prefers what is stored, then the environment, then files', async () => {
    await expect(findCredentials(undefined, none, folder)).rejects.toMatchObject({ reason: 'no_credentials' });
    await writeFile(join(folder, 'kaggle.json'), '{"username":"me","key":"abc"}');
    const file = { KAGGLE_CONFIG_DIR: folder };
    expect(await findCredentials(undefined, file, folder)).toMatchObject({ kind: 'basic', username: 'me', key: 'abc' });
    expect(await findCredentials(undefined, { ...file, KAGGLE_USERNAME: 'you', KAGGLE_KEY: 'k' }, folder)).toMatchObject({ kind: 'basic', username: 'you' });
    expect(await findCredentials(undefined, { ...file, KAGGLE_API_TOKEN: 'tok' }, folder)).toMatchObject({ kind: 'bearer', token: 'tok' });
    expect(await findCredentials('stored', { KAGGLE_API_TOKEN: 'tok' }, folder)).toMatchObject({ kind: 'bearer', token: 'stored' });
  });

  it('reads a token from the file that the variable names', async () => {
    const path = join(folder, 'token');
    await writeFile(path, 'from-file\n');
    expect(await findCredentials(undefined, { KAGGLE_API_TOKEN: path }, folder)).toMatchObject({ token: 'from-file' });
  });

  it('sends a new token as bearer wherever it stands', () => {
    expect(parseStored('{"username":"me","key":"KGAT_x"}')).toMatchObject({ kind: 'bearer', token: 'KGAT_x' });
    expect(() => parseStored('{"user":"me"}')).toThrowError(/no kaggle.json/);
  });

  it('goes on past a file that holds settings only, and says when one is broken', async () => {
    await writeFile(join(folder, 'kaggle.json'), '{"proxy":"x"}');
    await expect(findCredentials(undefined, { KAGGLE_CONFIG_DIR: folder }, folder)).rejects.toMatchObject({ message: 'No Kaggle credentials were found.' });
    await writeFile(join(folder, 'kaggle.json'), '{');
    await expect(findCredentials(undefined, { KAGGLE_CONFIG_DIR: folder }, folder)).rejects.toMatchObject({ message: expect.stringContaining('no JSON') as string });
  });
});

describe('reads', () => {
  it('follows pages over an empty one and stops at a token that comes again', async () => {
    const found = await kaggle().list('', 100, quiet);
    expect(found.map((one) => one.title)).toEqual(['Toy Cup', 'Second Cup']);
    expect(found[0]).toMatchObject({ teamCount: 12, userHasEntered: false, tags: [{ name: 'tabular' }] });
  });

  it('waits as long as asked after 429 and tries again', async () => {
    server.fault('GetCompetition', { kind: 'status', status: 429, headers: { 'retry-after': '1' } }, { kind: 'status', status: 429, nested: true, message: 'Too many requests' });
    expect(await kaggle().get('toy-cup', quiet)).toMatchObject({ title: 'Toy Cup' });
    expect(waits[0]).toBe(1);
    expect(waits).toHaveLength(2);
  });

  it('tries reads again after 502 with HTML, and gives up in the end', async () => {
    server.fault('GetCompetition', { kind: 'status', status: 502, html: true });
    expect(await kaggle().get('toy-cup', quiet)).toMatchObject({ title: 'Toy Cup' });
    server.fault('GetCompetition', ...Array.from({ length: 6 }, () => ({ kind: 'status' as const, status: 503 })));
    await expect(kaggle().get('toy-cup', quiet)).rejects.toMatchObject({ reason: 'server_error' });
  });

  it('takes an error inside HTTP 200 for one', async () => {
    server.fault('GetSubmissionLimits', { kind: 'inside', code: 400, message: 'Bad thing' });
    await expect(kaggle().limits('toy-cup', quiet)).rejects.toMatchObject({ reason: 'bad_request', message: expect.stringContaining('Bad thing') as string });
  });

  it('says which credentials were refused, and never shows them', async () => {
    server.authorization = 'Bearer other';
    const error = await kaggle().get('toy-cup', quiet).catch((caught: unknown) => caught as Error);
    expect(error).toMatchObject({ reason: 'unauthorized', message: expect.stringContaining('the stored credentials') as string });
    expect(JSON.stringify(error) + String((error as Error).stack)).not.toContain('KGAT_secret');
  });

  it('tells a wrong name from rules that were not accepted', async () => {
    await expect(kaggle().files('no-such-cup', quiet)).rejects.toMatchObject({ reason: 'unknown_competition', nextStep: expect.stringContaining('Toy Cup') as string });
    server.entered = false;
    await expect(kaggle().files('toy-cup', quiet)).rejects.toMatchObject({ reason: 'rules_not_accepted', page: 'https://www.kaggle.com/competitions/toy-cup/rules' });
    // The same as a bare 403 and a bare 400.
    server.fault('ListSubmissions', { kind: 'status', status: 403, message: '' }, { kind: 'status', status: 400, message: '' });
    await expect(kaggle().submissions('toy-cup', 5, quiet)).rejects.toMatchObject({ reason: 'rules_not_accepted' });
    await expect(kaggle().submissions('toy-cup', 5, quiet)).rejects.toMatchObject({ reason: 'rules_not_accepted' });
    server.entered = true;
    server.fault('ListSubmissions', { kind: 'status', status: 403, message: 'no' });
    await expect(kaggle().submissions('toy-cup', 5, quiet)).rejects.toMatchObject({ reason: 'forbidden', nextStep: expect.stringContaining('verified') as string });
  });

  it('leaves out entries of the board without a score', async () => {
    server.board = [{ teamName: 'a', score: '0.5' }, { teamName: 'b', score: '' }, { teamName: 'c', score: '1e-3' }];
    expect(await kaggle().leaderboard('toy-cup', quiet)).toEqual([{ team: 'a', score: 0.5 }, { team: 'c', score: 0.001 }]);
  });
});

describe('downloads', () => {
  const content = Buffer.from(Array.from({ length: 50_000 }, (_, i) => i % 251));
  const get = (name = 'train/a.csv', options = quiet): Promise<string> => {
    const client = kaggle().client;
    return download({ locate: () => client.locate('competitions.CompetitionApiService/DownloadDataFile', { competitionName: 'toy-cup', fileName: name }, options), folder, name, pauseMs: 1, waits: client.waits }, options);
  };

  it('keeps folders, and the name under which the file arrives', async () => {
    server.files.set('train/a.csv', content);
    server.storedAs.set('train/a.csv', 'a.csv.zip');
    expect(await get()).toBe(join(folder, 'train', 'a.csv.zip'));
    expect(await readFile(join(folder, 'train', 'a.csv.zip'))).toEqual(content);
    expect(await readdir(join(folder, 'train'))).toEqual(['a.csv.zip']);
  });

  it('takes up a broken transfer where it broke', async () => {
    server.files.set('train/a.csv', content);
    server.storageFaults.push({ kind: 'cut', after: 10_000 }, { kind: 'cut', after: 7_000 });
    expect(await readFile(await get())).toEqual(content);
  });

  it('goes on after an earlier call that was cancelled', async () => {
    server.files.set('train/a.csv', content);
    server.storageFaults.push({ kind: 'slow' });
    const abort = new AbortController();
    const first = get('train/a.csv', { signal: abort.signal });
    const ended = expect(first).rejects.toBeInstanceOf(CancelledError);
    await vi.waitFor(async () => expect(await readdir(join(folder, 'train'))).toContain('a.csv.part'), { timeout: 10_000 });
    abort.abort();
    await ended;
    expect(await readdir(join(folder, 'train'))).toContain('a.csv.part');
    expect(await readFile(await get())).toEqual(content);
  });

  it('begins again when the data has changed, the range is ignored, or the checksum does not fit', async () => {
    server.files.set('train/a.csv', content);
    server.storageFaults.push({ kind: 'cut', after: 10_000 });
    const other = Buffer.from(content).reverse();
    const changing = get();
    setTimeout(() => server.change('train/a.csv', other), 10);
    expect(await readFile(await changing)).toEqual(other);
    server.storageFaults.push({ kind: 'cut', after: 10_000 }, { kind: 'range_ignored' });
    expect(await readFile(await get())).toEqual(other);
    server.storageFaults.push({ kind: 'wrong_md5' });
    expect(await readFile(await get())).toEqual(other);
  });

  it('asks for a new address when the old one has expired, and does without a length', async () => {
    server.files.set('train/a.csv', content);
    server.storageFaults.push({ kind: 'status', status: 403 }, { kind: 'no_length' });
    expect(await readFile(await get())).toEqual(content);
  });

  it('tells every wait, and gives up soon where no address is taken', async () => {
    server.files.set('train/a.csv', content);
    server.storageFaults.push({ kind: 'cut', after: 10_000 });
    await get();
    expect(waits).toEqual([0.001]);
    server.storageFaults.push(...Array.from({ length: 8 }, () => ({ kind: 'status' as const, status: 404 })));
    await expect(get()).rejects.toMatchObject({ reason: 'server_error' });
    expect(server.storageFaults).toHaveLength(5);
  });

  it('loads an archive anew that was damaged, and not one that is whole', async () => {
    const api = kaggle();
    const file = (): Promise<string> => downloadFile(api, 'toy-cup', 'b.csv', folder, () => undefined, quiet);
    server.storedAs.set('b.csv', 'b.csv.zip');
    server.files.set('b.csv', zip({ 'b.csv': 'id\n1\n' }).subarray(0, 40));
    await expect(file()).rejects.toMatchObject({ name: 'ArchiveError', reason: 'corrupt' });
    expect(await readdir(folder)).toEqual([]);
    server.change('b.csv', zip({ 'b.csv': 'id\n1\n' }));
    expect(await readFile(await file(), 'utf8')).toBe('id\n1\n');
    expect(await readdir(folder)).toEqual(['b.csv']);
  });

  it('never writes an error as data', async () => {
    server.files.set('train/a.csv', content);
    server.storageFaults.push(...Array.from({ length: 8 }, () => ({ kind: 'status' as const, status: 500 })));
    await expect(get()).rejects.toMatchObject({ reason: 'server_error' });
    expect(await readdir(join(folder, 'train'))).toEqual([]);
  });

  it('says that the rules were not accepted', async () => {
    server.entered = false;
    await expect(kaggle().explained('toy-cup', quiet, () => get())).rejects.toMatchObject({ reason: 'rules_not_accepted' });
  });
});

describe('submissions', () => {
  const send = async (text = 'id,y\n1,2\n'): ReturnType<typeof submitToKaggle> => {
    const file = join(folder, 'submission.csv');
    await writeFile(file, text);
    return await submitToKaggle(kaggle(), { slug: 'toy-cup', file, message: 'attempt 3', pollMs: [2, 5], pauseMs: 1 }, quiet);
  };

  it('uploads, submits and waits for the score', async () => {
    expect(await send()).toMatchObject({ ref: 501, status: 'complete', publicScore: '0.1234', privateScore: '' });
    expect(server.uploaded('tok1')?.toString()).toBe('id,y\n1,2\n');
  });

  it('takes up a broken upload where it broke, and begins anew when the session is lost', async () => {
    server.storageFaults.push({ kind: 'cut', after: 4 });
    await send();
    expect(server.uploaded('tok1')?.toString()).toBe('id,y\n1,2\n');
    server.storageFaults.push({ kind: 'status', status: 503 });
    await send();
    expect(server.uploaded('tok2')?.toString()).toBe('id,y\n1,2\n');
  });

  it('finds a submission whose answer was lost instead of sending it again', async () => {
    server.fault('CreateSubmission', { kind: 'lost_reply' });
    expect(await send()).toMatchObject({ ref: 501 });
    expect(server.submissions).toHaveLength(1);
    expect(server.calls.filter((method) => method === 'CreateSubmission')).toHaveLength(1);
  });

  it('does not take an earlier one of the same name for it, and waits for a late list', async () => {
    await send();
    server.lateBy = 3;
    server.fault('CreateSubmission', { kind: 'lost_reply' });
    expect(await send()).toMatchObject({ ref: 502 });
    server.fault('CreateSubmission', { kind: 'status', status: 502, html: true });
    await expect(send()).rejects.toMatchObject({ message: expect.stringContaining('not certain') as string });
    expect(server.submissions).toHaveLength(2);
  });

  it('does not send it again when it is not certain, and says so', async () => {
    server.fault('CreateSubmission', { kind: 'status', status: 502, html: true });
    await expect(send()).rejects.toMatchObject({ message: expect.stringContaining('not certain') as string });
    expect(server.calls.filter((method) => method === 'CreateSubmission')).toHaveLength(1);
  });

  it('keeps the day\'s limit, and code competitions, before anything is sent', async () => {
    server.allowedNow = 0;
    await expect(send()).rejects.toMatchObject({ reason: 'no_submissions_left' });
    server.allowedNow = 5;
    server.codeOnly = true;
    await expect(send()).rejects.toMatchObject({ reason: 'code_only' });
    expect(server.calls).not.toContain('StartSubmissionUpload');
  });

  it('passes on Kaggle\'s own reason, of several lines', async () => {
    server.nextResult = { status: 'SUBMISSION_STATUS_ERROR', errorDescription: "column 'y' missing\nline two" };
    await expect(send()).rejects.toMatchObject({ reason: 'submission_failed', message: expect.stringContaining("column 'y' missing\nline two") as string });
  });
});
