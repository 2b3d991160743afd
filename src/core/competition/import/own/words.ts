import type { Direction, TaskKind } from '../../manifest';
import type { CutBy } from './cut';
import type { Columns } from './cutFiles';
import { describeColumn } from './propose';
import type { TableFacts } from './facts';

/** Texts of a competition that is made of a person's own data. */

/** `my-data_2` → `my-data-2`: an id of the manifest. */
export function idFrom(name: string): string {
  const id = name.normalize('NFKD').toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 60);
  return id === '' ? 'own-data' : id;
}

/** `my-data_2` → `My data 2`. */
export function titleFrom(name: string): string {
  const words = name.replace(/[_-]+/g, ' ').trim();
  return words === '' ? 'Own data' : words[0]!.toUpperCase() + words.slice(1);
}

const verbs: Record<TaskKind, string> = { binary: 'Tell', multiclass: 'Tell', multilabel: 'Tell', regression: 'Predict' };

export function summaryOf(task: TaskKind, { truth }: Pick<Columns, 'truth'>): string {
  const shown = truth.slice(0, 3).join(', ');
  return `${verbs[task]} ${shown}${truth.length > 3 ? ` and ${truth.length - 3} more` : ''} from the other columns.`;
}

export interface Described {
  readonly title: string;
  readonly task: TaskKind;
  readonly columns: Columns;
  readonly facts: TableFacts;
  readonly metric: { readonly label: string; readonly direction: Direction; readonly explanation: string };
  readonly split: string;
}

/** `description.md` for data that came without one; files and submission are shown beside it. */
export function describeOwn({ title, task, columns, facts, metric, split }: Described): string {
  const line = (name: string): string => `| ${cell(name)} | ${columns.truth.includes(name) ? 'target' : columns.id.includes(name) ? 'id' : ''} | ${cell(describeColumn(facts, name))} |`;
  const shown = facts.columns.slice(0, 60);
  const more = facts.columns.length - shown.length;
  return [
    `# ${title}`,
    summaryOf(task, columns),
    `Scored by ${metric.label}; ${metric.direction === 'maximize' ? 'higher' : 'lower'} is better. ${metric.explanation}`,
    `## Test set\n\n${split}`,
    `## Columns\n\n| Column | Role | Values in the ${facts.rows} training rows |\n| --- | --- | --- |\n${shown.map(({ name }) => line(name)).join('\n')}${more > 0 ? `\n\n${more} more columns.` : ''}`,
  ].join('\n\n');
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ');

/** How the test set came about, for the manifest and the description. */
export function splitText(by: CutBy, rows: { readonly train: number; readonly test: number; readonly public: number }): string {
  const parts = `${rows.train} rows are for training and ${rows.test} for the test, ${rows.public} of which are public.`;
  if (by.kind === 'group') return `${parts} Rows with one value of ${by.column} are on one side only.`;
  if (by.kind === 'time') return `${parts} Test rows are later than training rows by ${by.column}, private ones later than public ones.`;
  return `${parts} They were drawn at random.`;
}
