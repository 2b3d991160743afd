import { describe, expect, it } from 'vitest';
import type { Health } from '../../../../src/core/competition/finding';
import { healthHeadline, healthReport } from '../../../../src/vscode/competitions/healthReport';

const health: Health = {
  findings: [
    { code: 'noise', severity: 'info', message: 'Differences under 0.01 are noise.', fix: '' },
    { code: 'answers_public', severity: 'error', message: 'data/a|b.csv holds the answers.', fix: 'Take them out.' },
    { code: 'no_sample', severity: 'warning', message: 'There is no sample submission.', fix: 'Put one there.' },
  ],
  passed: ['The board fits the metric.'],
};

describe('the report of a check', () => {
  it('begins with what is worst, says what to do, and ends with what passed', () => {
    const text = healthReport('Birds', '/work/birds', health);
    expect(text).toMatch(/^# Birds: 1 error, 1 warning\n\n\*\*Scores of this competition cannot be trusted\*\*/);
    expect(['Error', 'Warning', 'To&nbsp;know', 'Passed'].map((word) => text.indexOf(`;${word}`)).every((at, index, all) => at > (all[index - 1] ?? 0))).toBe(true);
    expect(text).toContain('data/a\\|b\\.csv holds the answers');
  });
  it('says so when nothing is wrong', () => {
    expect(healthHeadline('Birds', { findings: health.findings.slice(0, 1), passed: [] })).toBe('Birds: nothing is wrong');
  });
});
