import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { decideColumns } from '../../../core/competition/import/own/columns';
import type { CutBy } from '../../../core/competition/import/own/cut';
import { factsOf, type TableFacts } from '../../../core/competition/import/own/facts';
import { fittingMetrics } from '../../../core/competition/import/own/fittingMetrics';
import { describeColumn, metricTitle, type Choice, type MetricChoice, type Proposal } from '../../../core/competition/import/own/propose';
import { proposeAll, type Proposals } from '../../../core/competition/import/own/proposals';
import { idFrom, titleFrom } from '../../../core/competition/import/own/words';
import type { TaskKind } from '../../../core/competition/manifest';
import { isMissing } from '../../../core/competition/profile';
import { findMetric, metricNames } from '../../../core/grading/registry';
import type { OwnRequest } from '../../../node/importers/own/importOwn';
import type { OwnFolder } from '../../../node/importers/own/ownFolder';
import { inputStep, quickStep, quickSteps, type Step, type StepEntry, type StepItem, type StepPlace, type StepResult } from '../../platform/quickSteps';
import { ownDataPlaces } from './ownDataPlaces';

/** What the person decided. */
export interface OwnDataWish {
  readonly own: OwnFolder;
  readonly title: string;
  /** Where the competition folder is made. */
  readonly out: string;
  readonly request: OwnRequest;
}

export interface OwnDataQuestion {
  /** The workspace. */
  readonly root: string;
  /** A folder that was given already. */
  readonly folder: string | undefined;
  /** Ids of the competitions that there are. */
  readonly taken: ReadonlySet<string>;
  /** @throws ImportError */
  readonly read: (path: string) => Promise<OwnFolder>;
}

/** Where the test rows come from. */
type TestSource = { readonly kind: 'cut'; readonly by: CutBy } | { readonly kind: 'answers'; readonly path: string };

interface Data {
  readonly own: OwnFolder;
  readonly facts: TableFacts;
}

interface Values {
  readonly data: Data | undefined;
  readonly id?: readonly string[] | null;
  readonly target?: readonly string[];
  readonly task?: TaskKind;
  readonly metric?: MetricChoice;
  readonly test?: TestSource;
  readonly share: number;
  readonly title?: string;
  readonly out?: string;
  readonly starter?: string | null;
}

const title = 'Import own data';
/** Name of the column that numbers rows. */
const newIdName = 'id';

/** Asks for everything, one step after the other, each with its proposal marked. Undefined when the person leaves. */
export async function askForOwnData(question: OwnDataQuestion): Promise<OwnDataWish | undefined> {
  const start: Values = { data: question.folder === undefined ? undefined : await dataOf(question, question.folder), share: 0.2 };
  const result = await quickSteps<Values>(start, [
    (now) => (question.folder === undefined ? placeStep(now, question) : undefined),
    withData(idStep),
    withData(targetStep),
    withData(taskStep),
    withData(metricStep),
    withData(testStep),
    withData(shareStep),
    withData((now, data) => titleStep(now, data, question)),
    withData((now) => outStep(now, question)),
    withData(starterStep),
  ]);
  return result.kind === 'ok' ? wishOf(result.value) : undefined;
}

/** Before there is data no step can say what it would ask; it counts all the same. */
const withData =
  (make: (values: Values, data: Data) => Step<Values> | undefined) =>
  (values: Values): Step<Values> | undefined =>
    values.data === undefined ? () => Promise.resolve({ kind: 'cancelled' }) : make(values, values.data);

async function dataOf({ read }: OwnDataQuestion, path: string): Promise<Data> {
  const own = await read(path);
  return { own, facts: factsOf(own.train.table) };
}

function wishOf({ data, id, target = [], task, metric, test, share, title: name = '', out = '', starter }: Values): OwnDataWish | undefined {
  if (data === undefined || id === undefined) return undefined;
  const request: OwnRequest = {
    id: id ?? [newIdFor(data.own)],
    newId: id === null,
    target,
    task,
    metric,
    answers: test?.kind === 'answers' ? test.path : undefined,
    by: test?.kind === 'cut' ? test.by : { kind: 'row' },
    testShare: share,
    publicShare: 0.5,
    seed: 0,
    title: name,
    starter: starter ?? undefined,
  };
  return { own: data.own, title: name, out, request };
}

/** A name that no column has yet. */
function newIdFor({ train, test }: OwnFolder): string {
  const names = new Set([...train.table.header, ...(test?.table.header ?? [])]);
  return [newIdName, 'row_id', 'podium_id', 'podium_row_id'].find((name) => !names.has(name)) ?? `id_${names.size}`;
}

/** A choice in a list: values are compared by what they are, since each step makes them anew. */
interface Row<T> {
  readonly label: string;
  readonly description?: string;
  readonly detail?: string;
  readonly value: T;
}

interface Pick<T> {
  readonly placeholder: string;
  readonly rows: readonly (Row<T> | { readonly heading: string })[];
  readonly active: T | undefined;
  readonly parse?: (text: string) => T | undefined;
}

async function pickRow<T>({ placeholder, rows, active, parse }: Pick<T>, place: StepPlace): Promise<StepResult<T>> {
  const keyOf = (value: T): string => JSON.stringify(value);
  const values = new Map<string, T>();
  const note = (value: T): string => {
    values.set(keyOf(value), value);
    return keyOf(value);
  };
  const items = rows.map((row): StepEntry<string> => ('heading' in row ? { label: row.heading, kind: vscode.QuickPickItemKind.Separator } : { ...row, value: note(row.value) }));
  const typed = parse && ((text: string): string | undefined => {
    const value = parse(text);
    return value === undefined ? undefined : note(value);
  });
  const result = await quickStep<string>({ title, placeholder, items, ...(active === undefined ? {} : { active: keyOf(active) }), ...(typed ? { parse: typed } : {}) }, place);
  if (result.kind !== 'ok') return result;
  const value = values.get(result.value);
  return value === undefined ? { kind: 'cancelled' } : { kind: 'ok', value };
}

const step =
  <T>(pick: Pick<T>, put: (value: T) => Values): Step<Values> =>
  async (place) => {
    const result = await pickRow(pick, place);
    return result.kind === 'ok' ? { kind: 'ok', value: put(result.value) } : result;
  };

/** The proposal and what else fits, each with its reason. */
function rowsOf<T>(proposal: Proposal<T>, label: (value: T) => string, describe: (value: T) => string = () => ''): Row<T>[] {
  const words = (proposed: string, value: T): string => [describe(value), proposed].filter(Boolean).join(', ');
  const row = ({ value, reason }: Choice<T>, proposed: string): Row<T> => ({ label: label(value), description: words(proposed, value), detail: reason, value });
  return [row(proposal, proposal.sure ? 'proposed' : 'proposed, a guess'), ...proposal.others.map((choice) => row(choice, ''))];
}

function proposals({ id, target, task }: Values, { own, facts }: Data): Proposals {
  return proposeAll({ train: own.train.table, test: own.test?.table ?? null, sample: own.sample?.table ?? null }, { id, target, task }, facts);
}

/** Folders of the workspace with tables, or another one. */
function placeStep(now: Values, question: OwnDataQuestion): Step<Values> {
  return async (place) => {
    for (;;) {
      const places = await ownDataPlaces(question.root);
      const rows = [
        ...places.map(({ path, label, description }): Row<string> => ({ label, description, value: path })),
        { label: '$(folder-opened) A folder…', description: 'with train.csv; test.csv, pictures and other files are taken along', value: 'folder' },
        { label: '$(table) A table…', description: 'one CSV file', value: 'file' },
      ];
      const result = await pickRow<string>({ placeholder: 'Your data', rows, active: now.data?.own.folder ?? places[0]?.path }, place);
      if (result.kind !== 'ok') return result;
      const path = result.value === 'folder' || result.value === 'file' ? await openDialog(result.value, question.root) : result.value;
      if (path !== undefined) return { kind: 'ok', value: { data: await dataOf(question, path), share: now.share } };
    }
  };
}

async function openDialog(what: 'folder' | 'file', root: string, filters?: Record<string, string[]>): Promise<string | undefined> {
  const picked = await vscode.window.showOpenDialog({
    title,
    openLabel: 'Take This',
    canSelectFolders: what === 'folder',
    canSelectFiles: what === 'file',
    defaultUri: vscode.Uri.file(root),
    ...(what === 'file' ? { filters: filters ?? { Tables: ['csv', 'tsv'] } } : {}),
  });
  return picked?.[0]?.fsPath;
}

const idWords = (id: readonly string[] | null): string => (id === null ? 'Number the rows' : id.join(', '));

function idStep(now: Values, data: Data): Step<Values> {
  const { id } = proposals({ ...now, id: undefined, target: undefined }, data);
  const header = data.own.train.table.header;
  const parse = (text: string): readonly string[] | undefined => {
    const names = text.split(',').map((name) => name.trim());
    return names.every((name) => header.includes(name)) ? names : undefined;
  };
  return step<readonly string[] | null>(
    { placeholder: 'Id: what tells rows apart (or type columns, separated by commas)', rows: rowsOf(id, idWords), active: now.id === undefined ? id.value : now.id, parse },
    (value) => ({ ...now, id: value, target: undefined, task: undefined, metric: undefined, test: undefined }),
  );
}

/** Several may be checked; those of the proposal are. */
function targetStep(now: Values, data: Data): Step<Values> {
  const { target } = proposals({ ...now, target: undefined }, data);
  const chosen = now.target ?? target.value;
  const names = data.facts.columns.map(({ name }) => name).filter((name) => !(now.id ?? []).includes(name));
  const order = [...chosen, ...names.filter((name) => !chosen.includes(name)).reverse()];
  const items = order.map((name): StepItem<readonly string[]> => {
    const proposed = target.value.includes(name);
    return { label: name, description: proposed ? (target.sure ? 'proposed' : 'proposed, a guess') : '', detail: proposed ? target.reason : describeColumn(data.facts, name), value: [name], picked: chosen.includes(name) };
  });
  return async (place) => {
    const result = await quickStep<readonly string[]>({ title, placeholder: 'Target: what is to be predicted', items, many: (values) => (values.length > 0 ? values.flat() : undefined) }, place);
    if (result.kind !== 'ok') return result;
    return { kind: 'ok', value: { ...now, target: [...result.value], task: undefined, metric: undefined, test: undefined } };
  };
}

const taskWords: Record<TaskKind, string> = { binary: 'Two classes', multiclass: 'Classes', multilabel: 'Several labels at once', regression: 'A number' };

function taskStep(now: Values, data: Data): Step<Values> | undefined {
  const { task } = proposals({ ...now, task: undefined }, data);
  if (task.sure && task.others.length === 0) return undefined;
  return step<TaskKind>({ placeholder: 'Kind of task', rows: rowsOf(task, (value) => taskWords[value]), active: now.task ?? task.value }, (value) => ({ ...now, task: value, metric: undefined }));
}

function metricStep(now: Values, data: Data): Step<Values> {
  return (place) => {
    const { metric } = proposals(now, data);
    const direction = ({ name }: MetricChoice): string => (findMetric(name)?.direction === 'minimize' ? `${name}, lower is better` : `${name}, higher is better`);
    const known = new Set([metric, ...metric.others].map(({ value }) => value.name));
    const rest = metricsThatFit(now, data).filter(({ name }) => !known.has(name)).map((value): Row<MetricChoice> => ({ label: metricTitle(value), description: direction(value), value }));
    const rows = [...rowsOf(metric, metricTitle, direction), ...(rest.length > 0 ? [{ heading: 'other metrics' }, ...rest] : [])];
    return step<MetricChoice>({ placeholder: 'Metric: how submissions are scored', rows, active: now.metric ?? metric.value }, (value) => ({ ...now, metric: value }))(place);
  };
}

function metricsThatFit({ id, target = [] }: Values, { own }: Data): MetricChoice[] {
  const headers = { train: own.train.table.header, test: own.test?.table.header ?? null, sample: own.sample?.table.header ?? null };
  const decided = decideColumns({ id: id ?? [newIdFor(own)], truth: target, newId: id === null }, headers);
  return decided.ok ? fittingMetrics(own.train.table, decided.columns, metricNames().map((name) => ({ name, params: {} }))) : [];
}

/** Not asked where the test table holds its answers. */
function testStep(now: Values, data: Data): Step<Values> | undefined {
  if (testIsSolved(now, data)) return undefined;
  const { own, facts } = data;
  const { split } = proposals(now, data);
  const cut = (by: CutBy): TestSource => ({ kind: 'cut', by });
  const words = (by: CutBy): string => (by.kind === 'row' ? 'Any rows' : by.kind === 'group' ? `Whole groups: ${by.column}` : `The latest rows: ${by.column}`);
  const mapped: Proposal<TestSource> = { ...split, value: cut(split.value), others: split.others.map(({ value, reason }) => ({ value: cut(value), reason })) };
  const proposedRows = rowsOf(mapped, (source) => (source.kind === 'cut' ? words(source.by) : source.path));
  const named = new Set([split, ...split.others].flatMap(({ value }) => (value.kind === 'row' ? [] : [value.column])));
  const groups = facts.columns
    .filter(({ name, kind, unique }) => !named.has(name) && !(now.target ?? []).includes(name) && unique > 1 && unique <= facts.rows / 2 && kind === 'category')
    .map(({ name }): Row<TestSource> => ({ label: words({ kind: 'group', column: name }), detail: describeColumn(facts, name), value: cut({ kind: 'group', column: name }) }));
  const rowHere = proposedRows.some(({ value }) => value.kind === 'cut' && value.by.kind === 'row') ? [] : [{ label: words({ kind: 'row' }), value: cut({ kind: 'row' }) }];
  const answers = own.test ? answerRows(own) : [];
  return async (place) => {
    for (;;) {
      const result = await pickRow<TestSource>({ placeholder: own.test ? 'Answers: cut a test set, or give those to test.csv' : 'Test set: cut from your data', rows: [...proposedRows, ...rowHere, ...answers, ...(groups.length > 0 ? [{ heading: 'keep other groups whole' }, ...groups] : [])], active: now.test ?? answers[0]?.value ?? mapped.value }, place);
      if (result.kind !== 'ok') return result;
      const source = result.value;
      if (source.kind === 'cut' || source.path !== '') return { kind: 'ok', value: { ...now, test: source } };
      const path = await openDialog('file', own.folder);
      if (path !== undefined) return { kind: 'ok', value: { ...now, test: { kind: 'answers', path } } };
    }
  };
}

function testIsSolved({ id, target = [] }: Values, { own }: Data): boolean {
  const table = own.test?.table;
  return id !== null && table !== undefined && target.every((name) => {
    const column = table.columns.get(name);
    return column !== undefined && Array.from({ length: table.rows }, (_, row) => column.text(row)).every((text) => !isMissing(text));
  });
}

/** Tables that are called like answers, then any other. */
function answerRows({ folder, others }: OwnFolder): Row<TestSource>[] {
  const named = others.filter((path) => /(answer|solution|label|truth)[^/]*\.(csv|tsv)$/i.test(path));
  return [
    ...named.map((path): Row<TestSource> => ({ label: `Answers in ${path}`, detail: 'The test rows are those of test.csv.', value: { kind: 'answers', path: join(folder, path) } })),
    { label: '$(file) Answers to test.csv…', detail: 'A table with id and target.', value: { kind: 'answers', path: '' } },
  ];
}

const shares = [0.1, 0.2, 0.3, 0.5];

function shareStep(now: Values, data: Data): Step<Values> | undefined {
  const { facts } = data;
  if (now.test?.kind === 'answers' || testIsSolved(now, data)) return undefined;
  const row = (share: number): Row<number> => ({ label: `${Math.round(share * 100)} %`, description: `about ${Math.round(share * facts.rows)} of ${facts.rows} rows`, value: share });
  const parse = (text: string): number | undefined => {
    const share = Number(text.replace(/\s*%$/, '')) / 100;
    return share > 0 && share < 1 ? share : undefined;
  };
  return step<number>({ placeholder: 'Size of the test set (or type percent); players see the score of half of it', rows: shares.map(row), active: now.share, parse }, (share) => ({ ...now, share }));
}

function titleStep(now: Values, { own }: Data, { taken }: OwnDataQuestion): Step<Values> {
  const validate = (text: string): string | undefined => (text === '' ? 'Give it a name.' : taken.has(idFrom(text)) ? `There is a competition "${idFrom(text)}" already.` : undefined);
  return inputStep({ title, prompt: 'Name of the competition', value: now.title ?? titleFrom(own.name), validate }, (text): Values => ({ ...now, title: text, out: undefined }));
}

function outStep(now: Values, { root }: OwnDataQuestion): Step<Values> {
  const id = idFrom(now.title ?? '');
  const usual = join(root, 'competitions', id);
  return async (place) => {
    for (;;) {
      const rows: Row<string>[] = [
        ...(existsSync(usual) ? [] : [{ label: `competitions/${id}`, description: 'in this workspace: it appears in the Competitions view', value: usual }]),
        { label: '$(folder-opened) Another folder…', description: `${id} is made in it`, value: '' },
      ];
      const result = await pickRow<string>({ placeholder: 'Where to put it', rows, active: now.out ?? usual }, place);
      if (result.kind !== 'ok') return result;
      const folder = result.value === '' ? await openDialog('folder', root) : undefined;
      if (result.value !== '' || folder !== undefined) return { kind: 'ok', value: { ...now, out: folder === undefined ? result.value : join(folder, id) } };
    }
  };
}

/** A script or notebook of the person's, or the ones that Podium writes. */
function starterStep(now: Values, { own }: Data): Step<Values> {
  const scripts = own.others.filter((path) => /\.(py|ipynb)$/.test(path)).map((path): Row<string | null> => ({ label: path, description: 'yours', value: join(own.folder, path) }));
  return async (place) => {
    for (;;) {
      const rows: Row<string | null>[] = [
        { label: 'A first model from Podium', description: 'train.py and explore.ipynb, made for this data', value: null },
        ...scripts,
        { label: '$(file) Your script or notebook…', description: 'it lies in the folder of every run; nothing runs it now', value: '' },
      ];
      const result = await pickRow<string | null>({ placeholder: 'Where to begin from', rows, active: now.starter ?? null }, place);
      if (result.kind !== 'ok') return result;
      const path = result.value === '' ? await openDialog('file', own.folder, { 'Scripts and notebooks': ['py', 'ipynb'] }) : result.value;
      if (path !== undefined) return { kind: 'ok', value: { ...now, starter: path } };
    }
  };
}
