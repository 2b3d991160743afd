import type { Budget, Observation } from '../../environment/observation';
import { imageWords } from '../../environment/imageWords';
import { cutMiddle } from '../../environment/outputText';

/** Characters of one observation that a model is shown: head and tail of longer ones. */
export const maxObservationChars = 20_000;
/** Characters that an observation shrinks to once it is old. */
export const oldObservationChars = 400;

/**
 * An observation as a model reads it: no JSON noise, bounded by rule, what matters first.
 * @param shown its pictures follow in a message of their own
 */
export function observationText(observation: Observation, shown = false): string {
  const { action, attempt, status, summary, error, output, images, claim, grade, data } = observation;
  const parts = [`[${status}] ${action}${attempt === null ? '' : ` (attempt ${attempt})`}: ${summary}`];
  if (error) parts.push(errorText(error));
  if (grade) parts.push(gradeText(grade));
  if (claim) parts.push(`Validation claim: ${number(claim.value)}${claim.se === null ? '' : ` ± ${number(claim.se)}`}${claim.folds.length > 0 ? `, folds ${claim.folds.map(number).join(' ')}` : ''}`);
  if (output && (output.head !== '' || output.tail !== '')) parts.push(outputText(output));
  if (images && images.length > 0) parts.push(`[${imageWords(images)}, ${shown ? 'shown below' : 'not shown'}]`);
  const facts = dataText(data);
  if (facts !== '') parts.push(facts);
  return cutMiddle(parts.join('\n'), maxObservationChars);
}

/** What is left, in one line; only what has a limit. */
export function budgetText(budget: Budget): string {
  const left = (name: string, row: { used: number | null; limit: number | null } | undefined, show = (value: number): string => String(Math.round(value))): string[] =>
    row === undefined || row.limit === null ? [] : [row.used === null ? `${name} unknown of ${show(row.limit)}` : `${name} ${show(Math.max(0, row.limit - row.used))} of ${show(row.limit)}`];
  const rows = [
    ...left('seconds', budget.seconds),
    ...left('attempts', budget.attempts),
    ...left('graded calls', budget.gradedCalls),
    ...left('steps', budget.steps),
    ...left('tokens', budget.tokens),
    ...left('dollars', budget.usd, (value) => value.toFixed(2)),
  ];
  return `Budget left: ${rows.join(', ')}.`;
}

/** An observation that lies far back: its first line and a little more. */
export function oldText(text: string): string {
  if (text.length <= oldObservationChars) return text;
  const cut = text.slice(0, oldObservationChars);
  return `${cut}\n… ${text.length - oldObservationChars} characters of this older result left out; read again what you need.`;
}

function errorText(error: NonNullable<Observation['error']>): string {
  const { type, message, place, hints } = error;
  const where = place ? `\n  at ${place.file}${place.cell === undefined ? '' : ` cell ${place.cell}`} line ${place.line}${place.source === undefined ? '' : `: ${place.source.trim()}`}` : '';
  return [`Error: ${type}: ${cutMiddle(message, 2_000)}${where}`, ...hints.map((hint) => `Hint: ${hint}`)].join('\n');
}

function gradeText(grade: NonNullable<Observation['grade']>): string {
  const problems = [...grade.errors, ...grade.warnings].map((problem) => {
    const examples = problem.examples.length > 0 ? ` Examples: ${problem.examples.slice(0, 5).join(', ')}.` : '';
    return `- ${problem.code}: ${problem.message}${examples}`;
  });
  const score = grade.public ? ` Public score ${number(grade.public.score)}${grade.public.se === null ? '' : ` ± ${number(grade.public.se)}`}.` : '';
  return [`Submission ${grade.valid ? 'valid' : 'NOT valid'}.${score}`, ...problems].join('\n');
}

function outputText(output: NonNullable<Observation['output']>): string {
  const gap = output.omitted > 0 ? `\n… ${output.omitted} characters left out …\n` : '';
  return `Output:\n${output.head}${gap}${output.tail}`.trimEnd();
}

/** Facts of an action. The environment's own bookkeeping is left out. */
function dataText(data: Observation['data']): string {
  if (data === undefined || data === null) return '';
  if (typeof data !== 'object' || Array.isArray(data)) return valueText(data, 0);
  const { run: _run, ...rest } = data as Record<string, unknown>;
  // A file's text is shown as it is.
  if (typeof rest.text === 'string') {
    const { text, ...about } = rest;
    return `${inline(about)}\n${text}`;
  }
  return valueText(rest, 0);
}

function valueText(value: unknown, depth: number): string {
  const indent = '  '.repeat(depth);
  if (Array.isArray(value)) return value.map((item) => `${indent}- ${isFlat(item) ? inline(item) : valueText(item, depth + 1).trimStart()}`).join('\n');
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value)
      .filter(([, part]) => part !== null && part !== undefined && part !== '')
      .map(([key, part]) => {
        if (isFlat(part)) return `${indent}${key}: ${inline(part)}`;
        const inner = typeof part === 'string' ? part : valueText(part, depth + 1);
        return `${indent}${key}:\n${inner}`;
      })
      .join('\n');
  }
  return `${indent}${scalar(value)}`;
}

const scalar = (value: unknown): string => (typeof value === 'string' ? value : typeof value === 'number' ? number(value) : JSON.stringify(value) ?? '');

/** True for what fits on a line: plain values, and short lists and objects of plain values. */
function isFlat(value: unknown): boolean {
  if (typeof value === 'string') return !value.includes('\n');
  if (typeof value !== 'object' || value === null) return true;
  const parts: unknown[] = Object.values(value);
  return parts.every((part) => (typeof part === 'string' ? !part.includes('\n') : typeof part !== 'object' || part === null || (Array.isArray(part) && part.every((one) => typeof one !== 'object'))));
}

function inline(value: unknown): string {
  if (Array.isArray(value)) return value.map(scalar).join(', ');
  if (typeof value !== 'object' || value === null) return scalar(value);
  return Object.entries(value)
    .filter(([, part]) => part !== null && part !== undefined && part !== '')
    .map(([key, part]) => `${key}=${Array.isArray(part) ? `[${part.map(scalar).join(', ')}]` : scalar(part)}`)
    .join(' ');
}

/** Six significant digits: enough to compare, short to read. */
const number = (value: number): string => String(Number.isInteger(value) ? value : Number(value.toPrecision(6)));
