import * as z from 'zod';
import type { Actor, RunConfig } from '../run/events';
import type { Isolation } from '../runtime/runtime';
import { actionTable, type Action } from './actions';

/**
 * What needs the person's word before an agent may do it. Decided here, in host code: no action
 * can change it. That nothing is reached without approval does not rest on reading commands: the
 * sandbox has no network until one is approved, and runs no agent's code unisolated. Reading them
 * gives person and agent a clear question in place of a failure that looks like a broken machine.
 */
export const approvals = ['unisolated', 'network', 'installs'] as const;
export type Approval = (typeof approvals)[number];

/** `always` is `run`, and the person's setting for the runs to come, which the window keeps. */
export const approvalAnswerSchema = z.enum(['once', 'run', 'always', 'refused']);
export type ApprovalAnswer = z.output<typeof approvalAnswerSchema>;

/** What the person is asked while the run waits. */
export const approvalQuestionSchema = z.object({
  id: z.string(),
  step: z.int(),
  attempt: z.int().nullable(),
  needs: z.array(z.enum(approvals)).min(1),
  action: z.string(),
  /** The exact command, or the code that would run; its middle is left out when it is very long. */
  code: z.string(),
  /** What the agent gave as its reason. */
  reason: z.string().nullable(),
  /** What allowing it does in this sandbox, and what it cannot do. */
  effect: z.string(),
});
export type ApprovalQuestion = z.output<typeof approvalQuestionSchema>;

export interface ApprovalDecision {
  readonly answer: ApprovalAnswer;
  /** Why the person refuses. */
  readonly words?: string;
}

const installs = /(?:^|[\s;&|(`!%])(?:(?:uv\s+)?pip[\d.]*|python[\d.]*\s+-m\s+pip|conda|mamba|apt(?:-get)?|npm|yarn|pnpm|poetry)\s+(?:-\S+\s+)*(?:install|add|download|i)\b|install\.packages\s*\(|easy_install\b/;
const network = /(?:^|[\s;&|(`!%])(?:curl|wget|ssh|scp|sftp|rsync|ftp|telnet|nc|ncat|git\s+(?:clone|fetch|pull|push)|kaggle|huggingface-cli)\b/;

/** Whether a command or the code of a cell installs packages, by its words. */
export const installsPackages = (code: string): boolean => installs.test(code);

/** What an action of an agent needs. What is refused in any case needs nothing. */
export function approvalsFor(action: Action, isolation: Isolation): Approval[] {
  const { effect, ...definition } = actionTable[action.name];
  if (isolation === 'none' && 'needsIsolation' in definition) return [];
  const needed: Approval[] = [];
  if (isolation === 'none' && (effect === 'execute' || effect === 'grade')) needed.push('unisolated');
  if (action.name === 'shell') {
    const { command } = action.params;
    if (installs.test(command)) needed.push('installs');
    if (network.test(command)) needed.push('network');
  }
  return needed;
}

/** People need no approval, and Podium's own templates are no agent's code. */
export const isAgent = (actor: Actor): boolean => actor === 'llm' || actor === 'external';

/** What the person approved for a run before it began. */
export const approvedIn = (config: Pick<RunConfig, 'allowUnisolated' | 'approved'>): Approval[] => [...(config.approved ?? []), ...(config.allowUnisolated ? (['unisolated'] as const) : [])];

/** What is allowed, in the words of a sentence; the flag that allows it from the beginning; what is asked. */
export const approvalWords: Readonly<Record<Approval, { readonly what: string; readonly flag: string; readonly asked: string }>> = {
  unisolated: { what: 'Running code where nothing isolates it', flag: '--allow-unisolated', asked: 'code without isolation' },
  network: { what: 'Using the network', flag: '--allow-network', asked: 'network access' },
  installs: { what: 'Installing packages', flag: '--allow-installs', asked: 'installing packages' },
};

/** "Approve network access for #15?" */
export function approvalTitle({ needs, attempt }: Pick<ApprovalQuestion, 'needs' | 'attempt'>): string {
  return `Approve ${needs.map((need) => approvalWords[need].asked).join(' and ')}${attempt === null ? '' : ` for #${attempt}`}?`;
}
