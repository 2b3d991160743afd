import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { KaggleServer } from '../fakes/kaggleServer';
import { zip } from '../unit/grading/zip';
import { bubblewrapForm } from './forms';
import { Program } from './program';

/** Imports whose PODIUM_HOME lies on a small disk that is full at first. */
let program: Program;
let server: KaggleServer;

const total = 6_000_000;
const words = randomBytes(400_000).toString('hex');
/** No column names the rows: ids are made, so that the original tables are written anew. */
const train = `label,text\n${Array.from({ length: 400 }, (_, n) => `${n % 2},${words.slice(n * 2000, (n + 1) * 2000)}`).join('\n')}\n`;

beforeAll(async () => {
  program = await Program.build('disk', { KAGGLE_API_TOKEN: 'KGAT_test' });
});
afterAll(() => program.remove());
beforeEach(async () => {
  server = await KaggleServer.start();
  server.evaluationMetric = 'Area Under Receiver Operating Characteristic Curve';
  server.files.set('train.csv', Buffer.from(train));
  server.files.set('test.csv', Buffer.from('text\nabc\nabd\n'));
  server.files.set('sample_submission.csv', Buffer.from('RowId,label\n1,0.5\n2,0.5\n'));
});
afterEach(async () => {
  await server.stop();
  expect(server.violations).toEqual([]);
});

interface Import {
  readonly error?: { readonly reason: string; readonly message: string; readonly nextStep: string };
  readonly slug?: string;
}

/** Imports while so many bytes are free, then again with room. The disk lives as long as the shell. */
async function importTwice(free: number): Promise<readonly [Import, Import]> {
  const workspace = await program.workspace();
  const once = `"${process.execPath}" "${program.cli}" import kaggle toy-cup --out "${join(workspace, 'toy-cup')}" --base-url ${server.baseUrl} --json 2>/dev/null || true`;
  const script = `head -c ${total - free} /dev/zero > "$PODIUM_HOME/filler"; ${once}; rm "$PODIUM_HOME/filler"; ${once}`;
  const { stdout } = await promisify(execFile)('bwrap', ['--dev-bind', '/', '/', '--size', String(total), '--tmpfs', program.home, 'sh', '-c', script], { env: program.env });
  const [first = '', second = ''] = stdout.trim().split('\n');
  return [JSON.parse(first) as Import, JSON.parse(second) as Import];
}

const calls = (name: string): number => server.calls.filter((method) => method === name).length;

describe.skipIf(bubblewrapForm.missing !== undefined)('an import that meets a full disk', () => {
  it('keeps what is downloaded while the competition is written, and says what to free', async () => {
    const [first, second] = await importTwice(train.length + 300_000);
    expect(first.error).toMatchObject({ reason: 'disk_full', message: expect.stringContaining('the disk is full') as string });
    expect(first.error?.nextStep).toMatch(/^Free at least \d+ kB on the disk of .+home \(\d+ kB are free\), then import again: the download is kept in /);
    expect(second.slug).toBe('toy-cup');
    expect(calls('DownloadDataFile')).toBe(3);
  });

  it('takes up the transfer that it broke', async () => {
    const [first, second] = await importTwice(Math.floor(train.length / 2));
    expect(first.error).toMatchObject({ reason: 'write_failed', message: expect.stringContaining('train.csv could not be written: the disk is full') as string, nextStep: expect.stringMatching(/^Free at least \d+ kB/) as string });
    expect(second.slug).toBe('toy-cup');
    const starts = server.transfers.filter(({ of }) => of === 'train.csv').map(({ from }) => from);
    expect(starts).toEqual([0, expect.any(Number)]);
    expect(starts[1]).toBeGreaterThan(train.length / 4);
  });

  it('keeps an archive that could not be unpacked', async () => {
    for (let n = 0; n < 30; n++) server.files.set(`notes/${n}.md`, Buffer.from('x'));
    const archive = zip({ 'train.csv': train, 'test.csv': 'text\nabc\nabd\n', 'sample_submission.csv': 'RowId,label\n1,0.5\n2,0.5\n' });
    server.files.set('/all', archive);
    const [first, second] = await importTwice(archive.length + 200_000);
    expect(first.error).toMatchObject({ reason: 'write_failed', message: expect.stringContaining('could not be unpacked: the disk is full') as string, nextStep: expect.stringContaining('the archive is kept') as string });
    expect(second.slug).toBe('toy-cup');
    expect(server.transfers).toEqual([{ of: '/all', from: 0 }, { of: '/all', from: archive.length - 1 }]);
  });
});
