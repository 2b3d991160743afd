import { approvalWords, type Approval, type ApprovalAnswer } from '../../core/environment/approval';
import type { RunConfig } from '../../core/run/events';

/** `podium.approvals`: what the person answers without being asked. */
export type ApprovalSetting = Readonly<Record<Approval, 'ask' | 'allow' | 'refuse'>>;

/** What the setting answers to a question; undefined when the person is to be asked. One that refuses wins. */
export function answerBySetting(setting: ApprovalSetting, needs: readonly Approval[]): { readonly answer: ApprovalAnswer; readonly words?: string } | undefined {
  const refused = needs.find((need) => setting[need] === 'refuse');
  if (refused) return { answer: 'refused', words: `${approvalWords[refused].what} is switched off on this machine.` };
  return needs.every((need) => setting[need] === 'allow') ? { answer: 'always' } : undefined;
}

/** What a new run is allowed from its beginning. */
export const approvedBySetting = (setting: ApprovalSetting): NonNullable<RunConfig['approved']> => (['network', 'installs'] as const).filter((need) => setting[need] === 'allow');

/** Whether code can be read in a notification, exactly as it is: the editor would show `[words](address)` in it as a link. */
export const isShort = (code: string): boolean => code.length <= 160 && !/\n|\]\(/.test(code);

/** Whether the argument of a command names another question than the one that waits now: what was pressed for one answers no other. */
export const isForAnother = (argument: unknown, waiting: string): boolean => typeof argument === 'object' && argument !== null && 'question' in argument && argument.question !== waiting;
