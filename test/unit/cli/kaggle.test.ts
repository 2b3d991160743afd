import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { KaggleServer } from '../../fakes/kaggleServer';
import { buildBundles, type Bundles } from '../grading/bundles';
import { zip } from '../grading/zip';

let bundles: Bundles;
let server: KaggleServer;
let folder: string;
beforeAll(async () => void (bundles = await buildBundles()), 60_000);
afterAll(() => bundles.remove());
beforeEach(async () => {
  server = await KaggleServer.start();
  folder = await mkdtemp(join(tmpdir(), 'podium-kaggle-cli-'));
});
afterEach(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
  expect(server.violations).toEqual([]);
});

interface Ran {
  readonly code: number;
  readonly json: unknown;
  readonly text: string;
}

/** The real command in its own process, against the server in this one. */
function podium(args: readonly string[], env: Readonly<Record<string, string>> = { KAGGLE_API_TOKEN: 'secret-token' }, json = true): Promise<Ran> {
  const clean = { PATH: process.env.PATH, HOME: folder, ...env };
  return new Promise((resolve) => {
    execFile(process.execPath, [bundles.cli, ...(args[0] === 'import' ? [] : ['kaggle']), ...args, ...(args[0] === 'init' ? [] : ['--base-url', server.baseUrl]), ...(json ? ['--json'] : [])], { env: clean, cwd: folder }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, json: !json || stdout.trim() === '' ? undefined : JSON.parse(stdout), text: stdout + stderr });
    });
  });
}

describe('podium kaggle', () => {
  it('finds competitions', async () => {
    expect(await podium(['list', 'toy'])).toMatchObject({ code: 0, json: [{ id: 'toy-cup', teams: 12, metric: 'Log Loss' }, { id: 'second-cup' }] });
  });

  it('begins with a pasted address, and says that the rules come first', async () => {
    server.entered = false;
    expect(await podium(['show', 'https://www.kaggle.com/competitions/toy-cup/overview'])).toMatchObject({ code: 0, json: { id: 'toy-cup', entered: false, rules: 'https://www.kaggle.com/competitions/toy-cup/rules', files: null } });
    const refused = await podium(['download', 'toy-cup']);
    expect(refused).toMatchObject({ code: 1, json: { error: { reason: 'rules_not_accepted', nextStep: expect.stringContaining('/competitions/toy-cup/rules') as string } } });
  });

  it('downloads and unpacks what arrives packed', async () => {
    server.files.set('train.csv', zip({ 'train.csv': 'id,y\n1,2\n' }));
    server.storedAs.set('train.csv', 'train.csv.zip');
    server.files.set('test.csv', Buffer.from('id\n1\n'));
    expect(await podium(['download', 'toy-cup', '--out', 'data'])).toMatchObject({ code: 0 });
    expect(await readFile(join(folder, 'data', 'train.csv'), 'utf8')).toBe('id,y\n1,2\n');
    expect(await readFile(join(folder, 'data', 'test.csv'), 'utf8')).toBe('id\n1\n');
  });

  it('takes the archive of all where there are many files', async () => {
    for (let n = 0; n < 30; n++) server.files.set(`images/${n}.png`, Buffer.from('x'));
    server.files.set('/all', zip({ 'images/0.png': 'zero', 'train.csv': 'id\n' }));
    // Named like the archive at Kaggle.
    await writeFile(join(folder, 'toy-cup.zip'), 'mine');
    expect(await podium(['download', 'toy-cup', '--out', 'data'])).toMatchObject({ code: 0 });
    expect(server.calls.filter((call) => call.startsWith('Download'))).toEqual(['DownloadDataFiles']);
    expect(await readFile(join(folder, 'data', 'images', '0.png'), 'utf8')).toBe('zero');
    expect(await readFile(join(folder, 'toy-cup.zip'), 'utf8')).toBe('mine');
    expect(await readdir(folder)).toEqual(['data', 'toy-cup.zip']);
    // Said before anything is loaded a second time.
    expect(await podium(['download', 'toy-cup', '--out', 'data'])).toMatchObject({ code: 2, json: { error: { message: expect.stringContaining('is there already') as string } } });
    expect(server.calls.filter((call) => call.startsWith('Download'))).toHaveLength(1);
  });

  it('submits and gives the score', async () => {
    await writeFile(join(folder, 'submission.csv'), 'id,y\n1,2\n');
    server.nextResult = { status: 'COMPLETE', publicScore: '0.75', privateScore: '' };
    const ran = await podium(['submit', 'toy-cup', 'submission.csv', '-m', 'attempt 3', '--poll', '0.01']);
    expect(ran).toMatchObject({ code: 0, json: { ref: 501, publicScore: 0.75, privateScore: null } });
    expect(ran.text).not.toContain('secret-token');
    expect(ran.text).toContain('Uses one of 5 submissions left today');
    server.nextResult = { status: 'ERROR', errorDescription: 'column y\nis missing' };
    expect(await podium(['submit', 'toy-cup', 'submission.csv', '-m', 'attempt 4', '--poll', '0.01'])).toMatchObject({ code: 1, json: { error: { reason: 'submission_failed', message: expect.stringContaining('is missing') as string } } });
    expect((await podium(['submissions', 'toy-cup'], undefined, false)).text).toMatch(/502 .+ error .+ attempt 4: column y is missing\n/);
  });

  it('uses no try for a file that is not there, or is empty', async () => {
    await writeFile(join(folder, 'empty.csv'), '');
    for (const file of ['nothing.csv', 'empty.csv', '.']) expect(await podium(['submit', 'toy-cup', file])).toMatchObject({ code: 2, json: { error: { reason: 'bad_name', message: expect.stringContaining(file === '.' ? folder : file) as string } } });
    expect(server.calls).toEqual([]);
  });

  it('shows limits, kind and the competitions that were joined', async () => {
    server.codeOnly = true;
    server.allowedNow = 3;
    const { text } = await podium(['show', 'toy-cup'], undefined, false);
    expect(text).toContain('A code competition');
    expect(text).toMatch(/Submissions: 3 left today, 2 sent; the next day begins in .+ \(UTC\)/);
    expect((await podium(['list', '--joined', '--most', '1'])).json).toMatchObject([{ id: 'toy-cup' }]);
    server.entered = false;
    expect((await podium(['list', '--joined'], undefined, false)).text).toContain('You have joined no competition.');
  });

  it('knows a file that is not among the data before anything is loaded', async () => {
    server.files.set('train.csv', Buffer.from('id\n1\n'));
    expect(await podium(['download', 'toy-cup', '--file', 'trian.csv'])).toMatchObject({ code: 1, json: { error: { reason: 'not_found', nextStep: 'Did you mean train.csv?' } } });
    expect(server.transfers).toEqual([]);
  });

  it('makes a folder that can be pushed, and goes on with a version that was pushed', async () => {
    server.codeOnly = true;
    await mkdir(join(folder, 'nb'));
    const init = (title: string, ...more: string[]): Promise<Ran> => podium(['init', 'nb', '--user', 'ann', '--title', title, ...more]);
    expect(await init('Toy solution')).toMatchObject({ code: 2, json: { error: { message: expect.stringContaining('no notebook or script') as string } } });
    await writeFile(join(folder, 'nb', 'a.py'), 'print(1)');
    expect(await init('Toy')).toMatchObject({ code: 1, json: { error: { message: expect.stringContaining('too short') as string } } });
    expect(await init('Toy solution', '--code', 'b.py')).toMatchObject({ code: 1, json: { error: { message: expect.stringContaining('no file') as string } } });
    expect(await init('Toy solution', '--competition', 'toy-cup')).toMatchObject({ code: 0 });
    expect(await podium(['push', 'nb'])).toMatchObject({ code: 0, json: { version: 1, files: null, submission: null } });
    server.files.set('/output', Buffer.from('id,y\n1,2\n'));
    const done = await podium(['version', 'ann/toy-solution', '1', '--out', 'out', '--submit', 'toy-cup', '--poll', '0.01']);
    expect(done).toMatchObject({ code: 0, json: { version: 1, submission: { ref: 501, publicScore: 0.1234 } } });
    expect((await readdir(join(folder, 'out'))).sort()).toEqual(['submission.csv', 'toy-solution.log']);
    expect(server.kernels).toHaveLength(1);
    // Of an older version nothing can be seen, so nothing is sent with what was seen; without a look it can be sent.
    await podium(['push', 'nb']);
    expect(await podium(['version', 'ann/toy-solution', '1', '--out', 'older', '--submit', 'toy-cup', '--poll', '0.01'])).toMatchObject({ code: 1, json: { error: { reason: 'not_found', message: expect.stringContaining('which is 2') as string } } });
    expect(await readdir(folder)).not.toContain('older');
    expect(server.codeSubmissions).toHaveLength(1);
    expect(await podium(['version', 'ann/toy-solution', '1', '--submit', 'toy-cup', '--poll', '0.01'])).toMatchObject({ code: 0, json: { files: null, submission: { ref: 502 } } });
    expect(server.codeSubmissions[1]).toMatchObject({ kernelVersion: 1 });
    server.fault('SaveKernel', { kind: 'status', status: 403, message: 'Permission denied' });
    expect(await podium(['push', 'nb'])).toMatchObject({ code: 1, json: { error: { reason: 'bad_kernel', nextStep: expect.stringContaining('your own name') as string } } });
  });

  it('says where credentials are looked for', async () => {
    expect(await podium(['list'], {})).toMatchObject({ code: 2, json: { error: { reason: 'no_credentials', nextStep: expect.stringContaining('KAGGLE_API_TOKEN') as string } } });
  });
});

describe('podium import kaggle', () => {
  const train = `id,species,mass\n${Array.from({ length: 50 }, (_, n) => `${n + 1},${n % 2},${n % 10}`).join('\n')}\n`;
  beforeEach(() => {
    server.evaluationMetric = 'Area Under Receiver Operating Characteristic Curve';
    server.files.set('train.csv', zip({ 'train.csv': train }));
    server.storedAs.set('train.csv', 'train.csv.zip');
    server.files.set('test.csv', Buffer.from('id,mass\n901,4\n902,5\n'));
    server.files.set('sample_submission.csv', Buffer.from('id,species\n901,0.5\n902,0.5\n'));
    server.files.set('extra/train_labels.csv', Buffer.from('id,species\n1,0\n'));
    // The training data in other forms, and under other names.
    const cells = train.trim().split('\n').map((line) => line.split(','));
    server.files.set('train.tsv', Buffer.from(cells.map((row) => row.join('\t')).join('\n')));
    server.files.set('labels.csv', Buffer.from(cells.map(([id, species], row) => `${id},${row === 0 ? 'kind' : species}`).join('\n')));
    server.files.set('train.json', Buffer.from(JSON.stringify(cells)));
    server.files.set('notes.md', Buffer.from('Counted by hand.'));
  });
  const env = (): Record<string, string> => ({ KAGGLE_API_TOKEN: 'secret-token', PODIUM_HOME: join(folder, 'home') });

  it('makes a competition of a pasted address: rules first, then data, metric and a cut that is shown', async () => {
    server.entered = false;
    const address = 'https://www.kaggle.com/competitions/toy-cup/data';
    expect(await podium(['import', 'kaggle', address], env())).toMatchObject({ code: 1, json: { error: { reason: 'rules_not_accepted', nextStep: expect.stringContaining('/toy-cup/rules') as string } } });
    expect(await readdir(folder)).not.toContain('competitions');
    server.entered = true;
    const done = await podium(['import', 'kaggle', address], env());
    expect(done.json).toMatchObject({
      id: 'toy-cup', title: 'Toy Cup', metric: { name: 'roc_auc' }, cut: expect.stringContaining('10 of the 50 training rows') as string, rows: { train: 40, test: 10, kaggle: 2 }, board: 1,
    });
    const findings = (done.json as { findings: { code: string; message: string }[] }).findings;
    expect(findings).toContainEqual(expect.objectContaining({ code: 'left_out', message: expect.stringContaining('extra/train_labels.csv') as string }));
    // What the health check says of the new folder.
    expect(findings).toContainEqual(expect.objectContaining({ code: 'duplicate_rows' }));
    const made = join(folder, 'competitions', 'toy-cup');
    const manifest = await readFile(join(made, 'competition.yaml'), 'utf8');
    expect(manifest).toContain('slug: toy-cup');
    // What the sandbox of a player sees holds no answer; what a refit needs lies in PODIUM_HOME.
    expect(await readdir(join(made, 'data'), { recursive: true })).toEqual(['notes.md', 'sample_submission.csv', 'test.csv', 'train.csv']);
    const [original = ''] = await readdir(join(folder, 'home', 'originals'));
    expect(await readFile(join(folder, 'home', 'originals', original, 'data', 'train.csv'), 'utf8')).toBe(train);
    expect(await readFile(join(folder, 'home', 'originals', original, 'data', 'test.csv'), 'utf8')).toContain('901');
    expect(await readdir(join(folder, 'home', 'downloads'))).toEqual([]);
    expect(await podium(['import', 'kaggle', 'toy-cup'], env())).toMatchObject({ code: 1, json: { error: { reason: 'exists' } } });
  }, 30_000);

  it('says what is missing where there is nothing to cut', async () => {
    for (const name of ['train.csv', 'extra/train_labels.csv']) server.files.delete(name);
    expect(await podium(['import', 'kaggle', 'toy-cup'], env())).toMatchObject({ code: 1, json: { error: { reason: 'no_tables', message: expect.stringContaining('training data') as string } } });
  });
});
