import type { Actor, RunConfig } from '../run/events';
import type { Isolation } from '../runtime/runtime';
import { actionTable, type Action } from './actions';

/**
 * What needs the person's word before an agent may do it. Decided here, from the run's own
 * settings, which only the person sets before the run begins: no action can change them.
 * That nothing is reached without approval does not rest on reading commands: the sandbox has no
 * network unless it is approved, and is not started unisolated. Reading them gives the agent a
 * clear answer in place of a failure that looks like a broken machine.
 */
export const approvals = ['unisolated', 'network', 'installs'] as const;
export type Approval = (typeof approvals)[number];

const installs = /(?:^|[\s;&|(`!%])(?:(?:uv\s+)?pip[\d.]*|python[\d.]*\s+-m\s+pip|conda|mamba|apt(?:-get)?|npm|yarn|pnpm|poetry)\s+(?:-\S+\s+)*(?:install|add|download|i)\b|install\.packages\s*\(|easy_install\b/;
const network = /(?:^|[\s;&|(`!%])(?:curl|wget|ssh|scp|sftp|rsync|ftp|telnet|nc|ncat|git\s+(?:clone|fetch|pull|push)|kaggle|huggingface-cli)\b/;

/** What an action of an agent needs. */
export function approvalsFor(action: Action, isolation: Isolation): Approval[] {
  const needed: Approval[] = [];
  const { effect } = actionTable[action.name];
  if (isolation === 'none' && (effect === 'execute' || effect === 'grade')) needed.push('unisolated');
  if (action.name === 'shell') {
    const { command } = action.params;
    if (installs.test(command)) needed.push('installs');
    if (network.test(command)) needed.push('network');
  }
  return needed;
}

/** What the person has approved for a run. */
export const approvedIn = (config: Pick<RunConfig, 'allowUnisolated' | 'approved'>): ReadonlySet<Approval> =>
  new Set([...(config.approved ?? []), ...(config.allowUnisolated ? (['unisolated'] as const) : [])]);

/** The first approval that is missing. People need none, and Podium's own templates are no agent's code. */
export function missingApproval(action: Action, actor: Actor, isolation: Isolation, config: Pick<RunConfig, 'allowUnisolated' | 'approved'>): Approval | undefined {
  if (actor !== 'llm' && actor !== 'external') return undefined;
  const approved = approvedIn(config);
  return approvalsFor(action, isolation).find((one) => !approved.has(one));
}

export const approvalWords: Readonly<Record<Approval, { what: string; how: string }>> = {
  unisolated: { what: 'Running code where nothing isolates it', how: '--allow-unisolated' },
  network: { what: 'Using the network', how: '--allow-network' },
  installs: { what: 'Installing packages', how: '--allow-installs' },
};
