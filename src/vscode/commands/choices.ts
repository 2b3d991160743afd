import { isModel } from '../../core/agent/agentName';
import type { SettingValue } from '../platform/settingIds';
import { formatTime } from '../views/format';

/** What a person chooses for a new run; every value comes from a setting first. */
export interface RunChoices {
  readonly agent: string;
  /** Where a model is asked; empty: OpenAI. */
  readonly baseUrl: string;
  readonly runtime: SettingValue<'podium.runtime'>;
  readonly gpu: string;
  readonly image: string;
  readonly minutes: number;
  readonly attempts: number;
  readonly gradedCalls: number;
  readonly gradedCallsPerDay: number;
  readonly visibility: SettingValue<'podium.visibility'>;
  /** US dollars and tokens of a model; 0: no limit. */
  readonly usd: number;
  readonly tokens: number;
  readonly edits: SettingValue<'podium.edits'>;
  readonly seed: number;
}

export type ChoiceKey = 'agent' | 'runtime' | 'gpu' | 'budget' | 'edits';

const runtimeWords = { auto: 'Docker, else local sandbox', docker: 'Docker', local: 'Local sandbox' } as const;
const gpuWords: Readonly<Record<string, string>> = { auto: 'When asked for and found', all: 'All', none: 'None' };

/** Name of a player as shown. */
export function agentWords(agent: string): string {
  return agent === 'offline' ? 'Offline, no key needed' : agent === 'human' ? 'You alone' : agent;
}

export const tokenWords = (count: number): string => (count >= 1e6 && count % 1e5 === 0 ? `${count / 1e6}M` : count >= 1e3 && count % 100 === 0 ? `${count / 1e3}k` : String(count));

/** Limits of money and tokens; undefined when there are none. */
export function spendWords({ usd, tokens }: Pick<RunChoices, 'usd' | 'tokens'>): string | undefined {
  const words = [usd > 0 ? `$${usd}` : '', tokens > 0 ? `${tokenWords(tokens)} tokens` : ''].filter(Boolean);
  return words.length > 0 ? words.join(', ') : undefined;
}

/**
 * The rows "Agent, Runtime, GPU, Budget, Edits" of the page and of the last step of "New run".
 * @param capped false for an own evaluation, whose scores are told without a limit
 */
export function choiceRows(choices: RunChoices, capped = true): { key: ChoiceKey; label: string; value: string }[] {
  const attempts = choices.attempts > 0 ? `, ${choices.attempts} attempts` : '';
  const spend = isModel(choices.agent) ? spendWords(choices) : undefined;
  const image = choices.image && choices.runtime !== 'local' ? `, ${choices.image}` : '';
  return [
    { key: 'agent', label: 'Agent', value: agentWords(choices.agent) },
    { key: 'runtime', label: 'Runtime', value: `${runtimeWords[choices.runtime]}${image}` },
    { key: 'gpu', label: 'GPU', value: gpuWords[choices.gpu] ?? shortIds(choices.gpu) },
    { key: 'budget', label: 'Budget', value: `${formatTime(choices.minutes * 60)}${attempts}${capped ? `, ${choices.gradedCalls} calls` : ''}${spend ? `, ${spend}` : ''}` },
    { key: 'edits', label: 'Edits', value: choices.edits === 'auto' ? 'Applied at once' : 'Review each change' },
  ];
}

/** "GPU-8f0a2b1c…": a UUID is too long for a row, and its beginning tells cards apart. */
const shortIds = (ids: string): string => ids.split(',').map((id) => (id.trim().length > 16 ? `${id.trim().slice(0, 12)}…` : id.trim())).join(', ');
