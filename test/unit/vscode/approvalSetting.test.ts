import { describe, expect, it } from 'vitest';
import { answerBySetting, approvedBySetting, isForAnother, isShort, type ApprovalSetting } from '../../../src/vscode/runs/approvalSetting';

const setting = (changes: Partial<ApprovalSetting>): ApprovalSetting => ({ network: 'ask', installs: 'ask', unisolated: 'ask', ...changes });

describe('podium.approvals', () => {
  it('answers only what it has an answer for; one refusal refuses', () => {
    expect(answerBySetting(setting({}), ['network'])).toBeUndefined();
    expect(answerBySetting(setting({ network: 'allow' }), ['network'])).toEqual({ answer: 'always' });
    expect(answerBySetting(setting({ network: 'allow' }), ['network', 'installs'])).toBeUndefined();
    expect(answerBySetting(setting({ network: 'allow', installs: 'refuse' }), ['network', 'installs'])).toMatchObject({ answer: 'refused', words: expect.stringContaining('Installing packages') as string });
  });

  it('allows a new run from its beginning what is always allowed', () => {
    expect(approvedBySetting(setting({ installs: 'allow', unisolated: 'allow' }))).toEqual(['installs']);
  });

  it('takes what was pressed for one question for no other', () => {
    expect(isForAnother({ runId: 'r', question: 'approval-3' }, 'approval-4')).toBe(true);
    expect(isForAnother({ runId: 'r', question: 'approval-4' }, 'approval-4')).toBe(false);
    expect(isForAnother('r', 'approval-4')).toBe(false);
  });

  it('lets nothing be approved that cannot be read at a glance', () => {
    expect(isShort('pip install lightgbm')).toBe(true);
    expect(isShort('curl a\nrm -r b')).toBe(false);
    expect(isShort(`pip install x${' '.repeat(200)}; rm -r b`)).toBe(false);
    expect(isShort('pip install x # [Details](command:podium.allowAlways)')).toBe(false);
  });
});
