import { PodiumError } from '../core/errors';

/**
 * What commands write. With `--json` there is exactly one JSON value on stdout whatever the exit
 * code; messages for people go to stderr.
 */

export function writeLine(text = ''): void {
  process.stdout.write(`${text}\n`);
}

export function writeJson(value: unknown): void {
  writeLine(JSON.stringify(value));
}

/** Exit codes: 0 fine, 1 invalid submission or failed run, 2 wrong usage. */
export type ExitCode = 0 | 1 | 2;

/** Tells what went wrong and what to do, and sets the exit code. */
export function reportError(error: unknown, json: boolean, exitCode: ExitCode = 1): void {
  const message = error instanceof Error ? error.message : String(error);
  const nextStep = error instanceof PodiumError ? error.nextStep : undefined;
  const reason = error instanceof PodiumError ? error.reason : 'internal';
  if (json) writeJson({ error: { reason, message, ...(nextStep === undefined ? {} : { nextStep }) } });
  process.stderr.write(`${nextStep ? `${message}\n${nextStep}` : message}\n`);
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
