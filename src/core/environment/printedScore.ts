import * as z from 'zod';
import { parseJson } from '../parseJson';

/** What an evaluation printed: its score, and the other numbers of its JSON line by name. */
export type PrintedScore =
  | { readonly ok: true; readonly score: number; readonly figures: Readonly<Record<string, number>> }
  | { readonly ok: false; readonly type: 'no_score' | 'score_not_finite'; readonly message: string };

/** How an evaluation says its score; shown wherever one is missing. */
export const scoreProtocol = 'The last line that it prints is `score: <number>`, a JSON object with a number `score`, or a number alone.';

const maxFigures = 20;
const number = '[+-]?(?:\\d+\\.?\\d*|\\.\\d+)(?:e[+-]?\\d+)?|[+-]?(?:nan|inf|infinity)';
const plainLine = new RegExp(`^(?:score\\s*[:=]\\s*)?(${number})$`, 'i');
const jsonLine = z.object({ score: z.union([z.number(), z.string(), z.null()]) }).catchall(z.unknown());

/**
 * Reads the score from what an evaluation printed on its standard output. One place counts, the
 * last line that is not blank: a number somewhere above it may be anything.
 */
export function readPrintedScore(stdout: string): PrintedScore {
  const last = stdout.split(/\r?\n/).findLast((line) => line.trim() !== '')?.trim();
  if (last === undefined) return { ok: false, type: 'no_score', message: 'The evaluation printed nothing.' };
  const plain = plainLine.exec(last)?.[1];
  if (plain !== undefined) return scored(Number(plain), plain, {});
  const json = parseScoreLine(last);
  if (json === undefined) return { ok: false, type: 'no_score', message: `The last line of the evaluation is no score: "${last.slice(0, 120)}".` };
  const { score, ...others } = json;
  const value = typeof score === 'number' ? score : Number.NaN;
  const figures = Object.entries(others).flatMap(([name, figure]) => (typeof figure === 'number' && Number.isFinite(figure) ? [[name.slice(0, 60), figure] as const] : []));
  return scored(value, JSON.stringify(score), Object.fromEntries(figures.slice(0, maxFigures)));
}

function scored(score: number, text: string, figures: Readonly<Record<string, number>>): PrintedScore {
  if (Number.isFinite(score)) return { ok: true, score, figures };
  return { ok: false, type: 'score_not_finite', message: `The evaluation reports the score ${text.slice(0, 40)}, which is no finite number.` };
}

/** Python's json writes NaN and Infinity as bare words; they stand for themselves here. */
function parseScoreLine(line: string): z.output<typeof jsonLine> | undefined {
  if (!line.startsWith('{')) return undefined;
  return jsonLine.safeParse(parseJson(line.replace(/:\s*(-?(?:NaN|Infinity))\s*(?=[,}])/g, ': "$1"'))).data;
}
