import { describe, expect, it } from 'vitest';
import { mleBenchReport, mleBenchSummary, reportFileName, type Graded } from '../../../src/core/grading/mleBenchReport';

const fields = [
  'competition_id', 'score', 'gold_threshold', 'silver_threshold', 'bronze_threshold', 'median_threshold', 'any_medal', 'gold_medal',
  'silver_medal', 'bronze_medal', 'above_median', 'submission_exists', 'valid_submission', 'is_lower_better', 'created_at', 'submission_path',
];
const board = Array.from({ length: 10 }, (_, k) => 0.123456 + k);
const graded: Graded = { competition: 'c', path: 'a.csv', exists: true, score: 0.123456, direction: 'minimize', board, thresholds: null, at: new Date(0) };

describe('reports in the form of MLE-bench', () => {
  it('has its fields in its order', () => {
    expect(Object.keys(mleBenchReport(graded, false))).toEqual(fields);
  });

  it('compares exactly, or rounds first and loses an exact tie with a finer threshold', () => {
    expect(mleBenchReport(graded, false)).toMatchObject({ score: 0.123456, gold_medal: true, any_medal: true, is_lower_better: true, above_median: true });
    expect(mleBenchReport(graded, true)).toMatchObject({ score: 0.12346, gold_medal: false, silver_medal: true });
  });

  it('takes the direction of the metric, or in compat mode that of the first and last row', () => {
    const reversed = { ...graded, board: [...board].reverse() };
    expect(mleBenchReport(reversed, false)).toMatchObject({ is_lower_better: true, gold_medal: true });
    expect(mleBenchReport(reversed, true)).toMatchObject({ is_lower_better: false, gold_medal: false });
  });

  it('has thresholds without a board, and all false without a score', () => {
    const known = { ...graded, board: [], thresholds: { gold: 1, silver: 2, bronze: 3, median: 4 } };
    expect(mleBenchReport({ ...known, score: 2.5 }, true)).toMatchObject({ bronze_medal: true, silver_medal: false, above_median: true, gold_threshold: 1 });
    expect(mleBenchReport({ ...known, score: 4 }, true)).toMatchObject({ any_medal: false, above_median: false });
    expect(mleBenchReport({ ...known, score: null, exists: false }, false)).toMatchObject({ score: null, any_medal: false, valid_submission: false, submission_exists: false });
    expect(mleBenchReport({ ...known, thresholds: null }, false)).toMatchObject({ gold_threshold: null, any_medal: false, above_median: false, valid_submission: true });
  });

  it('sums up', () => {
    const reports = [mleBenchReport(graded, false), mleBenchReport({ ...graded, score: null }, false), mleBenchReport({ ...graded, score: 2.2 }, false)];
    expect(mleBenchSummary(reports)).toMatchObject({
      total_runs: 3, total_runs_with_submissions: 3, total_valid_submissions: 2, total_medals: 2, total_gold_medals: 1, total_silver_medals: 0, total_bronze_medals: 1, total_above_median: 2,
    });
    expect(reportFileName(new Date(Date.UTC(2026, 0, 2, 3, 4, 5)))).toBe('2026-01-02T03-04-05-UTC_grading_report.json');
  });
});
