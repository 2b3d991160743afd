import { isModel } from '../../core/agent/agentName';
import { parseAmount } from '../../core/run/budgetText';
import type { RuntimeStatus } from '../../core/runtime/runtime';
import { pickStep, type Step, type StepItem } from '../platform/quickSteps';
import { agentWords, spendWords, tokenWords, type RunChoices } from './choices';

/** What the step "Who plays" answers when the person wants to choose a model first. */
export const anotherModel = '';

export type ChoiceStep = 'agent' | 'runtime' | 'time' | 'spend' | 'edits';

/** The steps in which a run's choices are made one by one. */
export function choiceStep(key: ChoiceStep, now: RunChoices, title: string, docker: RuntimeStatus | undefined): Step<RunChoices> {
  const step = <T extends keyof RunChoices>(field: T, placeholder: string, items: StepItem<RunChoices[T]>[], parse?: (text: string) => RunChoices[T] | undefined): Step<RunChoices> =>
    pickStep({ title, placeholder, items, active: now[field], parse }, (value) => ({ ...now, [field]: value }));
  switch (key) {
    case 'agent':
      return step('agent', 'Who plays', [
        { label: agentWords('offline'), description: 'Templates and search on your machine', value: 'offline' },
        { label: agentWords('human'), description: 'You edit, run and submit', value: 'human' },
        ...(isModel(now.agent) && now.agent !== anotherModel ? [{ label: now.agent, description: placeOf(now), value: now.agent }] : []),
        { label: isModel(now.agent) ? 'Another model…' : 'A model…', description: 'An endpoint with a key, or a server of your own', value: anotherModel },
      ]);
    case 'runtime':
      return step('runtime', 'Where code runs', [
        { label: 'Automatic', description: 'Docker when an engine answers, else the local sandbox', value: 'auto' },
        { label: 'Docker', description: docker ? docker.detail : 'A container without network', value: 'docker' },
        { label: 'Local sandbox', description: 'A process on this machine, inside bubblewrap when that works', value: 'local' },
      ]);
    case 'time':
      return step(
        'minutes',
        'Run time (or type minutes)',
        [2, 5, 10, 30, 60, 180].map((minutes) => ({ label: `${minutes} minutes`, description: `${now.gradedCalls} graded calls`, value: minutes })),
        (text) => {
          const minutes = Number(text.replace(/\s*min(utes?)?$/, ''));
          return Number.isFinite(minutes) && minutes > 0 ? minutes : undefined;
        },
      );
    case 'spend':
      return spendStep(now, title);
    case 'edits':
      return step('edits', 'How edits of the agent reach your files', [
        { label: 'Applied at once', description: 'Undo Agent Step takes the last one back', value: 'auto' },
        { label: 'Review each change', description: 'Each waits as a diff to accept or reject', value: 'review' },
      ]);
  }
}

type Spend = Pick<RunChoices, 'usd' | 'tokens'>;

/** Money or tokens: the run ends before an answer that would not fit. */
function spendStep(now: RunChoices, title: string): Step<RunChoices> {
  const money = [1, 5, 20].map((usd): StepItem<Spend> => ({ label: `$${usd}`, value: { usd, tokens: 0 } }));
  const tokens = [200_000, 1_000_000].map((count): StepItem<Spend> => ({ label: `${tokenWords(count)} tokens`, value: { usd: 0, tokens: count } }));
  const own: StepItem<Spend>[] = now.usd > 0 || now.tokens > 0 ? [{ label: spendWords(now) ?? '', description: 'now', value: { usd: now.usd, tokens: now.tokens } }] : [];
  const free: StepItem<Spend> = { label: 'No limit', description: 'Time and attempts bound the run', value: { usd: 0, tokens: 0 } };
  const items = [...own, free, ...money, ...tokens].filter((item, at, all) => all.findIndex((one) => one.label === item.label) === at);
  const parse = (text: string): Spend | undefined => {
    const amount = parseAmount(text);
    if (!amount || 'seconds' in amount) return undefined;
    return 'usd' in amount ? { usd: amount.usd, tokens: 0 } : { usd: 0, tokens: amount.tokens };
  };
  return pickStep<Spend, RunChoices>({ title, placeholder: 'What the model may use (or type $3 or 500ktok)', items, parse }, (spend) => ({ ...now, ...spend }));
}

const placeOf = ({ baseUrl }: RunChoices): string => (baseUrl || 'api.openai.com').replace(/^https?:\/\//, '').replace(/\/.*$/, '');
