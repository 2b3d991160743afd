import type { Verdict } from '../edits/verdict';
import type { RunEvent } from './events';

type Decision = Extract<RunEvent, { type: 'bench_decision' }>;

const mostListed = 8;

/**
 * What an agent is told when the person has decided on its edit: which changes were refused, and
 * why. Nothing before the last change is decided, and nothing when all were kept.
 */
export function decisionNews(event: Decision, events: readonly RunEvent[]): string[] {
  const { id, decision, words, left } = event.data;
  if ((left ?? 0) > 0 || !(decision === 'rejected' || decision === 'partly' || decision === 'undone')) return [];
  const edit = events.find((one) => one.type === 'bench_edit' && one.data.id === id);
  const path = edit?.type === 'bench_edit' ? edit.data.path : 'a file';
  const because = words ? `: ${words}` : '.';
  if (decision === 'undone') return [`The person took back your change to ${path}${because}`];

  const verdicts = events.flatMap((one) => (one.type === 'bench_decision' && one.data.id === id && one.seq <= event.seq ? (one.data.hunks ?? []) : []));
  const refused = verdicts.filter(({ accepted }) => !accepted);
  if (refused.length === 0) return [`The person rejected your change to ${path}${because}`];
  const kept = verdicts.length - refused.length;
  const head = kept === 0 ? `The person rejected your change to ${path}${because}` : `The person kept ${kept} of ${verdicts.length} changes in ${path}; rejected${because === '.' ? ':' : because}`;
  const more = refused.length > mostListed ? [`… and ${refused.length - mostListed} more`] : [];
  return [[head, ...refused.slice(0, mostListed).map(listed), ...more].join('\n')];
}

const listed = ({ where, text, words }: Verdict): string => `${where}${words ? ` (${words})` : ''}:\n${text ?? ''}`;
