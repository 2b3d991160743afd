import { describe, expect, it } from 'vitest';
import type { AttemptView } from '../../../src/protocol/panel';
import { bestLine, bestPath, layoutChart, markOf, nearestMark, timeEnd } from '../../../webview/runPanel/chart/layout';
import { scoreDomain, scoreTicks, timeTicks } from '../../../webview/runPanel/chart/scale';
import { penguinsEnded, penguinsRun } from '../../fixtures/runView';

const run = penguinsRun();
const baseline = run.attempts.slice(0, 1);
const settled = run.attempts.filter((attempt) => attempt.status !== 'running');

function scored(id: number, score: number, change: Partial<AttemptView> = {}): AttemptView {
  const model = run.attempts[1];
  if (!model) throw new Error('no attempt');
  return { ...model, id, claim: null, public: { score, se: null }, startedAt: id, endedAt: id + 1, ...change };
}

describe('score axis', () => {
  it('covers the valid scores and leaves the constant baseline out', () => {
    const domain = scoreDomain(run.attempts, 'maximize', null);
    expect(domain?.low).toBeCloseTo(0.8);
    expect(domain?.high).toBeCloseTo(0.95);
    expect(domain && scoreTicks(domain).map((tick) => tick.toFixed(2))).toEqual(['0.80', '0.85', '0.90', '0.95']);
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

  it('names its ticks with as many decimals as tell them apart', () => {
    const first = (scores: number[]): string => {
      const { axis, tickText } = layoutChart(scores.map((score, index) => scored(index + 1, score)), 'maximize', 60, 700, null);
      return tickText(scoreTicks(axis)[1] ?? 0);
    };
    expect(first([0.81, 0.94])).toMatch(/^0\.\d\d$/);
    expect(first([0.9912, 0.9914])).toMatch(/^0\.\d{3}$/);
    expect(first([12_000, 19_000])).toMatch(/^\d+000$/);
    expect(first([-0.3, -0.1])).toMatch(/^\u22120\.\d+$/);
  });
});

describe('time axis', () => {
  it('ends at a tick at or after now', () => {
    expect(timeTicks(872, 6)).toEqual([0, 180, 360, 540, 720, 900]);
    expect(timeTicks(0, 6).at(-1)).toBe(10);
    expect(timeTicks(1_000_000, 6).length).toBeLessThanOrEqual(8);
  });
});

describe('what moves with the clock', () => {
  it('is only the end of the best line until the time axis gets a new end', () => {
    const end = timeEnd(872, 700);
    expect(end).toBe(900);
    expect(timeEnd(899, 700)).toBe(900);
    expect(timeEnd(901, 700)).toBe(1080);
    const layout = layoutChart(settled, 'maximize', end, 700, null);
    expect(layout.ticks).toEqual(timeTicks(872, 6));
    const [now, later] = [bestPath(layout, 872), bestPath(layout, 890)];
    const moves = (path: string): string[] => path.split('L');
    expect(moves(later).slice(0, -2)).toEqual(moves(now).slice(0, -2));
    expect(later).not.toBe(now);
  });
});

describe('the crosshair', () => {
  it('finds the mark nearest to the pointer, also beyond the ends', () => {
    const { marks } = layoutChart(settled, 'maximize', 900, 700, null);
    const nine = marks.find((mark) => mark.attempt.id === 9);
    expect(nearestMark(marks, (nine?.x ?? 0) + 2)?.attempt.id).toBe(9);
    expect(nearestMark(marks, -50)?.attempt.id).toBe(1);
    expect(nearestMark(marks, 5000)?.attempt.id).toBe(13);
    expect(nearestMark([], 10)).toBeUndefined();
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
    const layout = layoutChart(settled, 'maximize', 900, 700, null);
    const lanes = Object.fromEntries(layout.marks.map((mark) => [mark.attempt.id, mark.lane]));
    expect(lanes).toMatchObject({ 1: 'below', 3: 'failed', 13: 'failed', 11: null });
    const [running] = run.attempts.filter((attempt) => attempt.status === 'running');
    expect(running && markOf(running, layout.frame, layout.axis, 872)).toMatchObject({ lane: 'running', x: layout.frame.x(872) });
    const eleven = layout.marks.find((mark) => mark.attempt.id === 11);
    expect(eleven?.publicY).toBeGreaterThan(layout.frame.top);
    expect(eleven?.privateY).toBeNull();
  });

  it('show private scores once they are revealed', () => {
    const layout = layoutChart(penguinsEnded().attempts, 'maximize', 1800, 700, null);
    expect(layout.marks.find((mark) => mark.attempt.id === 11)?.privateY).toBeGreaterThan(layout.frame.top);
  });
});
