import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkFolder } from '../../../../src/node/competitions/checkFolder';
import { CompetitionLibrary } from '../../../../src/node/competitions/library';
import { runJob } from '../../../../src/node/grading/runJob';
import { gradeOf } from '../../../../src/node/grading/reply';
import { ImportError } from '../../../../src/node/importers/importError';
import { importMleDojo } from '../../../../src/node/importers/mleDojo';
import { catalogue, checkouts, media } from './fixtures';

const checkout = join(checkouts, 'mle-dojo');
const split = { seed: 0, publicShare: 0.3 };

describe('a checkout of MLE-Dojo', () => {
  let folder: string;
  let home: string;
  let out: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'podium-dojo-'));
    home = join(folder, 'home');
    out = join(folder, 'work');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const run = async (options: object = {}) => importMleDojo(checkout, await catalogue(), { home, split, ...options });
  const load = (id: string) => new CompetitionLibrary({ bundledFolder: join(media, 'competitions'), home }).load(join(out, id));

  it('reports on every definition without data', async () => {
    const report = await run();
    expect(report.summary).toMatchObject({ definitions: 4, native: 3, python: 4, withData: 0, imported: 0, failed: 0 });
    const titanic = report.definitions.find(({ id }) => id === 'titanic');
    expect(titanic).toMatchObject({
      groups: ['Training'],
      direction: 'maximize',
      grading: { native: { metric: 'accuracy' }, python: { name: 'TitanicMetrics' }, used: 'native' },
      data: { state: 'not_given', how: expect.stringContaining('dsbench.py') },
      status: 'definition',
    });
    expect(titanic?.boards).toEqual([
      { name: 'private', entries: 7, usable: true },
      { name: 'public', entries: 20, usable: false },
    ]);
    expect(titanic?.findings.map(({ code }) => code)).toEqual(expect.arrayContaining(['board_all_zero', 'sample_true_row', 'board_truncated']));
    expect(report.definitions.find(({ id }) => id === 'spooky-author-identification')?.groups).toEqual(['MLE-Lite']);
    expect(report.definitions.find(({ id }) => id === 'own-task')?.findings.map(({ code }) => code)).toContain('not_in_catalogue');
  });

  it('makes competition folders that can be loaded and graded', async () => {
    const report = await run({ data: join(checkout, 'data'), out, only: ['spooky-author-identification'] });
    expect(report.summary).toMatchObject({ definitions: 1, imported: 1, failed: 0 });
    const competition = await load('spooky-author-identification');
    expect(competition.manifest).toMatchObject({
      source: { kind: 'imported' },
      submission: { id: ['id'], target: ['EAP', 'HPL', 'MWS'] },
      metric: { name: 'log_loss' },
      task: 'multiclass',
      modality: 'text',
      split: { publicShare: 0.3, note: expect.stringContaining("benchmark's own") },
    });
    expect(competition.manifest.files.map(({ path, role }) => `${role} ${path}`)).toEqual([
      'sample data/sample_submission.csv', 'other data/extra/', 'test data/test.csv', 'train data/train.csv',
    ]);
    expect(competition.manifest.summary).toContain('cut from the training data');
    expect(await readFile(join(out, 'spooky-author-identification', 'data', 'extra', 'readme.txt'), 'utf8')).toBe('A file in a folder.\n');
    expect(competition.board.filter((entry) => entry.public !== undefined)).toHaveLength(40);
    expect(competition.board.filter((entry) => entry.private !== undefined)).toHaveLength(40);
    const { metric, submission } = competition.manifest;
    const grade = gradeOf(await runJob({ answers: { path: await competition.answersFile() }, submission: { path: join(competition.dataFolder, 'sample_submission.csv') }, metric: metric.name, params: metric.params, id: submission.id, target: submission.target }));
    expect(grade).toMatchObject({ valid: true, rows: 30, public: { score: expect.any(Number) }, private: { score: expect.any(Number) } });
  });

  it('keeps the answers out of the folder, readable by their owner only', async () => {
    await run({ data: join(checkout, 'data'), out, only: ['titanic'] });
    const files = await readdir(join(out, 'titanic'), { recursive: true });
    expect(files.sort()).toEqual(['competition.yaml', 'data', 'data/sample_submission.csv', 'data/test.csv', 'data/train.csv', 'description.md', 'leaderboard.csv']);
    const competition = await load('titanic');
    const answers = await competition.answersFile();
    expect(answers.startsWith(join(home, 'answers'))).toBe(true);
    expect((await stat(answers)).mode & 0o077).toBe(0);
    const [header, ...rows] = (await readFile(answers, 'utf8')).trim().split('\n');
    expect(header).toBe('PassengerId,Survived,Usage');
    expect(rows.filter((row) => row.endsWith(',Public'))).toHaveLength(6);
  });

  it('adds what the metric needs and the benchmark computes from ids', async () => {
    const report = await run({ data: join(checkout, 'data'), out, only: ['bengaliai-cv19'] });
    expect(report.definitions[0]?.findings.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect((await readFile(await (await load('bengaliai-cv19')).answersFile(), 'utf8')).split('\n')[0]).toBe('row_id,target,component,Usage');
  });

  it("takes the benchmark's own grader where the catalogue knows no metric", async () => {
    const report = await run({ data: join(checkout, 'data'), out });
    expect(report.summary).toMatchObject({ imported: 4, failed: 0 });
    expect(report.definitions.find(({ id }) => id === 'own-task')).toMatchObject({ status: 'imported', grading: { native: null, used: 'python' } });
    expect((await load('own-task')).manifest.grader).toMatchObject({ python: 'grader/mledojo/competitions/own-task/utils/metric.py', form: 'class', name: 'OwnTaskMetrics', direction: 'minimize' });
  });

  it('is checked where that is asked for: what is new in it joins the report, and a check that fails loses nothing', async () => {
    const checked = await run({ data: join(checkout, 'data'), out, only: ['titanic'], check: (made: string) => checkFolder(made, { home, thorough: true }) });
    const codes = checked.definitions[0]?.findings.map(({ code }) => code) ?? [];
    expect(codes).toContain('duplicate_rows');
    expect(codes.filter((code) => code === 'noise' || code.startsWith('board_all'))).toEqual(['board_all_zero']);
    const failing = await run({ data: join(checkout, 'data'), out, only: ['own-task'], check: () => Promise.reject(new Error('no memory')) });
    expect(failing.definitions[0]).toMatchObject({ status: 'imported', findings: expect.arrayContaining([expect.objectContaining({ code: 'not_checked', message: 'Its health was not checked: no memory' })]) });
  });

  it('never writes over a folder', async () => {
    await run({ data: join(checkout, 'data'), out, only: ['titanic'] });
    const again = await run({ data: join(checkout, 'data'), out, only: ['titanic'] });
    expect(again.definitions[0]).toMatchObject({ status: 'failed', findings: expect.arrayContaining([expect.objectContaining({ code: 'exists' })]) });
    expect(await readdir(out)).toEqual(['titanic']);
  });

  it('refuses what is no checkout, and definitions that are not there', async () => {
    await expect(importMleDojo(folder, await catalogue(), { home, split })).rejects.toSatisfy((error) => ImportError.is(error, 'no_checkout'));
    await expect(run({ only: ['titanik'] })).rejects.toSatisfy((error) => ImportError.is(error, 'unknown_definition'));
  });
});
