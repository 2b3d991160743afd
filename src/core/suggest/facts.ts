import { describeTask, type Task } from '../agent/offline/task';
import type { ColumnProfile } from '../competition/manifest';
import type { Competition } from '../environment/ports';
import { literal, scan } from './python';

export interface Table {
  /** As a script in the working folder reads it: `data/train.csv`. */
  readonly path: string;
  readonly role: 'train' | 'test' | 'sample' | 'other';
  readonly rows: number;
  readonly columns: readonly ColumnProfile[];
}

/** What suggestions know of a competition: public facts only. */
export interface Facts {
  readonly task: Task;
  readonly tables: readonly Table[];
  readonly metricLabel: string;
}

export function factsOf(competition: Competition): Facts {
  const tables = competition.profiles.map((profile): Table => {
    const file = competition.manifest.files.find((one) => one.path === profile.path);
    const path = profile.path.startsWith('data/') ? profile.path : `data/${profile.path}`;
    return { path, role: file?.role ?? 'other', rows: profile.rows, columns: profile.columns };
  });
  return { task: describeTask(competition, {}), tables, metricLabel: competition.metricLabel };
}

export const tableOf = (facts: Facts, role: Table['role']): Table | undefined => facts.tables.find((table) => table.role === role);

/** All column names of a competition, without repetitions. */
export const columnNames = (facts: Facts): string[] => [...new Set(facts.tables.flatMap((table) => table.columns.map((column) => column.name)))];

/** A frame whose columns are those of a file: a variable, and the file that it was read from. */
export type Frames = ReadonlyMap<string, Table>;

/** What keeps the columns of a frame when it is assigned to the variable again. */
const keepsColumns = new Set(['copy', 'sort_values', 'sort_index', 'reset_index', 'dropna', 'fillna', 'sample', 'query', 'head', 'tail', 'astype', 'replace', 'assign', 'drop_duplicates', 'interpolate', 'ffill', 'bfill', 'convert_dtypes', 'infer_objects', 'loc', 'iloc']);

/**
 * Variables that hold a file of the competition, by following assignments from top to bottom.
 * A variable that is given anything else is no longer one.
 */
export function framesOf(source: string, facts: Facts): Frames {
  const { masked } = scan(source);
  const frames = new Map<string, Table>();
  for (const match of masked.matchAll(/^[ \t]*(\w+(?:[ \t]*,[ \t]*\w+)*)[ \t]*=(?!=)[ \t]*(\S[^\n]*)$/gm)) {
    const names = (match[1] ?? '').split(',').map((name) => name.trim());
    const from = match.index + match[0].length - (match[2] ?? '').length;
    const read = readsOf(source, masked, from, from + (match[2] ?? '').length, facts);
    if (read.length === names.length) {
      names.forEach((name, at) => setOrDelete(frames, name, read[at]));
      continue;
    }
    const kept = keptFrame(match[2] ?? '', frames);
    for (const name of names) setOrDelete(frames, name, names.length === 1 ? kept : undefined);
  }
  return frames;
}

function setOrDelete(frames: Map<string, Table>, name: string, table: Table | undefined): void {
  if (table) frames.set(name, table);
  else frames.delete(name);
}

/** The files of `pd.read_csv("…")` calls at the beginning of the parts of a right-hand side, in order. */
function readsOf(source: string, masked: string, from: number, to: number, facts: Facts): (Table | undefined)[] {
  const text = masked.slice(from, to);
  if (!/^(?:pd|pandas)\.read_csv\(/.test(text)) return [];
  return [...text.matchAll(/(?:pd|pandas)\.read_csv\([ \t]*(["'][^\n"']*["'])[^()]*(?:\([^()]*\)[^()]*)*\)((?:\.\w+)?)/g)].map((match) => {
    const at = from + match.index + match[0].indexOf(match[1] ?? '');
    const path = literal(source.slice(at, at + (match[1] ?? '').length));
    const method = (match[2] ?? '').slice(1);
    return method === '' || keepsColumns.has(method) ? facts.tables.find((table) => path !== null && table.path === path.replace(/^\.\//, '')) : undefined;
  });
}

function keptFrame(right: string, frames: Frames): Table | undefined {
  const match = /^(\w+)(?:\.(\w+)|$)/.exec(right.trim());
  return match?.[1] !== undefined && (match[2] === undefined || keepsColumns.has(match[2])) ? frames.get(match[1]) : undefined;
}

/** Columns that the code itself adds to a frame: `name["column"] = …`. */
export function addedColumns(source: string, masked: string): string[] {
  return [...masked.matchAll(/\w\[(["'][^"'\n]*["'])\][ \t]*=(?!=)/g)].flatMap((match) => {
    const at = match.index + 2;
    return literal(source.slice(at, at + (match[1] ?? '').length)) ?? [];
  });
}
