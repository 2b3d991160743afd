import compacted from './prompts/compacted.prompt.md';
import evaluation from './prompts/evaluation.prompt.md';
import nudge from './prompts/nudge.prompt.md';
import system from './prompts/system.prompt.md';
import task from './prompts/task.prompt.md';
import tooLong from './prompts/tooLong.prompt.md';

/** A prompt file: `version: n`, a line of dashes, then the text with `{{name}}` places. */
export interface Prompt {
  readonly version: number;
  readonly text: string;
}

export const prompts = { compacted: parse(compacted), evaluation: parse(evaluation), nudge: parse(nudge), system: parse(system), task: parse(task), tooLong: parse(tooLong) } as const;

/** @throws Error for a file of another form: a fault of the build, met by every test */
export function parse(file: string): Prompt {
  const match = /^version: (\d+)\r?\n---\r?\n([\s\S]+)$/.exec(file);
  if (!match?.[1] || !match[2]) throw new Error(`A prompt file begins with its version, not with "${file.slice(0, 40)}".`);
  return { version: Number(match[1]), text: match[2].trim() };
}

/** The text with its places filled in. Values are put in as they are, so none can open a place of its own. */
export function fill(prompt: Prompt, values: Readonly<Record<string, string>>): string {
  return prompt.text.replace(/\{\{(\w+)\}\}/g, (_place, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`The prompt has a place "${name}" that nothing fills.`);
    return value;
  });
}
