import { resolve } from 'node:path';
import type { Command } from 'commander';
import * as z from 'zod';
import { proposeAll } from '../../../core/competition/import/own/proposals';
import type { CutBy } from '../../../core/competition/import/own/cut';
import { metricTitle } from '../../../core/competition/import/own/propose';
import { CancelledError } from '../../../core/errors';
import { MetricError } from '../../../core/grading/describe';
import { CompetitionError } from '../../../node/competitions/competitionError';
import { ImportError } from '../../../node/importers/importError';
import { importOwn, type OwnRequest, type OwnResult } from '../../../node/importers/own/importOwn';
import { readOwnFolder, type OwnFolder } from '../../../node/importers/own/ownFolder';
import { podiumHome } from '../../../node/storage/podiumHome';
import { untilInterrupted } from '../../interrupt';
import { formatTable, reportError, showProgress, writeJson, writeLine } from '../../output';
import { UsageError } from '../../usage';

interface CsvFlags {
  readonly id?: string;
  readonly newId?: string;
  readonly target?: string;
  readonly metric?: string;
  readonly params?: string;
  readonly answers?: string;
  readonly time?: string;
  readonly group?: string;
  readonly image?: string;
  readonly testShare: string;
  readonly publicShare: string;
  readonly seed: string;
  readonly title?: string;
  readonly starter?: string;
  readonly out?: string;
  readonly json?: boolean;
}

/** `podium import csv <folder>`: a person's own data as a competition. */
export function registerCsv(parent: Command): void {
  parent
    .command('csv')
    .description('your own data: train.csv, with test.csv and answers or alone; without --id and --target it says what they could be')
    .argument('<folder>', 'folder with train.csv (test.csv, sample_submission.csv, description.md, pictures, other files), or one table')
    .option('--id <columns>', 'columns that tell rows apart, separated by commas')
    .option('--new-id <column>', 'number the rows in a new column of this name, where nothing tells them apart')
    .option('--target <columns>', 'columns of train.csv to predict, separated by commas')
    .option('--metric <name>', 'proposed when left out')
    .option('--params <json>', 'parameters of the metric')
    .option('--answers <file>', 'answers to the rows of test.csv; without them a test set is cut from train.csv')
    .option('--time <column>', 'the latest rows by this column are the test set')
    .option('--group <column>', 'rows with one value of this column stay together')
    .option('--image <column>', 'column that names pictures in the folder or in a zip there; found when left out')
    .option('--test-share <share>', 'share of the rows that are cut for the test', '0.2')
    .option('--public-share <share>', 'share of the test rows whose score players see', '0.5')
    .option('--seed <number>', 'seed of every draw', '0')
    .option('--title <text>', 'title of the competition; from the name of its folder when left out')
    .option('--starter <file>', 'your script or notebook, which the competition begins from')
    .option('--out <folder>', 'folder of the new competition')
    .option('--json', 'print one JSON object')
    .action(importCsv);
}

async function importCsv(folder: string, flags: CsvFlags): Promise<void> {
  const json = flags.json ?? false;
  try {
    const asked = readFlags(flags);
    showProgress('reading the data');
    const own = await readOwnFolder(resolve(folder));
    if (!isComplete(asked)) throw incomplete(own, asked);
    const { out, ...request } = asked;
    const result = await untilInterrupted((signal) => importOwn(own, resolve(out), request, { home: podiumHome(), signal, progress: showProgress }));
    showProgress('');
    if (json) writeJson(result);
    else print(result);
  } catch (error) {
    showProgress('');
    const usage = error instanceof UsageError || ImportError.is(error) || MetricError.is(error) || CompetitionError.is(error, 'exists');
    reportError(error, json, usage && !CancelledError.is(error) ? 2 : 1);
  }
}

type Asked = Omit<OwnRequest, 'id' | 'target'> & { readonly id?: readonly string[]; readonly target?: readonly string[]; readonly out?: string };
type Complete = OwnRequest & { readonly out: string };

const isComplete = (asked: Asked): asked is Complete => asked.id !== undefined && asked.target !== undefined && asked.out !== undefined;

/** Names may hold commas when they are quoted as in CSV. */
function namesOf(text: string): string[] {
  return [...text.matchAll(/"((?:[^"]|"")*)"|[^,]+/g)].map(([whole, quoted]) => (quoted === undefined ? whole.trim() : quoted.replaceAll('""', '"'))).filter((name) => name !== '');
}

function readFlags(flags: CsvFlags): Asked {
  const { id, newId, target, metric, params, time, group } = flags;
  if (id !== undefined && newId !== undefined) throw new UsageError('--id and --new-id exclude each other.', 'Leave one out.');
  if (time !== undefined && group !== undefined) throw new UsageError('--time and --group exclude each other.', 'Leave one out.');
  if (params !== undefined && metric === undefined) throw new UsageError('--params belongs to --metric.', 'Name the metric too.');
  const seed = Number(flags.seed);
  if (!Number.isSafeInteger(seed)) throw new UsageError(`--seed takes a whole number, not "${flags.seed}".`);
  const by: CutBy = time !== undefined ? { kind: 'time', column: time } : group !== undefined ? { kind: 'group', column: group } : { kind: 'row' };
  const ids = newId === undefined ? (id === undefined ? undefined : namesOf(id)) : [newId];
  return {
    ...(ids === undefined ? {} : { id: ids }),
    newId: newId !== undefined,
    ...(target === undefined ? {} : { target: namesOf(target) }),
    ...(metric === undefined ? {} : { metric: { name: metric, params: paramsOf(params) } }),
    answers: flags.answers,
    by,
    image: flags.image,
    testShare: shareOf('test-share', flags.testShare, false),
    publicShare: shareOf('public-share', flags.publicShare, true),
    seed,
    title: flags.title,
    starter: flags.starter === undefined ? undefined : resolve(flags.starter),
    ...(flags.out === undefined ? {} : { out: flags.out }),
  };
}

function shareOf(name: string, text: string, whole: boolean): number {
  const share = Number(text);
  if (!(share > 0 && (share < 1 || (whole && share === 1)))) throw new UsageError(`--${name} takes a number above 0 and ${whole ? 'at most' : 'below'} 1, not "${text}".`);
  return share;
}

function paramsOf(text = '{}'): Record<string, z.core.util.JSONType> {
  try {
    return z.record(z.string(), z.json()).parse(JSON.parse(text));
  } catch (error) {
    throw new UsageError(`--params takes a JSON object, not ${text}.`, error instanceof SyntaxError ? error.message : undefined);
  }
}

/** What is missing, with what would be proposed for it. */
function incomplete({ train, test, sample }: OwnFolder, asked: Asked): UsageError {
  const { id, target, metric, split } = proposeAll({ train: train.table, test: test?.table ?? null, sample: sample?.table ?? null }, asked);
  const missing = [asked.id === undefined ? '--id' : '', asked.target === undefined ? '--target' : '', asked.out === undefined ? '--out' : ''].filter(Boolean);
  const proposals = [
    ...(asked.id === undefined ? [`${id.value === null ? '--new-id id' : `--id ${shown(id.value)}`}  ${id.reason}${doubt(id.sure)}`] : []),
    ...(asked.target === undefined ? [target.value.length === 0 ? target.reason : `--target ${shown(target.value)}  ${target.reason}${doubt(target.sure)}`] : []),
    ...(asked.metric === undefined && (asked.target ?? target.value).length > 0 ? [`--metric ${metric.value.name}  ${metricTitle(metric.value)}: ${metric.reason}`] : []),
    ...(asked.by.kind === 'row' && split.value.kind !== 'row' ? [`--${split.value.kind} ${shown([split.value.column])}  ${split.reason}${doubt(split.sure)}`] : []),
  ];
  return new UsageError(`${missing.join(' and ')} ${missing.length === 1 ? 'is' : 'are'} missing.`, `Proposed:\n  ${proposals.join('\n  ')}`);
}

const doubt = (sure: boolean): string => (sure ? '' : ' This is a guess.');
const shown = (names: readonly string[]): string => names.map((name) => (/[\s,"']/.test(name) ? `'${name}'` : name)).join(',');

function print({ competition, findings }: OwnResult): void {
  writeLine(`Made ${competition}`);
  if (findings.length > 0) writeLine(formatTable(findings.map(({ severity, message, fix }) => [`  ${severity}`, `${message} ${fix}`])));
  writeLine(`Play it with: podium run ${competition} --agent offline`);
}
