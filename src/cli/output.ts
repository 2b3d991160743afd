import { PodiumError } from '../core/errors';

/**
 * What commands write. With `--json` there is exactly one JSON value on stdout whatever the exit
 * code; messages for people go to stderr.
 */

export function writeLine(text = ''): void {
  process.stdout.write(`${forTerminal(text)}\n`);
}

export function writeJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

/** A message for people, of a length that they may read. */
export function tell(text: string): void {
  process.stderr.write(`${forTerminal(text.length > maxMessage ? `${text.slice(0, maxMessage)} …` : text)}\n`);
}

const maxMessage = 20_000;

/**
 * Text that a terminal shows and does not obey: exceptions, names and plans come from code and models
 * that may be anything. Control characters, and those that turn the direction of writing, become marks.
 */
export function forTerminal(text: string): string {
  return text.replace(/\r\n/g, '\n').replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g, '\ufffd');
}

/** Exit codes: 0 fine, 1 invalid submission or failed run, 2 wrong usage. */
export type ExitCode = 0 | 1 | 2;

/** Tells what went wrong and what to do, and sets the exit code. */
export function reportError(error: unknown, json: boolean, exitCode: ExitCode = 1): void {
  const message = error instanceof Error ? error.message : String(error);
  const nextStep = error instanceof PodiumError ? error.nextStep : undefined;
  const reason = error instanceof PodiumError ? error.reason : 'internal';
  if (json) writeJson({ error: { reason, message, ...(nextStep === undefined ? {} : { nextStep }) } });
  tell(nextStep ? `${message}\n${nextStep}` : message);
  process.exitCode = exitCode;
}

/**
 * Rows as columns of equal width, two spaces apart; the last column is not padded.
 * Columns named in `right` are right-aligned.
 */
export function formatTable(rows: readonly (readonly string[])[], right: ReadonlySet<number> = new Set()): string {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, column) => (widths[column] = Math.max(widths[column] ?? 0, cell.length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => (right.has(column) ? cell.padStart(widths[column] ?? 0) : column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** A score for a person: four decimals, or as many significant digits where those would say nothing of a small one. */
export const scoreText = (value: number): string => (value !== 0 && Math.abs(value) < 0.01 ? String(Number(value.toPrecision(4))) : value.toFixed(4));

/** What is under way, on one line of a terminal that the next one replaces; an empty one takes it away. */
export function showProgress(line: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${forTerminal(line).slice(0, 78)}`);
}
