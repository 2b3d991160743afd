import { describe, expect, it } from 'vitest';
import { verdictOn } from '../../../src/core/edits/verdict';
import { decisionNews } from '../../../src/core/run/decisionNews';
import type { BenchDecision, RunEvent } from '../../../src/core/run/events';

const edit: RunEvent = { seq: 1, ts: 0, elapsed: 0, actor: 'system', type: 'bench_edit', data: { id: 'e1', attempt: 11, path: 'train.py', base: null, next: 'n', mode: 'review' } };
const decisions = (...list: Omit<BenchDecision, 'id'>[]): string[] => {
  const events: RunEvent[] = [edit, ...list.map((data, i): RunEvent => ({ seq: 2 + i, ts: 0, elapsed: 0, actor: 'human', type: 'bench_decision', data: { id: 'e1', ...data } }))];
  return events.flatMap((event) => (event.type === 'bench_decision' ? decisionNews(event, events) : []));
};
const median = { start: 42, removed: ['    return X.fillna(self.fill_)'], added: ['    key = 1', '    return X.fillna(fill)'] };
const other = { start: 7, removed: ['y = 2'], added: ['y = 3'] };

describe('what the agent hears of a review', () => {
  it('is the changes that were refused, with the words, once the last one is decided', () => {
    expect(decisions(
      { decision: 'partly', hunks: [verdictOn(1, median, false, 'the island is not known at test time')], left: 1 },
      { decision: 'partly', hunks: [verdictOn(0, other, true)] },
    )).toEqual(['The person kept 1 of 2 changes in train.py; rejected:\nline 43 (the island is not known at test time):\n-    return X.fillna(self.fill_)\n+    key = 1\n+    return X.fillna(fill)']);
  });

  it('is nothing when all was kept, and the plain fact when all was refused', () => {
    expect(decisions({ decision: 'accepted', hunks: [verdictOn(0, other, true)] })).toEqual([]);
    expect(decisions({ decision: 'rejected', words: 'keep my comments' })).toEqual(['The person rejected your change to train.py: keep my comments']);
    expect(decisions({ decision: 'undone' })).toEqual(['The person took back your change to train.py.']);
  });

  it('is bounded, whatever the change', () => {
    const long = { start: 0, removed: [], added: Array.from({ length: 500 }, (_, i) => `line ${i} ${'x'.repeat(300)}`) };
    const [news] = decisions({ decision: 'rejected', hunks: Array.from({ length: 40 }, (_, i) => verdictOn(i, long, false)) });
    expect(news?.length).toBeLessThan(8000);
    expect(news).toContain('… and 32 more');
  });

  it('names cells', () => {
    const cell = { id: '3f2a', kind: 'code' as const, source: 'a\nb' };
    expect(verdictOn(0, { type: 'text', cell: '3f2a', of: 0, hunk: other }, false).where).toBe('cell 3f2a, line 8');
    expect(verdictOn(0, { type: 'insert', cell: '3f2a', to: cell }, false)).toMatchObject({ where: 'new cell 3f2a', text: '+a\n+b' });
    expect(verdictOn(0, { type: 'delete', cell: '3f2a', from: cell }, false)).toMatchObject({ where: 'deletion of cell 3f2a', text: '-a\n-b' });
  });
});
