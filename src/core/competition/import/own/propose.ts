import { metricLabel } from '../../../grading/describe';
import type { Modality, TaskKind } from '../../manifest';
import type { CutBy } from './cut';
import { timeName, type ColumnFacts, type TableFacts } from './facts';

/**
 * What a person's data most likely means: ids, targets, task, metric, test set. Every proposal says
 * why, what else there is, and whether it is a guess. The person decides.
 */

export interface Choice<T> {
  readonly value: T;
  /** One sentence. */
  readonly reason: string;
}

export interface Proposal<T> extends Choice<T> {
  /** False: a guess that deserves a look. */
  readonly sure: boolean;
  /** What else fits, the best first. */
  readonly others: readonly Choice<T>[];
}

/** The tables of a folder. */
export interface OwnTables {
  readonly train: TableFacts;
  /** Header of the test file, where there is one. */
  readonly test: readonly string[] | null;
  /** Header of the sample submission, where there is one. */
  readonly sample: readonly string[] | null;
}

export interface MetricChoice {
  readonly name: string;
  readonly params: Readonly<Record<string, unknown>>;
}

const idName = /(^|[_\s.-])(id|ids|uuid|guid|index|key|nr|no)$|^(id|row|unnamed: 0|index|name|filename|file|image|image_name|path)$|[a-z](Id|ID)$/i;
const targetName = /^(target|label|labels|y|class|outcome|response|result|survived|price|saleprice|sale_price|sales|species|diagnosis|churn|default|score|rating|quality|category|sentiment|medv|charges|status|count)$/i;
const groupName = /(patient|person|user|customer|client|subject|group|shop|store|site|household|account|session|device|animal|school|hospital|family|author|player|team|machine|vehicle|location|station)/i;

const quote = (name: string): string => `"${name}"`;
const list = (names: readonly string[]): string => names.map(quote).join(', ');

/** Columns that together tell rows apart; null: none does, so the rows are to be numbered. */
export function proposeId({ train, test, sample }: OwnTables): Proposal<readonly string[] | null> {
  const known = new Set(train.columns.map(({ name }) => name));
  if (sample) {
    const shared = sample.filter((name) => (test ? test.includes(name) : isUnique(train, name)));
    if (shared.length > 0 && shared.length < sample.length) return { value: shared, reason: `The sample submission names rows by ${list(shared)}.`, sure: true, others: [] };
  }
  const unique = train.columns.filter((column) => isUnique(train, column.name) && (column.kind !== 'number' || column.whole) && column.kind !== 'text' && (!test || test.includes(column.name)));
  const none: Choice<null> = { value: null, reason: 'The rows get numbers in a new column.' };
  const named = unique.filter(({ name }) => idName.test(name));
  const ranked = [...named, ...unique.filter((column) => !named.includes(column))];
  const [best, ...rest] = ranked.map((column): Choice<readonly string[]> => ({ value: [column.name], reason: `${quote(column.name)} is different in every row.` }));
  if (best === undefined) {
    const pair = idPair(train, test);
    return { value: null, reason: `No column ${known.size > 1 ? 'is different in every row' : 'could name the rows'}: the rows get numbers in a new column.`, sure: true, others: pair };
  }
  if (named.length > 0) return { ...best, reason: `${best.reason.slice(0, -1)} and is called like an id.`, sure: true, others: [...rest, none] };
  // A column of values that happen to differ is a feature.
  const first = train.columns[0];
  const leads = best.value[0] === first?.name && (first?.kind === 'category' || first?.kind === 'number');
  if (leads) return { ...best, reason: `${best.reason.slice(0, -1)} and comes first.`, sure: false, others: [...rest, none] };
  return { ...none, reason: 'No column is called like an id: the rows get numbers in a new column.', sure: false, others: [best, ...rest] };
}

function isUnique(train: TableFacts, name: string): boolean {
  const column = train.columns.find((candidate) => candidate.name === name);
  return column !== undefined && column.unique === train.rows && column.missing === 0;
}

/** Two columns whose values could be different together: a group and a time. Counted at the import. */
function idPair({ columns, rows }: TableFacts, test: readonly string[] | null): Choice<readonly string[]>[] {
  const fits = columns.filter(({ name, missing, unique }) => missing === 0 && unique > 1 && (!test || test.includes(name)));
  const time = fits.find((column) => column.kind === 'date' || timeName.test(column.name));
  const group = fits.find((column) => column !== time && (idName.test(column.name) || groupName.test(column.name)) && column.kind !== 'text');
  if (!time || !group || time.unique * group.unique < rows) return [];
  return [{ value: [group.name, time.name], reason: `${quote(group.name)} and ${quote(time.name)} may tell rows apart together.` }];
}

/** Columns of the training table that hold the truth. */
export function proposeTarget({ train, test, sample }: OwnTables, id: readonly string[]): Proposal<readonly string[]> {
  const candidates = train.columns.filter(({ name }) => !id.includes(name));
  const others = (taken: readonly string[]): Choice<readonly string[]>[] =>
    candidates.filter(({ name, kind }) => !taken.includes(name) && kind !== 'date').reverse().map(({ name }) => ({ value: [name], reason: describeColumn(train, name) }));
  const make = (value: readonly string[], reason: string, sure: boolean): Proposal<readonly string[]> => ({ value, reason, sure, others: others(value) });
  const wanted = (sample ?? []).filter((name) => !id.includes(name));
  if (wanted.length > 0 && wanted.every((name) => candidates.some((column) => column.name === name))) return make(wanted, `The sample submission asks for ${list(wanted)}.`, true);
  const byClass = candidates.find(({ name, values }) => wanted.length > 1 && wanted.every((one) => values.includes(one)) && !(test ?? []).includes(name));
  if (byClass) return make([byClass.name], `The sample submission has a column for each value of ${quote(byClass.name)}.`, true);
  const hidden = test ? candidates.filter(({ name }) => !test.includes(name)).map(({ name }) => name) : [];
  if (hidden.length === 1) return make(hidden, `${quote(hidden[0]!)} is the only column that test.csv lacks.`, true);
  if (hidden.length > 1) {
    const named = hidden.filter((name) => targetName.test(name));
    return make(named.length > 0 ? named : hidden, `test.csv lacks ${list(hidden)}.`, false);
  }
  const named = candidates.filter(({ name, unique }) => targetName.test(name) && unique > 1);
  const last = candidates.filter(({ kind, unique }) => kind !== 'date' && kind !== 'text' && unique > 1).at(-1);
  const chosen = named.at(-1) ?? last;
  if (chosen === undefined) return make([], 'No column could be the target.', false);
  if (named.length > 0) return make([chosen.name], `${quote(chosen.name)} is called like a target. ${describeColumn(train, chosen.name)}`, named.length === 1);
  return make([chosen.name], `${quote(chosen.name)} is the last column${chosen === candidates.at(-1) ? '' : ' that could be one'}. ${describeColumn(train, chosen.name)}`, false);
}

/** What a column holds, as a sentence. */
export function describeColumn(train: TableFacts, name: string): string {
  const column = train.columns.find((candidate) => candidate.name === name);
  if (!column) return '';
  const gaps = column.missing > 0 ? `, missing in ${column.missing} ${column.missing === 1 ? 'row' : 'rows'}` : '';
  if (column.kind === 'number' && column.range && column.unique > 2) return `Numbers from ${column.range[0]} to ${column.range[1]}, ${column.unique} different${gaps}.`;
  if (column.unique <= 6 && column.values.length > 0) return `${column.unique} values: ${[...column.values].sort().map((value) => value.slice(0, 24)).join(', ')}${gaps}.`;
  return `${column.unique} different values${gaps}.`;
}

/**
 * @param truth  columns of the training table that hold the truth
 * @param target columns of a submission beside the id
 */
export function proposeTask(train: TableFacts, truth: readonly string[], target: readonly string[]): Proposal<TaskKind> {
  const columns = truth.flatMap((name) => train.columns.find((column) => column.name === name) ?? []);
  const all = (test: (column: ColumnFacts) => boolean): boolean => columns.length > 0 && columns.every(test);
  const [only] = columns;
  if (columns.length > 1) {
    if (all(isZeroOne)) return { value: 'multilabel', reason: 'Every target is 0 or 1.', sure: true, others: [{ value: 'regression', reason: 'Each as a number.' }] };
    if (all(({ kind }) => kind === 'number')) return { value: 'regression', reason: `All ${columns.length} targets are numbers.`, sure: true, others: [{ value: 'multilabel', reason: 'Each is a label.' }] };
    return { value: 'multilabel', reason: 'The targets are labels.', sure: false, others: [{ value: 'regression', reason: 'The targets are numbers.' }] };
  }
  if (!only) return { value: 'multiclass', reason: 'There is no target.', sure: false, others: [] };
  const numbers: Choice<TaskKind> = { value: 'regression', reason: `${quote(only.name)} is a number to come close to.` };
  const classes: Choice<TaskKind> = { value: 'multiclass', reason: `${quote(only.name)} has ${only.unique} classes.` };
  if (target.length > 1) return { ...classes, sure: true, others: [] };
  if (only.unique === 2) return { value: 'binary', reason: `${quote(only.name)} has two values: ${only.values.join(' and ')}.`, sure: true, others: [classes, ...(only.kind === 'number' ? [numbers] : [])] };
  if (only.kind !== 'number') return { ...classes, sure: only.unique <= train.rows / 5, others: [] };
  const few = only.whole && only.unique <= 20 && only.unique <= train.rows / 10;
  if (few) return { ...classes, reason: `${quote(only.name)} has only ${only.unique} whole numbers, so they may be classes.`, sure: false, others: [numbers] };
  return { ...numbers, reason: `${quote(only.name)} has ${only.unique} different numbers.`, sure: true, others: only.whole ? [classes] : [] };
}

const isZeroOne = ({ kind, range, whole }: ColumnFacts): boolean => kind === 'number' && whole && range !== null && range[0] >= 0 && range[1] <= 1;

/** A metric of the registry. `others` are further usual ones for the task. */
export function proposeMetric(train: TableFacts, task: TaskKind, truth: readonly string[], target: readonly string[]): Proposal<MetricChoice> {
  const columns = truth.flatMap((name) => train.columns.find((column) => column.name === name) ?? []);
  const [only] = columns;
  const choices = only === undefined ? [] : metricsFor(task, only, columns, target);
  const [first = { value: { name: 'accuracy', params: {} }, reason: 'The share of right answers.' }, ...others] = choices;
  return { ...first, sure: task !== 'multilabel', others };
}

function metricsFor(task: TaskKind, only: ColumnFacts, columns: readonly ColumnFacts[], target: readonly string[]): Choice<MetricChoice>[] {
  const metric = (name: string, reason: string, params: MetricChoice['params'] = {}): Choice<MetricChoice> => ({ value: { name, params }, reason });
  if (target.length > columns.length) return [metric('log_loss', 'The submission has one probability per class.', { label_column: only.name })];
  const share = `${Math.round(only.topShare * 100)} % of the rows have one value`;
  const skewed = only.topShare > 1.5 / Math.max(2, only.unique);
  if (task === 'binary' && isZeroOne(only)) {
    return [
      metric('roc_auc', 'It judges how well rows are ranked, whatever the share of ones.'),
      metric('log_loss', 'It judges the probabilities themselves.'),
      metric('f1', 'It judges the ones that were found.'),
      metric('accuracy', 'The share of right answers.'),
      metric('matthews_corrcoef', 'A correlation of labels, for classes of unequal size.'),
    ];
  }
  if (task === 'binary' || task === 'multiclass') {
    const accuracy = metric('accuracy', skewed ? 'The share of right answers.' : 'The classes are of similar size, so the share of right answers tells most.');
    const macro = metric('f1', skewed ? `${share}, and macro F1 counts rare classes as much as frequent ones.` : 'Each class counts the same.', { average: 'macro' });
    const rest = [metric('balanced_accuracy', 'The share of right answers of each class, averaged.'), metric('matthews_corrcoef', 'A correlation of labels.')];
    const graded = only.whole ? [metric('quadratic_weighted_kappa', 'For classes with an order: near misses cost less.')] : [];
    return [...(skewed ? [macro, accuracy] : [accuracy, macro]), ...rest, ...graded];
  }
  if (task === 'multilabel') return [metric('roc_auc_columnwise', 'The ranking of each label, averaged over the labels.'), metric('log_loss_weighted_columns', 'The probabilities of each label.')];
  const squared = metric('rmse', 'Large errors count most, and the score has the unit of the target.');
  const absolute = metric('mae', 'Every unit of error counts the same.');
  const [low, high] = only.range ?? [0, 0];
  const magnitudes = columns.length === 1 && low >= 0 && high > 1000 && high / Math.max(low, 1) >= 100;
  const relative = metric('rmsle', `Values go from ${low} to ${high}: relative errors count.`);
  if (columns.length > 1) return [metric('mcrmse', 'The RMSE of each target, averaged.'), squared, absolute];
  return magnitudes ? [relative, squared, absolute, metric('r2', 'The share of the variance that is explained.')] : [squared, absolute, metric('r2', 'The share of the variance that is explained.'), ...(low >= 0 ? [metric('rmsle', 'Relative errors count.')] : [])];
}

/** A metric as it is shown in a list. */
export function metricTitle({ name, params }: MetricChoice): string {
  return metricLabel(name, params);
}

/** How the test set is to be cut. */
export function proposeSplit(train: TableFacts, id: readonly string[], truth: readonly string[]): Proposal<CutBy> {
  const free = train.columns.filter(({ name }) => !truth.includes(name));
  const row: Choice<CutBy> = { value: { kind: 'row' }, reason: 'Nothing says that rows belong together: any of them may be tested.' };
  const groups = free
    .filter(({ name, kind, unique, whole }) => !(id.length === 1 && id[0] === name) && unique > 1 && unique <= train.rows / 2 && (kind === 'category' || (kind === 'number' && whole)) && (groupName.test(name) || idName.test(name)))
    .map(({ name, unique }): Choice<CutBy> => ({ value: { kind: 'group', column: name }, reason: `${quote(name)} repeats: ${unique} values in ${train.rows} rows. Rows of one should not be on both sides.` }));
  const dates = free.filter(({ name, kind, unique }) => unique > 1 && (kind === 'date' || (kind === 'number' && timeName.test(name))));
  const times = dates.map(({ name, ordered }): Choice<CutBy> => ({
    value: { kind: 'time', column: name },
    reason: ordered ? `${quote(name)} orders the rows: the latest are tested, as what comes is to be predicted.` : `${quote(name)} holds times: the latest rows can be tested.`,
  }));
  const ordering = dates.findIndex(({ ordered, kind, unique }) => ordered && kind === 'date' && unique > 2);
  const [time] = ordering >= 0 ? times.splice(ordering, 1) : [];
  if (time) return { ...time, sure: true, others: [row, ...groups, ...times] };
  const [group, ...more] = groups;
  if (group) return { ...group, sure: false, others: [row, ...more, ...times] };
  return { ...row, sure: times.length === 0, others: times };
}

/** What the rows are about, which decides the icon and the agent's templates. */
export function proposeModality(train: TableFacts, { id, truth, split, task, images }: { id: readonly string[]; truth: readonly string[]; split: CutBy; task: TaskKind; images: boolean }): Proposal<Modality> {
  const features = train.columns.filter(({ name }) => !id.includes(name) && !truth.includes(name));
  const table: Choice<Modality> = { value: 'tabular', reason: 'The rows are made of numbers and categories.' };
  if (images) return { value: 'image', reason: 'A column names pictures.', sure: true, others: [table] };
  const texts = features.filter(({ kind }) => kind === 'text');
  const text = texts[0] && ({ value: 'text', reason: `${quote(texts[0].name)} holds sentences.` } as const);
  if (text && texts.length * 2 >= features.length) return { ...text, sure: true, others: [table] };
  if (split.kind === 'time' && task === 'regression') return { value: 'time', reason: 'A number is predicted for times to come.', sure: true, others: [table] };
  return { ...table, sure: !text, others: text ? [text] : [] };
}
