import { addedColumns, type Table } from '../facts';
import type { Place, Rule } from './place';

/** Names that a frame's column may have here: those of its file, and those that the code adds. */
function namesOf({ prefix, masked }: Place, table: Table): string[] {
  return [...new Set([...table.columns.map((column) => column.name), ...addedColumns(prefix, masked)])];
}

/** The rest of the only name that begins as typed. */
function rest(names: readonly string[], typed: string): string | null {
  const [only, ...more] = names.filter((name) => name.startsWith(typed));
  if (typed === '' || only === undefined || more.length > 0 || only === typed || /["'\\\n]/.test(only)) return null;
  return only.slice(typed.length);
}

/** `train["isl` → `and"]`. */
export const subscript: Rule = (place) => {
  const match = /\b(\w+)\[(["'])([^"']*)$/.exec(place.before);
  const table = place.frames.get(match?.[1] ?? '');
  if (!match || !table) return null;
  const [, , quote = '"', typed = ''] = match;
  const left = rest(namesOf(place, table), typed);
  return left === null ? null : `${left}${quote}]`;
};

/** `train[["id", "isl` → `and"`, and the same in the methods that take columns. */
export const listed: Rule = (place) => {
  const match =
    /\b(\w+)(?:\[\[|\.(?:groupby|sort_values|set_index|drop_duplicates|value_counts|drop|dropna|pivot_table|nlargest|nsmallest)\((?:(?:by|columns|subset|index)=)?\[?)(?:["'][^"']*["']\s*,\s*)*(["'])([^"']*)$/.exec(place.before);
  const table = place.frames.get(match?.[1] ?? '');
  if (!match || !table) return null;
  const left = rest(namesOf(place, table), match[3] ?? '');
  return left === null ? null : `${left}${match[2] ?? '"'}`;
};

/** `y = train["` → the target; `groups = train["` → the column by which rows are split. */
export const meantColumn: Rule = ({ before, frames, facts: { task } }) => {
  const match = /^\s*(y|y_train|target|labels?|groups)[ \t]*=[ \t]*(\w+)\[(["'])?$/.exec(before);
  const table = frames.get(match?.[2] ?? '');
  if (!match || !table) return null;
  const name = match[1] === 'groups' ? (task.folds === 'group' ? task.foldColumn : null) : task.label;
  if (name === null || !table.columns.some((column) => column.name === name)) return null;
  return match[3] === undefined ? `"${name}"]` : `${name}${match[3]}]`;
};

/** `X = train.drop(columns=[` → everything that is no feature of this file. */
export const dropped: Rule = ({ before, frames }) => {
  const match = /^\s*(?:X|x|features|inputs)\w*[ \t]*=[ \t]*(\w+)\.drop\((columns=)?(\[)?(["'])?$/.exec(before);
  const table = frames.get(match?.[1] ?? '');
  if (!match || !table) return null;
  const [, , keyword, bracket, quote] = match;
  if ((bracket ?? quote) !== undefined && keyword === undefined) return null;
  const names = table.columns.filter((column) => column.role !== 'feature').map((column) => column.name);
  if (names.length === 0 || (quote !== undefined && bracket === undefined)) return null;
  const list = names.map((name) => `${quote ?? '"'}${name}${quote ?? '"'}`).join(', ');
  return `${keyword === undefined ? 'columns=' : ''}${bracket === undefined ? '[' : ''}${list.slice(quote?.length ?? 0)}])`;
};
