import type { Failure } from '../../environment/observation';
import type { ColumnProfile } from '../../competition/manifest';
import type { Facts } from '../facts';
import { scorerOf } from '../scorers';

/** What a model is told beside the code: what is known now of the competition and the person's work. */
export interface Situation {
  readonly facts: Facts;
  /** The error of the person's last run, while it stands. */
  readonly error: { readonly failure: Pick<Failure, 'type' | 'message'>; readonly line: string } | null;
  /** The best attempt of the newest run. */
  readonly best: { readonly plan: string; readonly score: number } | null;
}

const maxColumns = 60;
const maxText = 300;

/** Public facts only, a line for each; names from the data are cut, because anybody may have written them. */
export function situationText({ facts, error, best }: Situation): string {
  const { task } = facts;
  const scoring = scorerOf(task)?.scoring;
  const lines = [
    `Competition: ${cut(task.title)}. Metric: ${facts.metricLabel} (${task.metric}), ${task.direction === 'maximize' ? 'higher' : 'lower'} is better${scoring === undefined ? '' : `; scoring="${scoring}"`}.`,
    ...facts.tables.map((table) => `${table.path}, ${table.rows} rows: ${columns(table.columns)}`),
    `Submission: ${task.submissionFile} with the columns ${[...task.id, ...task.targets].slice(0, maxColumns).map(cut).join(', ')}.`,
  ];
  if (task.foldColumn !== null) lines.push(`Training and test rows are split by ${task.folds === 'time' ? 'time' : 'group'}, column ${cut(task.foldColumn)}.`);
  if (best) lines.push(`Best attempt so far: ${best.score.toFixed(4)} public. ${cut(best.plan)}`);
  if (error) lines.push(`The last run failed with ${cut(`${error.failure.type}: ${error.failure.message}`)} in the line: ${cut(error.line.trim())}`);
  return lines.join('\n');
}

function columns(all: readonly ColumnProfile[]): string {
  const shown = all.slice(0, maxColumns).map(({ name, kind, role, missing }) => `${cut(name)} (${role === 'feature' ? kind : role === 'target' ? `target, ${kind}` : role}${missing > 0 ? `, ${missing} missing` : ''})`);
  return `${shown.join(', ')}${all.length > maxColumns ? ` and ${all.length - maxColumns} more` : ''}`;
}

const cut = (text: string): string => text.replace(/\s+/g, ' ').slice(0, maxText);
