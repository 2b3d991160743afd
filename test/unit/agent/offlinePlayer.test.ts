import { describe, expect, it } from 'vitest';
import type { Finished } from '../../../src/core/agent/offline/attempt';
import { blendCandidates, blendSeconds } from '../../../src/core/agent/offline/blendChoice';
import { createOfflinePlayer } from '../../../src/core/agent/offline/offlinePlayer';
import type { Family } from '../../../src/core/agent/offline/recipe';
import { compareClaims } from '../../../src/core/agent/noise';
import type { Competition } from '../../../src/core/environment/ports';
import { flowers, houses, mails, pictures } from './competitions';
import { claimAt, FakeDoor, type FakeOptions, type Result } from './fakeDoor';

async function play(competition: Competition, options: FakeOptions, more: { maxAttempts?: number; seed?: number } = {}): Promise<FakeDoor> {
  const door = new FakeDoor(options);
  await createOfflinePlayer().play(door, {
    competition,
    seed: more.seed ?? 0,
    isolation: 'container',
    libraries: { sklearn: '1.2.1' },
    maxAttempts: more.maxAttempts ?? null,
  });
  return door;
}

/** Losses of a landscape in which boosting with a log target is best. Lower is better. */
function losses(text: string): Result {
  if (text.includes('import csv')) return { claim: claimAt(100), seconds: 0.2 };
  if (text.includes('runpy')) return { claim: claimAt(29.5), seconds: 4 };
  let loss = text.includes('HistGradientBoosting') ? 40 : text.includes('ExtraTrees') ? 44 : text.includes('Ridge(') ? 50 : 60;
  if (text.includes('np.log1p')) loss -= 10;
  if (text.includes('combinations(')) loss += 1;
  return { claim: claimAt(loss), seconds: 2 };
}

/** The same landscape upside down, for a score to be maximised. */
const gains = (text: string): Result => {
  const { claim, seconds } = losses(text);
  return { seconds, claim: claimAt(1 - (claim?.value ?? 0) / 200, 0.0001) };
};

const operators = (door: FakeDoor): string[] => door.attempts.map((attempt) => attempt.operator);

describe('offline player', () => {
  it('submits a constant baseline first, then drafts at least three families', async () => {
    const door = await play(houses, { run: losses });
    expect(operators(door)[0]).toBe('baseline');
    expect(door.attempts[0]?.files.get('train.py')).not.toMatch(/import (numpy|pandas)|sklearn/);
    expect(operators(door).slice(1, 4)).toEqual(['draft', 'draft', 'draft']);
    expect(door.attempts.every((attempt) => attempt.valid)).toBe(true);
    expect(door.finished).toBe(true);
  });

  it('writes one draft as a notebook with text cells', async () => {
    const door = await play(houses, { run: losses }, { maxAttempts: 4 });
    const notebook = door.attempts.find((attempt) => attempt.cells.length > 0);
    expect(notebook?.entry).toBe('solution.ipynb');
    expect(notebook?.cells.filter((cell) => cell.kind === 'markdown').length).toBeGreaterThanOrEqual(5);
    expect(notebook?.cells[0]?.source).toMatch(/^# Synthetic/);
  });

  it('improves the best by single changes, tunes it, and blends', async () => {
    const door = await play(houses, { run: losses });
    expect(operators(door)).toEqual(expect.arrayContaining(['improve', 'tune', 'blend']));
    const blend = door.attempts.find((attempt) => attempt.operator === 'blend');
    expect(blend?.parents).toHaveLength(3);
    expect([...(blend?.files.keys() ?? [])].filter((path) => path.startsWith('members/'))).toHaveLength(3);
    expect(door.selected?.attempt).toBe(door.attempts.filter((attempt) => attempt.operator === 'blend')[0]?.id);
  });

  it('says what a change brought, in the better direction', async () => {
    const down = await play(houses, { run: losses });
    const added = down.explanations.find(({ text }) => text.startsWith('Added log target'));
    expect(added?.text).toMatch(/rmse 40\.0000 → 30\.0000, better.*; kept\.$/);
    expect(down.explanations.some(({ text }) => /Added ratios.*worse.*not kept\.$/.test(text))).toBe(true);
    expect(new Set(down.explanations.map(({ attempt }) => attempt)).size).toBeGreaterThanOrEqual(down.attempts.length);
  });

  it('keeps the highest score when the metric is to be maximised', async () => {
    const door = await play(flowers, { run: gains }, { maxAttempts: 5 });
    const chosen = door.attempts.find((attempt) => attempt.id === door.selected?.attempt);
    expect(chosen?.files.get('train.py')).toContain('HistGradientBoostingClassifier');
  });

  it('does the same again for the same observations and seed', async () => {
    const [a, b] = await Promise.all([play(houses, { run: losses }), play(houses, { run: losses })]);
    expect(a.log).toEqual(b.log);
    const other = await play(houses, { run: losses }, { seed: 7 });
    expect(other.attempts[1]?.cells.some((cell) => cell.source.includes('SEED = 7'))).toBe(true);
  });

  it('looks at no clock unless the run is bounded by time', async () => {
    const paced = (pace: (text: string) => number): FakeOptions => ({ run: (text) => ({ ...losses(text), seconds: pace(text) }) });
    const steady = paced(() => 1);
    const uneven = paced((text) => (text.includes('HistGradientBoosting') ? 400 : text.includes('np.log1p') ? 90 : text.length % 7));
    const [fast, slow] = await Promise.all([steady, uneven].map((options) => play(houses, options, { maxAttempts: 20 })));
    expect(slow?.log).toEqual(fast?.log);
    expect(slow?.selected).toEqual(fast?.selected);
    const [a, b] = await Promise.all([steady, uneven].map((options) => play(houses, options)));
    expect(b?.log).toEqual(a?.log);
    // With a time budget the same paces do lead to other choices: the test can tell them apart.
    const [c, d] = await Promise.all([steady, uneven].map((options) => play(houses, { ...options, seconds: 100_000 })));
    expect(d?.log).not.toEqual(c?.log);
  });

  it('does not replace the incumbent by a change within noise', async () => {
    const wobble = [0.004, -0.003, 0.002, -0.004, 0.0015];
    const noisy = (text: string): Result => {
      const base = text.includes('import csv') ? 0.3 : text.includes('LogisticRegression') ? 0.8 : 0.7;
      const tiny = text.includes('class_weight') || text.includes('combinations(') || text.includes('PolynomialFeatures') ? 1 : 0;
      const folds = wobble.map((step) => base + tiny * step);
      return { claim: { value: base, se: 0.01, folds, source: 'line' }, seconds: 1 };
    };
    const door = await play(flowers, { run: noisy }, { maxAttempts: 8 });
    expect(door.selected?.attempt).toBe(2);
  });

  it('never starts more attempts than it may', async () => {
    for (const maxAttempts of [1, 2, 5, 7]) {
      const door = await play(houses, { run: losses }, { maxAttempts });
      expect(door.attempts).toHaveLength(maxAttempts);
      expect(door.selected).not.toBeNull();
    }
    const byBudget = await play(houses, { run: losses, attempts: 3 });
    expect(byBudget.attempts).toHaveLength(3);
    const byGrader = await play(houses, { run: losses, gradedCalls: 4 });
    expect(byGrader.attempts.filter((attempt) => attempt.valid)).toHaveLength(4);
  });

  it('stays inside the time budget and still chooses', async () => {
    const slow = (text: string): Result => ({ ...losses(text), seconds: text.includes('import csv') ? 0.2 : 9 });
    const door = await play(houses, { run: slow, seconds: 30 });
    expect(door.used).toBeLessThanOrEqual(30);
    expect(door.attempts.length).toBeGreaterThanOrEqual(2);
    expect(door.attempts.every((attempt) => attempt.limit !== null && attempt.limit <= 30)).toBe(true);
    expect(door.selected).not.toBeNull();
  });

  it('uses a tight time budget up, with a blend that fits, and says why it ends', async () => {
    // What is best takes long, so that blending the best three would not fit beside anything else.
    const paced = (text: string): Result => {
      const { seconds } = losses(text);
      const claim = text.includes('import csv') ? claimAt(100) : text.includes('runpy') ? claimAt(38) : claimAt((text.includes('HistGradientBoosting') ? 40 : text.includes('ExtraTrees') ? 42 : 43) - (text.includes('np.log1p') ? 1 : 0));
      return { claim, seconds: text.includes('runpy') ? 0 : text.includes('import csv') ? seconds : text.includes('np.log1p') ? 26 : text.includes('ExtraTrees') ? 15 : 4 };
    };
    const pace = (files: ReadonlyMap<string, string>): number => [...files].filter(([path]) => path.startsWith('members/')).reduce((sum, [, text]) => sum + (paced(text).seconds ?? 0), 0);
    const door = await play(houses, { run: (text, attempt) => ({ ...paced(text), ...(text.includes('runpy') ? { seconds: pace(attempt.files) } : {}) }), seconds: 120 });
    expect(door.attempts.every((attempt) => attempt.valid)).toBe(true);
    const blends = door.attempts.filter((attempt) => attempt.operator === 'blend');
    expect(blends.length).toBeGreaterThanOrEqual(1);
    expect(door.used).toBeGreaterThan(0.75 * 120);
    expect(door.used).toBeLessThanOrEqual(120);
    expect(door.log.at(-1)).toMatch(/s left are too short for what is untried: it takes about \d+ s|The time is used up|Nothing untried/);
  });

  it('blends a pair where the time is too short for three', () => {
    const attempt = (id: number, family: Family, value: number, seconds: number): Finished => ({
      id,
      operator: 'draft',
      content: { kind: 'recipe', recipe: { family, toggles: [], params: {}, repairs: {} }, notebook: false },
      claim: claimAt(value),
      public: null,
      seconds,
    });
    const [best, second, own, third, far] = [attempt(5, 'boosting', 10, 20), attempt(3, 'forest', 10.5, 12), attempt(2, 'boosting', 10.6, 4), attempt(4, 'linear', 11, 2), attempt(6, 'neighbours', 30, 1)];
    const compare = (a: Finished, b: Finished) => compareClaims(a.claim ?? claimAt(NaN), b.claim ?? claimAt(NaN), 'minimize');
    const sets = blendCandidates([best, second, own, third, far], compare);
    expect(sets.map((members) => members.map(({ id }) => id))).toEqual([[5, 3, 4], [5, 3], [5, 4]]);
    expect(sets.map(blendSeconds)).toEqual([35, 33, 23]);
    expect(blendCandidates([best, own, second].slice(0, 2), compare)).toEqual([]);
  });

  it('leaves a valid, chosen submission when the run is stopped early', async () => {
    for (const stopAfterSteps of [6, 12, 25, 40]) {
      const door = await play(houses, { run: losses, stopAfterSteps });
      expect(door.attempts[0]?.valid).toBe(true);
      expect(door.attempts.find((attempt) => attempt.id === door.selected?.attempt)?.valid).toBe(true);
    }
  });
});

describe('debugging by rules', () => {
  it('mends a failed draft with the change that its error calls for', async () => {
    const run = (text: string): Result =>
      text.includes('ExtraTrees') && !text.includes('to_numeric')
        ? { failure: { type: 'ValueError', message: 'Input X contains infinity' } }
        : losses(text);
    const door = await play(houses, { run }, { maxAttempts: 6 });
    const debug = door.attempts.find((attempt) => attempt.operator === 'debug');
    expect(debug?.valid).toBe(true);
    expect(debug?.parents).toEqual([(debug?.id ?? 0) - 1]);
    expect(door.explanations.some(({ text }) => text.includes('failed: ValueError'))).toBe(true);
  });

  it('runs a notebook that fails as a script', async () => {
    const door = await play(houses, {
      run: (text, attempt) => (attempt.cells.length > 0 ? { failure: { type: 'lost', message: 'The kernel died.' } } : losses(text)),
    }, { maxAttempts: 5 });
    const [, notebook, debug] = door.attempts;
    expect(notebook?.valid).toBe(false);
    expect(debug).toMatchObject({ operator: 'debug', entry: 'train.py', valid: true });
  });

  it('gives up when the same error comes back', async () => {
    const door = await play(houses, {
      run: (text) => (text.includes('import csv') ? losses(text) : { failure: { type: 'ValueError', message: 'Input X contains NaN' } }),
    });
    // Per draft one try and at most one mended try.
    expect(door.attempts.length).toBeLessThanOrEqual(1 + 3 * 5);
    expect(door.selected?.attempt).toBe(1);
    expect(door.explanations.some(({ text }) => text.includes('same error came back'))).toBe(true);
  });

  it('makes at most three fixes in a row', async () => {
    let n = 0;
    const kinds = ['timeout', 'MemoryError', 'UnicodeDecodeError', 'ValueError', 'MemoryError'];
    const door = await play(flowers, {
      run: (text) => (text.includes('import csv') ? gains(text) : { failure: { type: kinds[n++ % kinds.length] ?? '', message: `trouble ${n}`, signature: String(n) } }),
    });
    let chain = 0;
    for (const operator of operators(door)) {
      chain = operator === 'debug' ? chain + 1 : 0;
      expect(chain).toBeLessThanOrEqual(3);
    }
    expect(door.selected?.attempt).toBe(1);
  });

  it('tidies predictions that the grader refuses', async () => {
    const problem = { code: 'out_of_range', message: 'Probabilities above 1.', count: 3, examples: ['1.2'] } as const;
    const door = await play(mails, {
      run: (text) => ({ ...losses(text), problems: text.includes('MultinomialNB') && !text.includes('nan_to_num') ? [{ ...problem, examples: [...problem.examples] }] : [] }),
    }, { maxAttempts: 4 });
    expect(operators(door).slice(0, 3)).toEqual(['baseline', 'draft', 'debug']);
    expect(door.attempts[2]?.valid).toBe(true);
  });
});

describe('kinds of data', () => {
  it('drafts text families for texts', async () => {
    const door = await play(mails, { run: losses }, { maxAttempts: 4 });
    const texts = door.attempts.slice(1).map((attempt) => [...attempt.files.values(), ...attempt.cells.map((cell) => cell.source)].join('\n'));
    expect(texts).toHaveLength(3);
    for (const text of texts) expect(text).toContain('TfidfVectorizer');
    expect(new Set(texts).size).toBe(3);
  });

  it('stops at the constant baseline, with the reason, where it has no template', async () => {
    const door = await play(pictures, { run: gains });
    expect(operators(door)).toEqual(['baseline']);
    expect(door.explanations.some(({ text }) => text.includes('no image template'))).toBe(true);
    expect(door.selected?.attempt).toBe(1);
    expect(door.finished).toBe(true);
  });
});
