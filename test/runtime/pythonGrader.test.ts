import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CompetitionLibrary, type LoadedCompetition } from '../../src/node/competitions/library';
import { createGrader } from '../../src/node/grading/createGrader';
import { importMleBench } from '../../src/node/importers/mleBench';
import { importMleDojo } from '../../src/node/importers/mleDojo';
import { createRuntimes } from '../../src/node/runtimes';
import { assetsAt } from '../../src/node/assets';
import { readCatalogue } from '../../src/node/competitions/catalogueFile';

/** Graders of small benchmark checkouts, run for real in the sandboxes of this machine. */

const root = join(import.meta.dirname, '../..');
const assets = assetsAt(root);
const checkouts = join(root, 'test/fixtures/importers');

describe('a grader in Python', () => {
  let folder: string;
  let home: string;
  let out: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'podium-grader-'));
    home = join(folder, 'home');
    out = join(folder, 'work');
    const options = { home, out, split: { seed: 0, publicShare: 0.3 }, grader: 'python' } as const;
    const catalogue = await readCatalogue(assets.media);
    await importMleBench(join(checkouts, 'mle-bench'), catalogue, { ...options, data: join(checkouts, 'mle-bench', 'data') });
    await importMleDojo(join(checkouts, 'mle-dojo'), catalogue, { ...options, data: join(checkouts, 'mle-dojo', 'data'), only: ['titanic', 'own-task'] });
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const load = (id: string): Promise<LoadedCompetition> => new CompetitionLibrary({ bundledFolder: join(assets.media, 'competitions'), home }).load(join(out, id));

  async function grade(id: string, text: string, change?: (competition: LoadedCompetition) => LoadedCompetition) {
    const loaded = await load(id);
    const competition = change ? change(loaded) : loaded;
    const runtimes = createRuntimes({ bridgeFile: join(assets.media, 'python', 'bridge.py'), containerFolder: join(assets.media, 'container'), home, hide: [root] });
    const grader = await createGrader(competition, { assets, home, runtimes: () => Promise.resolve(runtimes) });
    const result = await grader.grade(new TextEncoder().encode(text), new AbortController().signal);
    // Nothing is left of the sandbox's files.
    expect(await readdir(join(home, 'grading')).catch(() => [])).toEqual([]);
    return result;
  }

  const sizes = (of: (k: number) => string | number, order: (k: number) => number = (k) => k): string =>
    `size,key\n${Array.from({ length: 10 }, (_, k) => order(k)).map((k) => `${of(k)},k${k}`).join('\n')}\n`;

  it('scores all rows and both parts, whatever the order of rows and columns', async () => {
    const result = await grade('largest-error', sizes((k) => k * 1.5 + (k === 4 ? 0.25 : 0.125), (k) => 9 - k));
    expect(result).toMatchObject({ valid: true, score: 0.25, direction: 'minimize', rows: 10, errors: [] });
    expect([result.public?.score, result.private?.score].sort()).toEqual([0.125, 0.25]);
  });

  it('never sees a number that is missing', async () => {
    expect(await grade('largest-error', sizes((k) => (k === 3 ? '' : k)))).toMatchObject({ valid: false, errors: [{ code: 'empty_value', column: 'size' }] });
    expect((await grade('largest-error', sizes((k) => (k === 3 ? 'nan' : k)))).errors[0]).toMatchObject({ code: 'not_a_number' });
    expect((await grade('largest-error', 'key,size\nk0,1\n')).errors[0]).toMatchObject({ code: 'missing_ids', count: 9 });
  });

  it('tells a submission that it refuses, or fails on, from a broken grader', async () => {
    const refused = await grade('spooky-author-identification', (await load('spooky-author-identification')).sample.replace('0.4', '0.9') + '\n');
    expect(refused.valid).toBe(false);
    const thirteen = await grade('largest-error', sizes((k) => (k === 2 ? 13 : k)));
    expect(thirteen.errors[0]).toMatchObject({ code: 'undefined_score', message: expect.stringContaining('ZeroDivisionError') });
    // An exception's text may tell of the answers: it is not among what players are told.
    expect(JSON.stringify(thirteen.errors)).not.toContain('thirteen');
    expect(thirteen.graderFailure).toEqual({ type: 'ZeroDivisionError', message: 'thirteen' });
    await writeFile(join(out, 'own-task', 'grader/mledojo/competitions/own-task/utils/metric.py'), 'import nothing_like_it\n');
    const own = `key,size\n${Array.from({ length: 6 }, (_, k) => `"a,${k}",1`).join('\n')}\n`;
    expect((await grade('own-task', own)).errors[0]).toMatchObject({ code: 'bad_answers', message: expect.stringContaining('nothing_like_it') });
  });

  it('calls the class of MLE-Dojo in its order of arguments', async () => {
    const survived = `PassengerId,Survived\n${Array.from({ length: 20 }, (_, k) => `${k + 1},0`).join('\n')}\n`;
    const result = await grade('titanic', survived);
    expect(result.valid).toBe(true);
    const native = await grade('titanic', survived, (competition) => ({ ...competition, manifest: { ...competition.manifest, grader: undefined, metric: { name: 'accuracy', params: {} } } }));
    expect(result.score).toBeCloseTo(native.score ?? NaN, 12);
  });

  it('reads nested answers', async () => {
    expect(await grade('nested-answers', 'id,answer\nc,no\na,yes\nb,yes\n')).toMatchObject({ valid: true, score: 2 / 3, public: null, private: null });
  });

  it('has no network and a limit of time', async () => {
    const slow = (seconds: number, code: string) => async (competition: LoadedCompetition): Promise<LoadedCompetition> => {
      await writeFile(join(competition.folder, competition.manifest.grader?.python ?? ''), code);
      return { ...competition, manifest: { ...competition.manifest, grader: { ...competition.manifest.grader!, seconds } } };
    };
    const net = await slow(60, 'import socket\n\n\ndef grade(submission, answers):\n    try:\n        socket.create_connection(("192.0.2.1", 80), 3)\n    except OSError:\n        return 0.5\n    return 1.0\n')(await load('largest-error'));
    expect(await grade('largest-error', sizes((k) => k), () => net)).toMatchObject({ score: 0.5 });
    const late = await slow(5, 'import time\n\n\ndef grade(submission, answers):\n    time.sleep(600)\n')(await load('largest-error'));
    expect((await grade('largest-error', sizes((k) => k), () => late)).errors[0]).toMatchObject({ code: 'bad_answers', message: expect.stringContaining('more than 5 s') });
  });
});
