import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { constantsOf } from '../../../../../src/core/competition/import/own/constants';
import { cutTestSet } from '../../../../../src/core/competition/import/own/cut';
import { cutFiles } from '../../../../../src/core/competition/import/own/cutFiles';
import { fittingMetrics } from '../../../../../src/core/competition/import/own/fittingMetrics';
import { factsOf, type TableFacts } from '../../../../../src/core/competition/import/own/facts';
import { proposeId, proposeMetric, proposeModality, proposeSplit, proposeTarget, proposeTask, type OwnTables } from '../../../../../src/core/competition/import/own/propose';
import type { TaskKind } from '../../../../../src/core/competition/manifest';
import { encodeText } from '../../../../../src/core/grading/bytes';
import type { CsvTable } from '../../../../../src/core/grading/csv';
import { grade } from '../../../../../src/core/grading/grade';
import { metricNames } from '../../../../../src/core/grading/registry';
import { readWhole } from '../../../../../src/core/grading/writeCsv';

function tableOf(csv: string | Uint8Array): CsvTable {
  const read = readWhole(typeof csv === 'string' ? encodeText(csv) : csv);
  if (!read.ok) throw new Error(read.message);
  return read.table;
}

const bundled = (id: string, name: string): CsvTable => tableOf(readFileSync(`media/competitions/${id}/data/${name}`));
const alone = (csv: string | CsvTable): OwnTables => ({ train: factsOf(typeof csv === 'string' ? tableOf(csv) : csv), test: null, sample: null });
const rows = (count: number, line: (row: number) => string): string[] => Array.from({ length: count }, (_, row) => line(row));

/** All proposals in the order of the steps. */
function proposals(tables: OwnTables): { id: readonly string[] | null; target: readonly string[]; task: TaskKind; metric: string; split: string; modality: string } {
  const id = proposeId(tables).value;
  const target = proposeTarget(tables, id ?? []).value;
  const task = proposeTask(tables.train, target, target).value;
  const split = proposeSplit(tables.train, id ?? [], target).value;
  return {
    id,
    target,
    task,
    metric: proposeMetric(tables.train, task, target, target).value.name,
    split: split.kind === 'row' ? 'row' : `${split.kind} ${split.column}`,
    modality: proposeModality(tables.train, { id: id ?? [], truth: target, split, task, images: false }).value,
  };
}

describe('proposals for training data alone', () => {
  it.each([
    ['penguins', { id: ['id'], target: ['species'], task: 'multiclass', modality: 'tabular' }],
    ['breast-cancer', { id: ['id'], target: ['malignant'], task: 'binary', metric: 'roc_auc', split: 'row', modality: 'tabular' }],
    ['seattle-weather', { id: ['id'], target: ['next_temp_max'], task: 'regression', metric: 'rmse', split: 'time date', modality: 'time' }],
    ['diabetes-progression', { id: ['id'], task: 'regression', metric: 'rmse', split: 'row', modality: 'tabular' }],
    ['debian-sections', { target: ['section'], task: 'multiclass', modality: 'text' }],
  ])('finds what the makers of %s chose', (id, wanted) => {
    expect(proposals(alone(bundled(id, 'train.csv')))).toMatchObject(wanted);
  });

  it('numbers the rows where nothing names them, and does not take a measurement that happens to differ', () => {
    const iris = ['length,width,species', ...rows(60, (row) => `${row / 7},${row % 9},${['setosa', 'virginica'][row % 2]}`)].join('\n');
    const proposal = proposeId(alone(iris));
    expect(proposal.value).toBeNull();
    expect(proposal.reason).toContain('numbers');
  });

  it('keeps the rows of one patient together', () => {
    const visits = ['visit_id,patient_id,dose,outcome', ...rows(60, (row) => `v${row},p${row % 12},${row % 7}.5,${row % 2}`)].join('\n');
    const { split, id } = proposals(alone(visits));
    expect({ split, id }).toEqual({ split: 'group patient_id', id: ['visit_id'] });
    expect(proposeSplit(factsOf(tableOf(visits)), ['visit_id'], ['outcome'])).toMatchObject({ sure: false, others: [{ value: { kind: 'row' } }] });
  });

  it('says when it guesses', () => {
    const vague = alone(['a,b,c', ...rows(40, (row) => `${row % 5},${row % 3},${(row * 7) % 11}`)].join('\n'));
    expect(proposeTarget(vague, [])).toMatchObject({ value: ['c'], sure: false });
    expect(proposeTask(vague.train, ['b'], ['b'])).toMatchObject({ value: 'multiclass', sure: false, others: [{ value: 'regression' }] });
  });

  it('counts relative errors where values span magnitudes', () => {
    const prices = alone(['id,rooms,price', ...rows(60, (row) => `${row},${row % 4},${1000 + row ** 3 * 10}`)].join('\n'));
    expect(proposals(prices)).toMatchObject({ target: ['price'], task: 'regression', metric: 'rmsle' });
  });
});

describe('proposals with further files', () => {
  const train = tableOf(['no,x,kind,y', ...rows(40, (row) => `${row},${row},${['cat', 'dog', 'cow'][row % 3]},${row % 7}.5`)].join('\n'));

  it('takes the columns that the test file lacks', () => {
    const tables = { train: factsOf(train), test: ['no', 'x', 'kind'], sample: null };
    expect(proposeTarget(tables, ['no'])).toMatchObject({ value: ['y'], sure: true });
    expect(proposeTarget({ ...tables, test: ['no', 'x'] }, ['no'])).toMatchObject({ value: ['y'], sure: false });
  });

  it('takes id and target from the sample submission', () => {
    const tables = { train: factsOf(train), test: ['no', 'x'], sample: ['no', 'y'] };
    expect(proposeId(tables)).toMatchObject({ value: ['no'], sure: true });
    expect(proposeTarget(tables, ['no'])).toMatchObject({ value: ['y'], sure: true });
  });

  it('understands one column per class', () => {
    const tables = { train: factsOf(train), test: ['no', 'x'], sample: ['no', 'cat', 'cow', 'dog'] };
    const target = ['cat', 'cow', 'dog'];
    expect(proposeTarget(tables, ['no'])).toMatchObject({ value: ['kind'], sure: true });
    expect(proposeTask(tables.train, ['kind'], target)).toMatchObject({ value: 'multiclass', sure: true });
    expect(proposeMetric(tables.train, 'multiclass', ['kind'], target).value).toEqual({ name: 'log_loss', params: { label_column: 'kind' } });
  });
});

describe('proposed metrics', () => {
  const table = tableOf(
    ['id,flag,word,grade,amount,other,f1,f2', ...rows(80, (row) => `${row},${row % 2},${['no', 'yes', 'no'][row % 3]},${(row * 3) % 5},${row * 13}.5,${row % 9},${row % 2},${row % 3 === 0 ? 1 : 0}`)].join('\n'),
  );
  const facts: TableFacts = factsOf(table);
  it('beside the proposed ones are those that can grade the target', () => {
    const names = (truth: string[]): string[] => fittingMetrics(table, { id: ['id'], truth, target: truth }, metricNames().map((name) => ({ name, params: {} }))).map(({ name }) => name);
    expect(names(['word'])).toEqual(expect.arrayContaining(['accuracy', 'matthews_corrcoef']));
    expect(names(['word'])).not.toEqual(expect.arrayContaining(['rmse']));
    expect(names(['amount'])).toEqual(expect.arrayContaining(['rmse', 'mae', 'r2']));
    expect(names(['amount', 'other'])).not.toContain('medae');
  });

  const cases: [string[], TaskKind][] = [[['flag'], 'binary'], [['word'], 'binary'], [['grade'], 'multiclass'], [['amount'], 'regression'], [['amount', 'other'], 'regression'], [['f1', 'f2'], 'multilabel']];

  it.each(cases)('for %s as %s can all grade a cut, and each says why', (truth, task) => {
    const proposal = proposeMetric(facts, task, truth, truth);
    const made = cutTestSet(table, { truth, by: { kind: 'row' }, testShare: 0.4, publicShare: 0.5, seed: 1 });
    if (!made.ok) throw new Error(made.message);
    for (const { value, reason } of [proposal, ...proposal.others]) {
      const columns = { id: ['id'], truth, target: truth };
      const { sample, answers } = cutFiles(table, made.cut, columns, constantsOf(table, made.cut.train, columns, value.name));
      const result = grade({ answers, submission: sample, metric: value.name, params: value.params, id: ['id'], target: truth });
      expect(result.errors, value.name).toEqual([]);
      expect(reason).toMatch(/\.$/);
    }
  });
});
