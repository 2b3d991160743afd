import { nearMatches } from '../../../grading/nearMatches';
import type { Columns } from './cutFiles';

/** Headers of the tables that there are. */
export interface Headers {
  readonly train: readonly string[];
  readonly test: readonly string[] | null;
  readonly sample: readonly string[] | null;
}

export interface ColumnWish {
  readonly id: readonly string[];
  /** Columns of the training table with the truth. */
  readonly truth: readonly string[];
  /** The id is a new column that numbers the rows. */
  readonly newId: boolean;
}

export type ColumnsResult = { readonly ok: true; readonly columns: Columns } | { readonly ok: false; readonly message: string; readonly fix: string };

type Refusal = Extract<ColumnsResult, { ok: false }>;
const refuse = (message: string, fix: string): Refusal => ({ ok: false, message, fix });

/**
 * The columns of all files, from what the person named. Without a sample submission, a submission
 * has the columns of the truth.
 */
export function decideColumns(wish: ColumnWish, headers: Headers): ColumnsResult {
  const { id, truth, newId } = wish;
  const { train, test } = headers;
  const wrong = wrongNames(wish) ?? lacks(truth, train, 'The training table') ?? (newId ? takenName(id, headers) : lacksId(id, headers));
  if (wrong) return wrong;
  // The names of rows that get new numbers stand in no sample submission.
  const target = headers.sample === null || newId ? truth : headers.sample.filter((name) => !id.includes(name));
  if (target.length === 0) return refuse('The sample submission has no column beside the id.', 'Add the columns that are to be predicted.');
  const same = target.length === truth.length && target.every((name) => truth.includes(name));
  if (!same && truth.length > 1) return refuse(`The sample submission asks for ${target.join(', ')}, the targets are ${truth.join(', ')}.`, 'Name the same columns.');
  const trainOnly = test ? train.filter((name) => !test.includes(name) && !truth.includes(name) && !id.includes(name)) : [];
  return { ok: true, columns: { id, truth: same ? target : truth, target, trainOnly, ...(newId ? { newId: id[0] ?? 'id' } : {}) } };
}

function wrongNames({ id, truth }: ColumnWish): Refusal | undefined {
  if (truth.length === 0) return refuse('No target column was named.', 'Name the column that is to be predicted.');
  if (id.length === 0) return refuse('No id column was named.', 'Name the columns that tell rows apart, or a new one that numbers them.');
  const twice = [...id, ...truth].find((name, at, all) => all.indexOf(name) !== at);
  return twice === undefined ? undefined : refuse(`Column "${twice}" is named twice.`, 'A column is either id or target.');
}

function lacks(names: readonly string[], header: readonly string[], file: string): Refusal | undefined {
  const name = names.find((one) => !header.includes(one));
  if (name === undefined) return undefined;
  const near = nearMatches(name, header);
  const all = `Its columns are ${header.slice(0, 30).join(', ')}${header.length > 30 ? ' …' : ''}.`;
  return refuse(`${file} has no column "${name}".`, near.length > 0 ? `Did you mean ${near.map((one) => `"${one}"`).join(' or ')}?` : all);
}

function lacksId(id: readonly string[], { train, test, sample }: Headers): Refusal | undefined {
  return lacks(id, train, 'The training table') ?? (test ? lacks(id, test, 'The test table') : undefined) ?? (sample ? lacks(id, sample, 'The sample submission') : undefined);
}

function takenName([name = '']: readonly string[], { train, test }: Headers): Refusal | undefined {
  if (!train.includes(name) && !test?.includes(name)) return undefined;
  return refuse(`There is a column "${name}" already, so it cannot be the new one that numbers the rows.`, 'Choose another name for it.');
}
