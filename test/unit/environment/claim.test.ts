import { describe, expect, it } from 'vitest';
import { claimOf, parseScores, ScoreLineReader } from '../../../src/core/environment/claim';

const read = (...pieces: string[]) => {
  const reader = new ScoreLineReader(['rmse', 'RMSE']);
  for (const piece of pieces) reader.push(piece);
  return reader.end();
};

describe('score line', () => {
  it.each([
    ['SCORE rmse 0.5', 0.5],
    ['SCORE rmse 3', 3],
    ['SCORE rmse 0', 0],
    ['SCORE rmse -1.5e-3', -0.0015],
    ['SCORE rmse +.25', 0.25],
    ['SCORE rmse 5.', 5],
    ['SCORE RMSE 7\r\n', 7],
    ['noise\nSCORE rmse 1\nmore\nSCORE rmse 2\nafter', 2],
  ])('%j is %d', (text, value) => expect(read(text)).toEqual({ value, problem: null }));

  it('is found when it arrives in pieces', () => expect(read('SCO', 'RE rm', 'se 0.', '25', '\nx').value).toBe(0.25));

  it.each(['SCORE rmse', 'SCORE rmse 1 2', ' SCORE rmse 1', 'score rmse 1', 'SCORE rmse 1,5', 'SCORE rmse 0x10', 'the SCORE rmse 1'])('%j is none', (text) =>
    expect(read(text).value).toBeNull(),
  );

  it.each(['nan', 'NaN', 'inf', '-Infinity', '1e999'])('%s is a problem, also after a good one', (text) =>
    expect(read(`SCORE rmse 1\nSCORE rmse ${text}\n`)).toEqual({ value: null, problem: { kind: 'not_finite', text } }),
  );

  it('of another metric is not counted and is told', () => expect(read('SCORE mae 1')).toEqual({ value: null, problem: { kind: 'other_metric', metric: 'mae' } }));
});

describe('scores file', () => {
  const text = 'model,fold,score\na,0,0.5\na,1,0.7\na,2,0.6\nb,0,0.9\nb,1,0.9\n';

  it('gives mean and standard error over folds', () => {
    const claim = claimOf(null, parseScores('fold,model,score,x\n0,a,1\n1,a,2\n2,a,3\n'), 'maximize');
    expect(claim).toMatchObject({ value: 2, folds: [1, 2, 3], source: 'scores_file' });
    expect(claim?.se).toBeCloseTo(1 / Math.sqrt(3), 12);
  });

  it('takes the better model in the metric\'s direction, and the ensemble first', () => {
    expect(claimOf(null, parseScores(text), 'maximize')?.value).toBeCloseTo(0.9);
    expect(claimOf(null, parseScores(text), 'minimize')?.value).toBeCloseTo(0.6);
    expect(claimOf(null, parseScores(`${text}ensemble,0,0.1\n`), 'maximize')?.value).toBeCloseTo(0.1);
  });

  it('gives the folds to a score line', () => {
    expect(claimOf(0.61, parseScores(text), 'maximize')).toMatchObject({ value: 0.61, folds: [0.5, 0.7, 0.6], source: 'line' });
    expect(claimOf(0.9, parseScores(text), 'maximize')?.se).toBeNull();
  });

  it.each(['', 'a,b\n1,2\n', 'model,fold,score\n', 'model,fold,score\na,0,nan\n', 'model,fold,score\na,0\n'])('%j is not one', (bad) =>
    expect(parseScores(bad)).toBeUndefined(),
  );
});
