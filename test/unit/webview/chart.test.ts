import { describe, expect, it } from 'vitest';
import type { AttemptView } from '../../../src/protocol/panel';
import { bestLine, layoutChart } from '../../../webview/runPanel/chart/layout';
import { niceStep, scoreDomain, scoreTicks, tickDecimals, timeTicks } from '../../../webview/runPanel/chart/scale';
import { penguinsEnded, penguinsRun } from '../../fixtures/runView';

const run = penguinsRun();
const baseline = run.attempts.slice(0, 1);

function scored(id: number, score: number, change: Partial<AttemptView> = {}): AttemptView {
  const model = run.attempts[1];
  if (!model) throw new Error('no attempt');
  return { ...model, id, claim: null, public: { score, se: null }, startedAt: id, endedAt: id + 1, ...change };
}

describe('score axis', () => {
  it('has nice steps', () => {
    expect([0.03, 0.041, 0.7, 3, 4.1, 11].map(niceStep)).toEqual([0.04, 0.05, 1, 4, 5, 20].map((value) => expect.closeTo(value, 9)));
    expect(niceStep(0)).toBe(1);
  });

  it('covers the valid scores and leaves the constant baseline out', () => {
    const domain = scoreDomain(run.attempts, 'maximize', null);
    expect(domain?.low).toBeCloseTo(0.8);
    expect(domain?.high).toBeCloseTo(0.96);
    expect(scoreTicks(domain ?? { low: 0, high: 0, step: 1, provisional: false }).map((tick) => tick.toFixed(2))).toEqual(['0.80', '0.84', '0.88', '0.92', '0.96']);
  });

  it('starts about the baseline and begins anew with the first real score', () => {
    const first = scoreDomain(baseline, 'maximize', null);
    expect(first?.provisional).toBe(true);
    expect(first?.high).toBeLessThan(0.5);
    const second = scoreDomain(run.attempts.slice(0, 2), 'maximize', first);
    expect(second?.provisional).toBe(false);
    expect(second?.low).toBeGreaterThan(0.5);
  });

  it('grows and never shrinks', () => {
    let domain = scoreDomain([scored(1, 0.8), scored(2, 0.82)], 'maximize', null);
    for (let id = 3; id < 40; id++) {
      const next = scoreDomain([scored(1, 0.8), scored(id, 0.8 + id / 300)], 'maximize', domain);
      expect(next?.low).toBeLessThanOrEqual(domain?.low ?? 0);
      expect(next?.high).toBeGreaterThanOrEqual(domain?.high ?? 0);
      domain = next;
    }
    const smaller = scoreDomain([scored(1, 0.8)], 'maximize', domain);
    expect(smaller).toBe(domain);
  });

  it('keeps a far outlier on the worse side off the scale, in both directions', () => {
    const good = [2.1, 2.2, 2.3, 2.4, 2.5, 2.6, 2.7].map((score, index) => scored(index + 2, score));
    const domain = scoreDomain([...good, scored(20, 4000)], 'minimize', null);
    expect(domain?.high).toBeLessThan(10);
    const mirrored = scoreDomain([...good.map((attempt) => scored(attempt.id, -(attempt.public?.score ?? 0))), scored(20, -4000)], 'maximize', null);
    expect(mirrored?.low).toBeGreaterThan(-10);
  });

  it('survives a single score and equal scores', () => {
    for (const attempts of [[scored(1, 0)], [scored(1, 5), scored(2, 5)]]) {
      const domain = scoreDomain(attempts, 'maximize', null);
      expect(domain && domain.high > domain.low).toBe(true);
    }
    expect(scoreDomain([], 'maximize', null)).toBeNull();
  });

  it('has as many decimals as its step needs', () => {
    expect([0.04, 0.5, 1, 20, 0.0002].map(tickDecimals)).toEqual([2, 1, 0, 0, 4]);
  });
});

describe('time axis', () => {
  it('ends at a tick at or after now', () => {
    expect(timeTicks(872, 6)).toEqual([0, 180, 360, 540, 720, 900]);
    expect(timeTicks(0, 6).at(-1)).toBe(10);
    expect(timeTicks(1_000_000, 6).length).toBeLessThanOrEqual(8);
  });
});

describe('best so far', () => {
  it('rises for maximize and descends for minimize', () => {
    const attempts = [scored(1, 5), scored(2, 7), scored(3, 6), scored(4, 4)];
    expect(bestLine(attempts, 'maximize').map((point) => point.score)).toEqual([5, 7]);
    expect(bestLine(attempts, 'minimize').map((point) => point.score)).toEqual([5, 4]);
  });
});

describe('marks', () => {
  it('put what has no place in the plot into the lane', () => {
    const layout = layoutChart(run.attempts, 'maximize', 872, 700, null);
    const lanes = Object.fromEntries(layout.marks.map((mark) => [mark.attempt.id, mark.lane]));
    expect(lanes).toMatchObject({ 1: 'below', 3: 'failed', 13: 'failed', 14: 'running', 11: null });
    const eleven = layout.marks.find((mark) => mark.attempt.id === 11);
    expect(eleven?.publicY).toBeGreaterThan(layout.frame.top);
    expect(eleven?.privateY).toBeNull();
  });

  it('show private scores once they are revealed', () => {
    const layout = layoutChart(penguinsEnded().attempts, 'maximize', 1781, 700, null);
    expect(layout.marks.find((mark) => mark.attempt.id === 11)?.privateY).toBeGreaterThan(layout.frame.top);
  });
});
