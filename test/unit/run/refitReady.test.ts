import { describe, expect, it } from 'vitest';
import { runStatusSchema } from '../../../src/core/run/events';
import { attemptRefusal, refitRefusal } from '../../../src/core/run/refitReady';

const run = { runId: 'r-1', number: 3, statusText: 'The model gives no answer.' };
const ended = ['finished', 'stopped', 'failed'];

describe('what stops a refit', () => {
  it.each(runStatusSchema.options)('is said of a run that is %s, with what to do', (status) => {
    const refusal = refitRefusal({ ...run, status });
    if (ended.includes(status)) return expect(refusal).toBeUndefined();
    expect(refusal?.message).toMatch(/^Run 3 .+\. An attempt is refitted when its run has ended/);
    expect(refusal?.nextStep).toContain('a stopped run can be refitted too');
  });

  it('is told by state', () => {
    const of = (status: Parameters<typeof refitRefusal>[0]['status']) => refitRefusal({ ...run, status });
    expect(of('paused')).toMatchObject({ message: expect.stringContaining('is paused') as string, nextStep: expect.stringContaining('Resume it') as string });
    expect(of('waiting')?.message).toContain('waits: The model gives no answer. An');
    expect(of('interrupted')?.nextStep).toContain('podium resume r-1');
  });

  it('names the attempts that can be refitted', () => {
    const view = { number: 3, attempts: [{ id: 1, status: 'valid' }, { id: 2, status: 'buggy' }] } as Parameters<typeof attemptRefusal>[0];
    expect(attemptRefusal(view, 1)).toBeUndefined();
    expect(attemptRefusal(view, 2)).toEqual({ message: 'Attempt 2 is not valid on the local test set.', nextStep: 'Attempts that can be refitted: 1.' });
    expect(attemptRefusal(view, 9)?.message).toBe('Run 3 has no attempt 9.');
    expect(attemptRefusal({ ...view, attempts: [] }, undefined)?.message).toBe('Run 3 has no valid attempt.');
  });
});
