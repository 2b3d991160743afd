import { spawnSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { gradeSchema } from '../../../src/core/grading/result';
import { buildBundles } from './bundles';
import type { Bundles } from './bundles';

let bundles: Bundles;

beforeAll(async () => {
  bundles = await buildBundles();
  const files: Record<string, string> = {
    'answers.csv': 'id,y,z\na,1,0\nb,0,0\nc,1,1\nd,0,1\n',
    'good.csv': 'id,y\na,0.9\nb,0.1\nc,0.8\nd,0.85\n',
    'bad.csv': 'id,y\na,0.9\nb,NaN\nq,0.8\nd,0.85\n',
    'tuple.csv': 'a,b,y,z\n1,2,3,4\n',
    'board.csv': `score\n${Array.from({ length: 100 }, (_, i) => 1 - i / 100).join('\n')}\n`,
    'zeros.csv': 'score\n0\n0\n',
    'pointer.csv': 'version https://git-lfs.github.com/spec/v1\n',
    'task/competition.yaml': manifest,
    'task/description.md': '# A task\n',
    'task/data/train.csv': 'id,x,y\n1,2,1\n2,3,0\n',
    'task/data/test.csv': 'id,x\na,1\nb,2\nc,3\nd,4\n',
    'task/data/sample_submission.csv': 'id,y\na,0\nb,0\nc,0\nd,0\n',
    'task/private/answers.csv': 'id,y,Usage\na,1,Public\nb,0,Public\nc,1,Private\nd,0,Private\n',
    'task/leaderboard.csv': 'name,score,public,private\nada,0.9,0.9,0\nbob,0.5,0.5,0\ncyd,0.4,0.4,0.6\n',
  };
  for (const [path, content] of Object.entries(files)) {
    await mkdir(join(bundles.folder, path, '..'), { recursive: true });
    await writeFile(join(bundles.folder, path), content);
  }
});
afterAll(() => bundles.remove());

const manifest = `schema: 1
id: task
title: A task
summary: Guess y.
source: { kind: own, name: nobody, url: "https://example.org", licence: CC0 }
modality: tabular
task: binary
files:
  - { path: data/train.csv, role: train, description: rows }
  - { path: data/test.csv, role: test, description: rows }
  - { path: data/sample_submission.csv, role: sample, description: format }
submission: { id: [id], target: [y] }
metric: { name: roc_auc }
split: { seed: 1, publicShare: 0.5, by: row }
`;

interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function podium(...args: string[]): Ran {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bundles.cli, ...args], {
    cwd: bundles.folder,
    encoding: 'utf8',
    env: { ...process.env, PODIUM_HOME: join(bundles.folder, 'home') },
  });
  return { code: status, stdout, stderr };
}

/** The one JSON object on stdout. */
function json(ran: Ran): Record<string, unknown> {
  expect(ran.stdout.trimEnd().split('\n')).toHaveLength(1);
  return JSON.parse(ran.stdout) as Record<string, unknown>;
}

describe('podium grade --answers', () => {
  const grade = (file: string, ...more: string[]): Ran => podium('grade', file, '--answers', 'answers.csv', '--target', 'y', ...more);

  it('prints one JSON object and exits with 0', () => {
    const ran = grade('good.csv', '--metric', 'roc_auc', '--json');
    expect(json(ran)).toEqual({ valid: true, score: 0.75, metric: 'roc_auc', direction: 'maximize', rows: 4, errors: [], warnings: [] });
    expect(ran).toMatchObject({ code: 0, stderr: '' });
  });
  it('exits with 1 and lists all problems for an invalid submission', () => {
    const ran = grade('bad.csv', '--metric', 'roc_auc', '--json');
    const result = gradeSchema.parse(json(ran));
    expect(ran.code).toBe(1);
    expect(result).toMatchObject({ valid: false, score: null });
    expect(result.errors.map((e) => e.code).sort()).toEqual(['missing_ids', 'not_a_number', 'unknown_ids']);
  });
  it('tells people the same on stderr', () => {
    const ran = grade('bad.csv', '--metric', 'roc_auc');
    expect(ran).toMatchObject({ code: 1, stdout: '' });
    expect(ran.stderr).toContain('not_a_number: Column "y": 1 value is not a number, on line 3.');
    expect(grade('good.csv', '--metric', 'roc_auc').stdout).toContain('0.75');
  });
  it.each([
    ['an unknown metric', ['--metric', 'nope'], 'unknown_metric'], ['bad parameters', ['--metric', 'mae', '--params', '{"x":1}'], 'bad_params'],
    ['parameters that are no JSON', ['--metric', 'mae', '--params', '{x'], 'bad_params'],
  ])('has valid: false for %s', (_name, args, code) => {
    const ran = grade('good.csv', ...args, '--json');
    expect(gradeSchema.parse(json(ran))).toMatchObject({ valid: false, errors: [{ code }] });
    expect(ran.code).toBe(1);
  });
  it('wants an object of parameters', () => {
    for (const params of ['{', 'null', '[]', '5', '{"k": 1}']) {
      const ran = podium('grade', 'good.csv', '--answers', 'answers.csv', '--metric', 'mae', '--target', 'y', '--params', params, '--json');
      expect(gradeSchema.parse(json(ran))).toMatchObject({ valid: false, errors: [{ code: 'bad_params' }] });
      expect(ran.code).toBe(1);
    }
  });
  it('has valid: false for broken answers', () => {
    const ran = podium('grade', 'good.csv', '--answers', 'bad.csv', '--metric', 'mae', '--json');
    expect(gradeSchema.parse(json(ran))).toMatchObject({ valid: false, errors: [{ code: 'bad_answers' }] });
    expect(ran.code).toBe(1);
  });
  it('takes several id and target columns', () => {
    expect(json(podium('grade', 'tuple.csv', '--answers', 'tuple.csv', '--metric', 'rmse', '--id', 'b,a', '--target', 'z,y', '--json'))).toMatchObject({ valid: true, score: 0 });
  });
  it('exits with 2 for wrong usage, still with one JSON object', () => {
    for (const args of [[], ['good.csv', '--no-such-option'], ['good.csv', 'two.csv'], ['good.csv'], ['good.csv', '--answers', 'answers.csv'], ['none.csv', '--answers', 'answers.csv', '--metric', 'mae'],
      ['good.csv', '--competition', 'task', '--metric', 'mae'], ['good.csv', '--competition', 'no-such-task']]) {
      const ran = podium('grade', ...args, '--json');
      expect(ran.code).toBe(2);
      expect(json(ran)).toMatchObject({ valid: false, score: null, errors: [], error: { message: expect.any(String) as string } });
      expect(ran.stderr).not.toBe('');
    }
  });
});

describe('podium grade --competition', () => {
  it('adds both parts with the position on the board over the same rows', () => {
    const ran = podium('grade', 'good.csv', '--competition', './task', '--json');
    expect(ran.code).toBe(0);
    expect(json(ran)).toMatchObject({
      valid: true,
      score: 0.75,
      public: { score: 1, leaderboard: { rank: 1, tied: 0, teams: 3, percentile: 100, medal: 'gold', next: null }, humanRank: { code: 1, paper: 1 - 1 / 3 } },
      private: { score: 0, leaderboard: { rank: 2, tied: 2, medal: null, next: { medal: 'bronze', distance: 0.6 } } },
    });
  });
  it('has no parts for an invalid submission', () => {
    const ran = podium('grade', 'bad.csv', '--competition', './task', '--json');
    expect(ran.code).toBe(1);
    expect(json(ran)).toMatchObject({ valid: false, public: null, private: null });
  });
});

describe('podium grade --report', () => {
  const lines = ['# a comment', '{"competition_id": "task", "submission_path": "good.csv"}', '', '// another', '{"competition_id": "task", "submission_path": "bad.csv"}', '{"competition_id": "task", "submission_path": "absent.csv"}'];

  it('grades a list into one report with the fields of MLE-bench', async () => {
    await writeFile(join(bundles.folder, 'list.jsonl'), lines.join('\n'));
    const ran = podium('grade', '--submissions', 'list.jsonl', '--competitions', '.', '--report', 'reports', '--json');
    expect(ran.code).toBe(1);
    const result = z.looseObject({ report: z.string(), competition_reports: z.array(z.looseObject({})) }).parse(json(ran));
    expect(result).toMatchObject({ total_runs: 3, total_runs_with_submissions: 2, total_valid_submissions: 1 });
    expect(result.competition_reports).toMatchObject([
      { competition_id: 'task', valid_submission: true, gold_threshold: 0.6, gold_medal: true, is_lower_better: false },
      { valid_submission: false, score: null, any_medal: false },
      { submission_exists: false },
    ]);
    const written: unknown = JSON.parse(await readFile(join(bundles.folder, result.report), 'utf8'));
    expect(written).toMatchObject({ total_runs: 3 });
    expect(ran.stderr).toContain('absent.csv');
  });

  it('reports on one submission, and refuses what it cannot know', () => {
    expect(podium('grade', 'good.csv', '--competition', './task', '--report', 'reports', '--json').code).toBe(0);
    expect(podium('grade', 'good.csv', '--report', 'reports', '--json').code).toBe(2);
    expect(podium('grade', 'good.csv', '--competition', './task', '--compat', 'other', '--json').code).toBe(2);
    expect(podium('grade', '--submissions', 'absent.jsonl', '--report', 'reports', '--json').code).toBe(2);
  });
});

describe('podium standings', () => {
  it('reports everything of a score', () => {
    const ran = podium('standings', '--board', 'board.csv', '--score', '0.85', '--direction', 'maximize', '--teams', '200', '--metric', 'roc_auc', '--json');
    expect(ran.code).toBe(0);
    expect(json(ran)).toMatchObject({
      teams: 100, rank: 16, tied: 1, percentile: 84.5, medal: 'silver', next: { medal: 'gold' }, aboveMedian: true,
      thresholds: { gold: 0.91, silver: 0.81, bronze: 0.61 }, humanRank: { code: 0.85, paper: 0.84 },
      mleBench: { medal: 'silver', aboveMedian: true }, findings: ['truncated'],
    });
  });
  it('shows no rank on a board of zeros', () => {
    expect(json(podium('standings', '--board', 'zeros.csv', '--score', '0.85', '--direction', 'maximize', '--json'))).toMatchObject({
      rank: null, humanRank: null, findings: ['all_zero'],
    });
  });
  it('prints findings only for a board that is not used', () => {
    const ran = podium('standings', '--board', 'pointer.csv', '--score', '0.85', '--direction', 'maximize', '--json');
    expect(json(ran)).toEqual({ findings: ['lfs_pointer'] });
    expect(ran.code).toBe(1);
  });
  it('exits with 2 for wrong usage, still with one JSON object', () => {
    for (const args of [[], ['--board', 'board.csv'], ['--board', 'none.csv', '--direction', 'maximize'], ['--board', 'board.csv', '--direction', 'up'],
      ['--board', 'board.csv', '--direction', 'maximize', '--score', 'good']]) {
      const ran = podium('standings', ...args, '--json');
      expect(ran.code).toBe(2);
      expect(json(ran)).toHaveProperty('error.message');
    }
  });
});
