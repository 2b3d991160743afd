import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { starterFiles } from '../../../../src/core/agent/starter';
import { CompetitionLibrary } from '../../../../src/node/competitions/library';
import { competitionPageSchema } from '../../../../src/protocol/panel';
import { makeBench } from '../../../../src/node/runner/benchFolder';
import { listNotebooks, readBench } from '../../../../src/vscode/bench/benchFolder';
import { choiceRows } from '../../../../src/vscode/commands/choices';
import { pageModel } from '../../../../src/vscode/panels/pageModel';

const choices = { agent: 'offline', baseUrl: '', runtime: 'auto', gpu: 'auto', image: '', minutes: 30, attempts: 0, gradedCalls: 50, usd: 0, tokens: 0, gradedCallsPerDay: 500, visibility: 'capped', edits: 'auto', seed: 0 } as const;
let home: string;
let library: CompetitionLibrary;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'podium-page-'));
  library = new CompetitionLibrary({ bundledFolder: resolve(import.meta.dirname, '../../../../media/competitions'), home });
});
afterAll(() => rm(home, { recursive: true, force: true }));

describe.each(['penguins', 'seattle-weather', 'debian-sections', 'breast-cancer', 'diabetes-progression', 'digits'])('%s', (id) => {
  it('has a complete page', async () => {
    const page = pageModel(await library.load(id), { best: null, choices: choiceRows(choices), blocked: null });
    expect(competitionPageSchema.safeParse(page).success).toBe(true);
    expect(page.metric.formula).not.toBe('');
    expect(page.files.map((file) => file.path)).toContain('data/train.csv');
    expect(page.facts.join()).toMatch(/training rows/);
    expect(page.choices.map((choice) => choice.key)).toEqual(['agent', 'runtime', 'gpu', 'budget', 'edits']);
  });

  it('has a bench to begin from, and what is there is left alone', async () => {
    const folder = join(home, 'bench', id);
    const competition = await library.load(id);
    const starters = starterFiles(competition);
    expect(await listNotebooks(folder)).toEqual([]);
    expect(await makeBench(folder, competition, starters)).toEqual([join(folder, 'train.py'), join(folder, 'explore.ipynb')]);
    expect(await makeBench(folder, competition, starters)).toEqual([]);
    expect(await readBench(folder)).toEqual(Object.fromEntries(starters.map(({ path, text }) => [path, text])));
    expect(await listNotebooks(folder)).toEqual(['explore.ipynb']);
  });
});

it('shows one picture of each digit', async () => {
  const [folder] = pageModel(await library.load('digits'), { best: null, choices: [], blocked: null }).folders ?? [];
  expect(folder).toMatchObject({ path: 'data/images/', files: 1200, kinds: [{ kind: 'png', count: 1200 }] });
  expect(folder?.description).toContain('8 × 8');
  expect(folder?.pictures.map(({ label, size }) => [label, size])).toEqual([...'0123456789'].map((digit) => [digit, [8, 8]]));
  for (const { uri } of folder?.pictures ?? []) expect(uri).toMatch(/^data:image\/png;base64,iVBORw0KGgo[A-Za-z0-9+/]+=*$/);
});

describe('choices', () => {
  it('are shown with their numbers', () => {
    expect(choiceRows({ ...choices, attempts: 5 }).find((row) => row.key === 'budget')?.value).toBe('30:00, 5 attempts, 50 calls');
    // An own evaluation tells its scores without a limit.
    expect(choiceRows({ ...choices, attempts: 5 }, false).find((row) => row.key === 'budget')?.value).toBe('30:00, 5 attempts');
  });

  it('show what a model may use, where one plays', () => {
    const budget = (more: object): string | undefined => choiceRows({ ...choices, agent: 'gpt-4.1', ...more }).find((row) => row.key === 'budget')?.value;
    expect(budget({ usd: 2.5 })).toBe('30:00, 50 calls, $2.5');
    expect(budget({ tokens: 200_000 })).toBe('30:00, 50 calls, 200k tokens');
    expect(budget({ tokens: 1_500_000 })).toBe('30:00, 50 calls, 1.5M tokens');
    expect(budget({})).toBe('30:00, 50 calls');
    expect(budget({ agent: 'offline', usd: 2 })).toBe('30:00, 50 calls');
  });
});
