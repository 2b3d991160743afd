import type { Finding } from '../finding';
import type { Manifest } from '../manifest';

/** A header with more names than a line of prose has commas is none. */
const longestName = 60;

/**
 * Whether the description shows the submission as the grader reads it: headers of files in it that
 * begin with the ids are compared. Prose is not read.
 *
 * @param headers of the public files: those may be shown too
 */
export function checkColumns({ submission: { id, target } }: Manifest, description: string, headers: readonly (readonly string[])[]): readonly Finding[] | string {
  const wanted = [...id, ...target];
  const shown = headersIn(description).filter((cells) => id.every((name, at) => cells[at]?.toLowerCase() === name.toLowerCase()));
  const wrong = shown.find((cells) => !fits(cells, wanted) && !headers.some((header) => fits(cells, header)));
  if (wrong !== undefined) {
    return [
      {
        code: 'columns_differ',
        severity: 'warning',
        message: difference(wrong, wanted),
        fix: 'Correct the description, or the ids and targets in competition.yaml.',
      },
    ];
  }
  return shown.length > 0 ? 'Description and grader name the same columns.' : [];
}

/** Lines of code blocks and spans of code that are a list of names. */
function headersIn(description: string): string[][] {
  // A backslash at the end of a line is Markdown's line break.
  const lines = description.split(/\r?\n/).map((line) => line.trim().replace(/\\$/, ''));
  const spans = [...description.matchAll(/`([^`\n]+)`/g)].map(([, text]) => text ?? '');
  return [...lines, ...spans].flatMap((text) => {
    const cells = text.split(',').map((cell) => cell.trim().replace(/^["'`]|["'`]$/g, ''));
    const isHeader = cells.length > 1 && cells.every((cell) => cell !== '' && cell.length <= longestName && !/[!?;:{}<>]|\. /.test(cell)) && !cells.some((cell) => cell !== '' && Number.isFinite(Number(cell)));
    return isHeader ? [cells] : [];
  });
}

/** Whether a header names these columns, in any order; `…`, also at the edge of a name, stands for the rest. */
function fits(cells: readonly string[], columns: readonly string[]): boolean {
  const names = cells.filter((cell) => !/^(\.{2,}|…)|(\.{2,}|…)$|^etc\.?$/i.test(cell));
  return names.every((name) => columns.includes(name)) && (names.length < cells.length || names.length === columns.length);
}

const mostNames = 6;

/** Few columns are named on both sides; of many, those that one side lacks. */
function difference(shown: readonly string[], wanted: readonly string[]): string {
  if (Math.max(shown.length, wanted.length) <= mostNames) return `The description shows a file with the columns ${listed(shown)}; the grader reads ${listed(wanted)}.`;
  const more = shown.filter((name) => !wanted.includes(name));
  const less = wanted.filter((name) => !shown.includes(name));
  const parts = [...(more.length > 0 ? [`with ${listed(more)}, which the grader does not read`] : []), ...(less.length > 0 ? [`without ${listed(less)}, which it reads`] : [])];
  return `The description shows a file ${parts.join(', and ')}.`;
}

function listed(names: readonly string[]): string {
  return `${names.slice(0, mostNames).join(', ')}${names.length > mostNames ? ', …' : ''}`;
}
