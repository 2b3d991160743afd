import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CompetitionLibrary } from '../../../../src/node/competitions/library';
import { ImportError } from '../../../../src/node/importers/importError';
import { importMleBench } from '../../../../src/node/importers/mleBench';
import { catalogue, checkouts, media } from './fixtures';

const checkout = join(checkouts, 'mle-bench');
const data = join(checkout, 'data');
const split = { seed: 0, publicShare: 0.3 };

describe('a checkout of MLE-bench', () => {
  let folder: string;
  let home: string;
  let out: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'podium-bench-'));
    home = join(folder, 'home');
    out = join(folder, 'work');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const run = async (options: object = {}) => importMleBench(checkout, await catalogue(), { home, split, ...options });
  const load = (id: string) => new CompetitionLibrary({ bundledFolder: join(media, 'competitions'), home }).load(join(out, id));

  it('reports on every definition, broken ones too', async () => {
    const report = await run();
    const of = (id: string) => report.definitions.find((definition) => definition.id === id);
    expect(report.summary).toMatchObject({ definitions: 5, native: 1, python: 4, imported: 0 });
    expect(of('spooky-author-identification')).toMatchObject({
      groups: ['low'],
      grading: { native: { metric: 'log_loss', params: { normalize: false } }, python: { file: 'mlebench/competitions/spooky-author-identification/grade.py', name: 'grade' }, used: 'native' },
      boards: [{ name: 'private', entries: 0, usable: false }],
      data: { state: 'not_given', how: expect.stringContaining('mlebench prepare -c spooky-author-identification') },
    });
    expect(of('spooky-author-identification')?.findings).toContainEqual(expect.objectContaining({ code: 'board_lfs_pointer', fix: expect.stringContaining('git lfs pull') }));
    expect(of('largest-error')).toMatchObject({ direction: 'minimize', grading: { native: null, used: 'python' } });
    expect(of('largest-error')?.findings.map(({ code }) => code)).toEqual(expect.arrayContaining(['sample_in_private', 'not_in_catalogue']));
    expect(of('broken-config')?.findings[0]).toMatchObject({ code: 'bad_config', severity: 'error' });
  });

  it('imports with medal thresholds of the catalogue where the board is a pointer', async () => {
    const report = await run({ data, out, only: ['spooky-author-identification'] });
    expect(report.definitions[0]).toMatchObject({ status: 'imported' });
    // The other sum of the fixture is right.
    expect(report.definitions[0]?.findings.filter(({ code }) => code === 'checksum').map(({ message }) => message)).toEqual(["private/test.csv differs from the benchmark's own."]);
    const { manifest, board } = await load('spooky-author-identification');
    expect(board).toEqual([]);
    expect(manifest.standings).toMatchObject({ teams: expect.any(Number), gold: expect.any(Number) });
    expect(manifest.files.map(({ path }) => path)).not.toContain('data/description.md');
    expect(manifest.metric).toEqual({ name: 'log_loss', params: { normalize: false, eps: 2.220446049250313e-16 } });
  });

  it("takes its own grader where there is no native metric, and a sample that lies beside the answers", async () => {
    const report = await run({ data, out, only: ['largest-error'] });
    expect(report.definitions[0]).toMatchObject({ status: 'imported', grading: { used: 'python' } });
    const competition = await load('largest-error');
    expect(competition.manifest).toMatchObject({ grader: { python: 'grader/mlebench/competitions/largest-error/grade.py', form: 'function', name: 'grade', direction: 'minimize' }, metric: { name: 'grade' } });
    expect(competition).toMatchObject({ direction: 'minimize', metricLabel: 'largest-error' });
    expect(competition.board).toHaveLength(10);
    expect(await readdir(competition.dataFolder)).toEqual(['sample_submission.csv', 'train.csv']);
    expect(await readdir(join(out, 'largest-error', 'grader', 'mlebench'))).toEqual(['competitions', 'grade_helpers.py', 'utils.py']);
    expect(await readFile(await competition.answersFile(), 'utf8')).toMatch(/^key,size,Usage\n/);
  });

  it('uses its own grader on request', async () => {
    await run({ data, out, only: ['spooky-author-identification'], grader: 'python' });
    expect((await load('spooky-author-identification')).manifest).toMatchObject({ metric: { name: 'log_loss' }, grader: { label: 'multi-class-log-loss', direction: 'minimize' } });
  });

  it('keeps nested answers as they are', async () => {
    await run({ data, out, only: ['nested-answers'] });
    const competition = await load('nested-answers');
    expect(competition.manifest).toMatchObject({ answers: { file: 'answers.jsonl' }, split: { publicShare: 1 } });
    expect(await competition.answersFile()).toMatch(/answers\.jsonl$/);
  });

  it('does not import a sample that holds the answers', async () => {
    const report = await run({ data, out, only: ['leaking-sample'] });
    expect(report.definitions[0]).toMatchObject({ status: 'failed', competition: null });
    expect(report.definitions[0]?.findings).toContainEqual(expect.objectContaining({ code: 'sample_is_answers', severity: 'error' }));
  });

  it('takes nothing from outside, neither by a path of the definition nor by a link', async () => {
    const copy = join(folder, 'checkout');
    await cp(checkout, copy, { recursive: true });
    await writeFile(join(folder, 'secret.txt'), 'a secret of the person');
    const definition = join(copy, 'mlebench', 'competitions', 'spooky-author-identification');
    const config = await readFile(join(definition, 'config.yaml'), 'utf8');
    await writeFile(join(definition, 'config.yaml'), config.replace(/^description: .*$/m, 'description: ../secret.txt'));
    await rm(join(definition, 'description.md'));
    await symlink(join(folder, 'secret.txt'), join(definition, 'description.md'));
    const options = { home, split, data, out, only: ['spooky-author-identification'] };
    expect((await importMleBench(copy, await catalogue(), options)).definitions[0]).toMatchObject({ status: 'imported' });
    expect((await load('spooky-author-identification')).description).not.toContain('secret');
    await writeFile(join(definition, 'config.yaml'), config.replace(/sample_submission: .*$/m, 'sample_submission: ../../secret.txt'));
    expect((await importMleBench(copy, await catalogue(), options)).definitions[0]?.findings).toContainEqual(expect.objectContaining({ code: 'bad_config', message: expect.stringContaining('leads out of its folder') as string }));
  });

  it('refuses what is no checkout', async () => {
    await expect(importMleBench(join(checkouts, 'mle-dojo'), await catalogue(), { home, split })).rejects.toSatisfy((error) => ImportError.is(error, 'no_checkout'));
  });
});
