import { isLfsPointer } from '../grading/boardHealth';
import { readCsv } from '../grading/csv';
import { parseNumber } from '../grading/numbers';
import { ProblemList } from '../grading/problems';
import type { BoardEntry } from './manifest';

/** The rows of a board, or why it cannot be used. */
export type BoardResult = { readonly ok: true; readonly entries: readonly BoardEntry[] } | { readonly ok: false; readonly message: string };

/**
 * Reads a competition's `leaderboard.csv`: a column `score` and, where there are some, the
 * columns `name`, `public` and `private`; an empty cell of the last two says that the entry has no
 * score over those rows. Order is kept as it is in the file. Never throws.
 */
export function readBoard(bytes: Uint8Array): BoardResult {
  if (isLfsPointer(bytes)) return { ok: false, message: 'It is a git-LFS pointer, not the board itself: run "git lfs pull" where it comes from.' };
  const problems = new ProblemList();
  const table = readCsv(bytes, () => ['name', 'score', 'public', 'private'], problems);
  if (table === null || problems.size > 0) {
    return { ok: false, message: problems.toSubmissionProblems(() => bytes).map((problem) => problem.message).join(' ') };
  }
  const scores = table.columns.get('score');
  if (scores === undefined) return { ok: false, message: 'The board has no column "score".' };
  const names = table.columns.get('name');
  const entries: BoardEntry[] = [];
  for (let row = 0; row < table.rows; row++) {
    const score = parseNumber(scores.view, scores.start(row), scores.end(row));
    if (!Number.isFinite(score)) return { ok: false, message: `Row ${row + 1} of the board has no finite number as its score.` };
    const entry: BoardEntry = { name: names?.text(row) || `Entry ${row + 1}`, score };
    for (const part of ['public', 'private'] as const) {
      const column = table.columns.get(part);
      if (column === undefined || column.text(row) === '') continue;
      const value = parseNumber(column.view, column.start(row), column.end(row));
      if (!Number.isFinite(value)) return { ok: false, message: `Row ${row + 1} of the board has no finite number as its ${part} score.` };
      entry[part] = value;
    }
    entries.push(entry);
  }
  return { ok: true, entries };
}
