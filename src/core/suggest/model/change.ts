import type { ChatModel, ChatRequest, Reply } from '../../agent/model/chat';
import { fill, parse } from '../../agent/model/prompts';
import { PodiumError } from '../../errors';
import type { Edit } from '../python';
import change from './prompts/change.prompt.md';
import { situationText, type Situation } from './situation';

export type ChangeReason = 'no_change' | 'no_place' | 'refused';

/** A model was asked for a change and gave none that can be used. The code stays as it is. */
export class ChangeError extends PodiumError<ChangeReason> {
  static is(error: unknown, reason?: ChangeReason): error is ChangeError {
    return error instanceof ChangeError && (reason === undefined || error.reason === reason);
  }
}

/** A change that a model proposes. Nothing of it is applied before a person has seen it. */
export interface Proposal {
  /** Its own words for it: one sentence. */
  readonly why: string;
  readonly edits: readonly Edit[];
}

const prompt = parse(change);
const maxSource = 40_000;

export const tasks = {
  fix: 'Mend the error of the last run, at its cause, and nothing else.',
  refine: 'Make one change that most likely improves the validation score: a feature, a model or its parameters. Keep the validation itself as it is.',
} as const;

/** @throws ChangeError `no_place` for code that is longer than a model should read at once */
export function changeRequest(task: keyof typeof tasks, source: string, above: string, situation: Situation): ChatRequest {
  if (source.length > maxSource) throw new ChangeError('no_place', 'The code is too long to be changed in one go.', 'Move a part of it into a file of its own.');
  const cells = above === '' ? '' : `Cells that run before, for reading only:\n${above.slice(-maxSource)}\n\n`;
  return {
    messages: [
      { role: 'system', content: fill(prompt, { task: tasks[task], metric: situation.facts.task.metric }) },
      { role: 'user', content: `${situationText(situation)}\n\n${cells}The code to change:\n${source}` },
    ],
    tools: [],
  };
}

/**
 * Reads a model's answer against the code that it was asked about. Each block must stand in the
 * code exactly once, so that nothing is changed by a guess.
 * @throws ChangeError
 */
export function readProposal({ content, finish }: Reply, source: string, model: Pick<ChatModel, 'name'>): Proposal {
  if (finish === 'refused') throw new ChangeError('refused', `${model.name} refused to answer.`, 'Say it in other words, or choose another model.');
  const text = content.replaceAll('\r\n', '\n');
  const blocks = [...text.matchAll(/^<{7} OLD\n([\s\S]*?)^={7}\n([\s\S]*?)^>{7} NEW/gm)];
  if (blocks.length === 0) throw new ChangeError('no_change', `${model.name} answered without a change. ${sentence(text)}`.trim(), 'Ask again, or choose another model.');
  const edits = blocks.map(([, old = '', now = '']): Edit => {
    const start = old === '' ? -1 : source.indexOf(old);
    const whole = start >= 0 ? old : old.replace(/\n$/, '');
    const at = start >= 0 ? start : whole === '' ? -1 : source.indexOf(whole);
    if (at < 0 || source.indexOf(whole, at + 1) >= 0) {
      throw new ChangeError('no_place', `${model.name} wants to change lines that ${at < 0 ? 'are not in the code' : 'are in the code more than once'}: ${JSON.stringify(whole.split('\n', 1).join('').slice(0, 80))}.`, 'Nothing was changed. Ask again.');
    }
    return { start: at, end: at + whole.length, text: whole === old ? now : now.replace(/\n$/, '') };
  });
  const sorted = [...edits].sort((a, b) => a.start - b.start);
  if (sorted.some((edit, at) => edit.start < (sorted[at - 1]?.end ?? 0))) throw new ChangeError('no_place', `${model.name} wants to change the same lines twice.`, 'Nothing was changed. Ask again.');
  return { why: sentence(text.slice(0, blocks[0]?.index)), edits: sorted };
}

const sentence = (text: string): string => text.replace(/```\w*/g, '').replace(/\s+/g, ' ').trim().slice(0, 300);
