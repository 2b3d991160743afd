import type { CsvTable } from '../../../grading/csv';
import type { TaskKind } from '../../manifest';
import type { CutBy } from './cut';
import { factsOf, type TableFacts } from './facts';
import { proposeId, proposeMetric, proposeSplit, proposeTarget, proposeTask, type MetricChoice, type Proposal } from './propose';

/** All proposals for a folder, each on top of those before it. */
export interface Proposals {
  readonly facts: TableFacts;
  readonly id: Proposal<readonly string[] | null>;
  readonly target: Proposal<readonly string[]>;
  readonly task: Proposal<TaskKind>;
  readonly metric: Proposal<MetricChoice>;
  readonly split: Proposal<CutBy>;
}

export interface ProposalTables {
  readonly train: CsvTable;
  readonly test: CsvTable | null;
  readonly sample: CsvTable | null;
}

/** What the person has decided already; an id of null is to be a new column. */
export interface Decided {
  readonly id?: readonly string[] | null | undefined;
  readonly target?: readonly string[] | undefined;
  readonly task?: TaskKind | undefined;
}

/** @param facts those of the training table, where they are known already: they take a pass over it */
export function proposeAll({ train, test, sample }: ProposalTables, decided: Decided = {}, facts = factsOf(train)): Proposals {
  const tables = { train: facts, test: test?.header ?? null, sample: sample?.header ?? null };
  const id = proposeId(tables);
  const rows = (decided.id === undefined ? id.value : decided.id) ?? [];
  const target = proposeTarget(tables, rows);
  const truth = decided.target ?? target.value;
  const asked = submissionColumns(sample, rows, truth);
  const task = proposeTask(facts, truth, asked);
  return { facts, id, target, task, metric: proposeMetric(facts, decided.task ?? task.value, truth, asked), split: proposeSplit(facts, rows, truth) };
}

function submissionColumns(sample: CsvTable | null, id: readonly string[], truth: readonly string[]): readonly string[] {
  const asked = sample?.header.filter((name) => !id.includes(name)) ?? [];
  return id.length > 0 && asked.length > 0 ? asked : truth;
}
