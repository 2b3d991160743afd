import type { ColumnProfile, Direction, FileProfile, Manifest } from '../../competition/manifest';
import { isoDate } from '../../competition/profile';
import type { Competition } from '../../environment/ports';

/**
 * What a submission holds:
 * `labels` one column with a class per row; `probabilities` one column per class;
 * `probability` one column with the probability (or any ranking) of the positive class;
 * `number` one column with a number; `unsupported` anything that no template can fill.
 */
export type Output = 'labels' | 'probabilities' | 'probability' | 'number' | 'unsupported';

/** The kind of template that fits; `other` has the constant baseline only. */
export type TaskForm = 'tabular' | 'text' | 'time' | 'image' | 'other';

/** How rows are divided for validation. */
export type FoldRule = 'stratified' | 'plain' | 'group' | 'time';

/** Small pictures, one for each row: what a script needs to read them. */
export interface Pictures {
  /** The column that names the file: `base` and a cell together are its path. */
  readonly column: string;
  readonly base: string;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  /** True where Pillow reads them, false where the script has to. */
  readonly pillow: boolean;
}

/** A competition as the templates see it: plain facts from the manifest and the column profiles. */
export interface Task {
  readonly title: string;
  readonly form: TaskForm;
  readonly output: Output;
  readonly direction: Direction;
  readonly metric: string;
  readonly metricParams: Manifest['metric']['params'];
  readonly metricLabel: string;
  readonly train: string;
  readonly test: string;
  readonly submissionFile: string;
  readonly id: readonly string[];
  /** Columns of the submission. */
  readonly targets: readonly string[];
  /** Column of the training file that holds the truth. */
  readonly label: string;
  /** Classes in the order of `targets`, when the output is `probabilities`. */
  readonly classes: readonly string[];
  readonly numbers: readonly string[];
  readonly categories: readonly string[];
  readonly texts: readonly string[];
  /** Text columns that hold a title or a name beside the longest text. */
  readonly shortTexts: readonly string[];
  readonly dates: readonly string[];
  readonly folds: FoldRule;
  /** The column that folds are cut by: group or time. */
  readonly foldColumn: string | null;
  readonly rows: number;
  /** Smallest and largest value of the label, when it is a number. */
  readonly labelRange: readonly [number, number] | null;
  readonly missing: boolean;
  /**
   * Numeric columns that come with an earlier value of the same thing in the same row:
   * [now, before], e.g. ["wind", "previous_wind"].
   */
  readonly earlier: readonly (readonly [string, string])[];
  /** Time tasks: test rows follow each other as closely as training rows do, so the row before means the same in both. */
  readonly rowsBefore: boolean;
  readonly libraries: Readonly<Record<string, string>>;
  /** Pictures of the rows; null where there are none that a template can read. */
  readonly pictures: Pictures | null;
  /** Why `form` is `other`: one sentence for the person. */
  readonly why: string | null;
}

const rankingMetrics = new Set(['roc_auc', 'average_precision', 'gini_normalized']);
const probabilityMetrics = new Set(['log_loss', 'log_loss_balanced', 'probabilistic_f1', ...rankingMetrics]);
/** A category column with more values than this share of the rows tells single rows apart, not groups. */
const maxCategoryShare = 0.5;

function profileOf(competition: Competition, role: 'train' | 'test'): FileProfile | undefined {
  const path = competition.manifest.files.find((file) => file.role === role)?.path;
  const name = path?.replace(/^data\//, '');
  return competition.profiles.find((profile) => profile.path.replace(/^data\//, '') === name);
}

/** Path as a script in the working folder sees it. */
function dataPath(path: string): string {
  return path.startsWith('data/') ? path : `data/${path}`;
}

function outputOf(manifest: Manifest, label: ColumnProfile | undefined): Output {
  const { task, submission, metric } = manifest;
  if (!label) return 'unsupported';
  if (submission.target.length > 1) return task === 'multiclass' || task === 'binary' ? 'probabilities' : 'unsupported';
  if (task === 'regression') return 'number';
  if (task === 'multilabel') return 'unsupported';
  if (probabilityMetrics.has(metric.name)) return task === 'binary' ? 'probability' : 'unsupported';
  return 'labels';
}

function foldRule(manifest: Manifest, timeColumn: string | undefined): FoldRule {
  if ((manifest.modality === 'time' || manifest.split.by === 'time') && timeColumn) return 'time';
  if (manifest.split.by === 'group' && manifest.split.column) return 'group';
  return manifest.task === 'regression' ? 'plain' : 'stratified';
}

/** Pictures are read pixel by pixel and compared: beyond this many a network is needed. */
const maxPixels = 64 * 64;

interface FoundPictures {
  readonly pictures: Pictures | null;
  /** Why no template can read them. */
  readonly why: string;
}

function picturesOf({ folders = [] }: Competition, libraries: Readonly<Record<string, string>>): FoundPictures {
  const none = (why: string): FoundPictures => ({ pictures: null, why: `${why}; the constant baseline stands.` });
  const folder = folders.find((one) => one.namedBy !== null);
  if (!folder?.namedBy) return none('No column of the training file names the pictures');
  const sizes = folder.pictures.flatMap((picture) => (picture.size ? [picture.size] : []));
  const [first] = sizes;
  if (!first) return none('The size of the pictures is not known');
  const [width, height] = first;
  const pillow = 'PIL' in libraries;
  const same = sizes.every((size) => size[0] === width && size[1] === height) && folder.kinds.every(({ kind }) => kind === 'png');
  if (!same && !pillow) return none('The pictures are not all PNG files of one size, which takes Pillow');
  if (width * height > maxPixels) return none(`The pictures have ${width} × ${height} pixels, for which there is no template yet`);
  return { pictures: { ...folder.namedBy, width, height, pillow }, why: '' };
}

function formOf(
  manifest: Manifest,
  output: Output,
  texts: readonly string[],
  timeColumn: string | undefined,
  found: FoundPictures,
): [TaskForm, string | null] {
  if (output === 'unsupported') {
    return ['other', 'The submission needs several targets at once, for which there is no template yet; the constant baseline stands.'];
  }
  if (manifest.modality === 'image') return found.pictures ? ['image', null] : ['other', found.why];
  if (manifest.modality === 'text' && texts.length > 0 && output !== 'number') return ['text', null];
  if (manifest.modality === 'time' && timeColumn && output === 'number') return ['time', null];
  return ['tabular', null];
}

interface Tables {
  readonly train: FileProfile | undefined;
  readonly test: FileProfile | undefined;
  readonly label: ColumnProfile | undefined;
  /** Columns that both files have and that are neither id nor label. */
  readonly features: readonly ColumnProfile[];
  readonly dates: readonly string[];
}

function readTables(competition: Competition): Tables {
  const train = profileOf(competition, 'train');
  const test = profileOf(competition, 'test');
  const inTest = new Set(test?.columns.map((column) => column.name));
  const { id, target } = competition.manifest.submission;
  const columns = train?.columns ?? [];
  const label =
    columns.find((column) => target.length === 1 && column.name === target[0]) ??
    columns.find((column) => column.role === 'target') ??
    columns.find((column) => !inTest.has(column.name) && !id.includes(column.name));
  const features = columns.filter((column) => inTest.has(column.name) && !id.includes(column.name) && column !== label);
  // The profile says of an id that it is one, not what it looks like.
  const idDates = columns.filter((column) => id.includes(column.name) && looksLikeDates(train, column.name));
  const dates = [...features.filter((column) => column.kind === 'date'), ...idDates];
  return { train, test, label, features, dates: dates.map((column) => column.name) };
}

/** Whether a column holds dates, by the first rows. */
function looksLikeDates(profile: FileProfile | undefined, name: string): boolean {
  const at = profile?.columns.findIndex((column) => column.name === name) ?? -1;
  const cells = (profile?.head ?? []).map((row) => row[at] ?? '');
  return cells.length > 0 && cells.every((cell) => isoDate.test(cell));
}

const missingTables = 'There is no training and test table; only a constant could be submitted.';

function classesOf(manifest: Manifest, output: Output): readonly string[] {
  if (output !== 'probabilities') return [];
  const labels = manifest.metric.params['labels'];
  return Array.isArray(labels) ? labels.map(String) : manifest.submission.target;
}

/** Reads a competition's facts into what the templates need. Never throws: what no template fits is `other`, with the reason. */
export function describeTask(competition: Competition, libraries: Readonly<Record<string, string>>): Task {
  const { manifest } = competition;
  const { train, test, label, features, dates } = readTables(competition);
  const rows = train?.rows ?? 0;
  const named = (kind: ColumnProfile['kind']): string[] => features.filter((column) => column.kind === kind).map((column) => column.name);
  const [numbers, texts] = [named('number'), named('text')];
  const timeColumn = (manifest.split.by === 'time' ? manifest.split.column : undefined) ?? dates[0];
  const folds = foldRule(manifest, timeColumn);
  const complete = train !== undefined && test !== undefined;
  const output = complete ? outputOf(manifest, label) : 'unsupported';
  const found = picturesOf(competition, libraries);
  // Steps and years order rows, but have no seasons.
  const calendar = dates.find((name) => name === timeColumn);
  const [form, why] = complete ? formOf(manifest, output, texts, calendar, found) : (['other', missingTables] as const);
  const foldColumns = { time: timeColumn, group: manifest.split.column, stratified: undefined, plain: undefined };
  return {
    title: manifest.title,
    form,
    output,
    direction: competition.direction,
    metric: manifest.metric.name,
    metricParams: manifest.metric.params,
    metricLabel: competition.metricLabel,
    train: dataPath(train?.path ?? 'train.csv'),
    test: dataPath(test?.path ?? 'test.csv'),
    submissionFile: manifest.submission.file,
    id: manifest.submission.id,
    targets: manifest.submission.target,
    label: label?.name ?? manifest.submission.target[0] ?? 'target',
    classes: classesOf(manifest, output),
    numbers,
    categories: features
      .filter((column) => column.kind === 'category' && column.unique > 1 && column.unique <= maxCategoryShare * rows)
      .map((column) => column.name),
    texts,
    shortTexts: shortTexts(train, texts),
    dates,
    folds,
    foldColumn: foldColumns[folds] ?? null,
    rows,
    labelRange: label?.range ?? null,
    missing: [...features, ...(test?.columns ?? [])].some((column) => column.missing > 0),
    earlier: earlierColumns(numbers),
    rowsBefore: sameCadence(train, test, timeColumn),
    libraries,
    pictures: found.pictures,
    why,
  };
}

/** All text columns but the one with the longest texts in the first rows. */
function shortTexts(train: FileProfile | undefined, texts: readonly string[]): string[] {
  const lengthOf = (name: string): number => {
    const at = train?.columns.findIndex((column) => column.name === name) ?? -1;
    return (train?.head ?? []).reduce((sum, row) => sum + (row[at]?.length ?? 0), 0);
  };
  return [...texts].sort((a, b) => lengthOf(a) - lengthOf(b)).slice(0, -1);
}

function earlierColumns(numbers: readonly string[]): [string, string][] {
  return numbers.flatMap((now): [string, string][] =>
    numbers.filter((name) => ['previous', 'prev', 'last', 'lag1', 'lag'].some((word) => name === `${word}_${now}` || name === `${now}_${word}`)).map((before) => [now, before]),
  );
}

/** Days between the first rows, sorted; null when the head shows fewer than two dates. */
function headGap(profile: FileProfile | undefined, column: string | undefined): number | null {
  const at = profile?.columns.findIndex((candidate) => candidate.name === column) ?? -1;
  const times = (profile?.head ?? []).flatMap((row) => {
    const time = Date.parse(row[at] ?? '');
    return Number.isNaN(time) ? [] : [time];
  });
  times.sort((a, b) => a - b);
  const first = times[0];
  const last = times.at(-1);
  return first === undefined || last === undefined || times.length < 2 ? null : (last - first) / (times.length - 1);
}

function sameCadence(train: FileProfile | undefined, test: FileProfile | undefined, column: string | undefined): boolean {
  const [a, b] = [headGap(train, column), headGap(test, column)];
  return a !== null && b !== null && a > 0 && b > 0 && Math.max(a, b) / Math.min(a, b) < 1.5;
}

/** True when only the order of predictions counts, so that their scale is free. */
export function isRanking(task: Task): boolean {
  return rankingMetrics.has(task.metric);
}
