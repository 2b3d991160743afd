import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import * as z from 'zod';
import type { CutBy } from '../../../core/competition/import/own/cut';
import { metricLabel } from '../../../core/grading/describe';
import { findAssets } from '../../../node/assets';
import { readCatalogue } from '../../../node/competitions/catalogueFile';
import { importedFolderName } from '../../../node/competitions/importedFolders';
import { importKaggle, lookAtKaggle, type KaggleOffer } from '../../../node/importers/kaggle';
import { competitionSlug } from '../../../node/kaggle/slug';
import { bytesWords } from '../../../node/storage/diskTrouble';
import { podiumHome } from '../../../node/storage/podiumHome';
import { writeJson, writeLine } from '../../output';
import { parseWhole, UsageError } from '../../usage';
import { kaggleCommand, progressLines, tell, withKaggle, type KaggleFlags } from '../kaggle/door';

interface ImportFlags extends KaggleFlags {
  readonly out?: string;
  readonly id?: string;
  readonly target?: string;
  readonly metric?: string;
  readonly params?: string;
  readonly cut?: string;
  readonly testShare: string;
  readonly publicShare: string;
  readonly seed: string;
  readonly link?: boolean;
}

/** `podium import kaggle`: a pasted address is enough. */
export function registerImportKaggle(importing: Command): void {
  kaggleCommand(importing, 'kaggle <competition>', "a competition of Kaggle by its address or name: data, metric, and a local test set cut from the training data")
    .option('--out <dir>', `competition folder that is made (default: ${importedFolderName}/<name>)`)
    .option('--id <columns>', 'columns that name the rows, with commas')
    .option('--target <columns>', 'columns of the training data to predict, with commas')
    .option('--metric <name>', "metric of Podium in place of Kaggle's")
    .option('--params <json>', 'parameters of the metric')
    .option('--cut <how>', 'how the test set is cut: row, group:<column>, time:<column>')
    .option('--test-share <share>', 'share of the training rows that become the local test set', '0.2')
    .option('--public-share <share>', 'share of these whose score players see', '0.3')
    .option('--seed <n>', 'seed that draws them', '0')
    .option('--link', 'link data files instead of copying them')
    .action((competition: string, flags: ImportFlags) => withKaggle(flags, async ({ api, signal, json }) => {
      const options = readFlags(flags);
      const offer = await lookAtKaggle(api, competitionSlug(competition), { signal });
      tell(offerWords(offer));
      const done = await importKaggle(api, offer, {
        ...options,
        home: podiumHome(),
        out: resolve(flags.out ?? join(importedFolderName, offer.slug)),
        catalogue: await readCatalogue(findAssets().media),
        step: (text) => tell(`${text} …`),
        progress: progressLines(),
        signal,
      });
      if (json) return writeJson(done);
      writeLine(`${done.title} is in ${done.competition}, scored by ${metricLabel(done.metric.name, done.metric.params)}.`);
      writeLine(done.cut);
      for (const { severity, message, fix } of done.findings) writeLine(`${severity}: ${message} ${fix}`);
      writeLine(`Play it: podium run ${done.competition}`);
    }));
}

/** What is told before anything is downloaded. */
function offerWords({ competition, totalBytes, files, rulesUrl, limits }: KaggleOffer): string {
  const size = files ? `${files.length} files, ${bytesWords(totalBytes ?? 0)}` : `data behind its rules (${rulesUrl})`;
  const left = limits ? ` ${limits.allowedNow} submissions are left today.` : '';
  const kind = competition.isKernelsSubmissionsOnly ? ' It takes notebooks, not files: local scores work, submissions are versions of a notebook.' : '';
  return `${competition.title}: ${competition.evaluationMetric || 'metric unknown'}, until ${competition.deadline.slice(0, 10) || 'an unknown day'}, ${size}.${left}${kind}`;
}

function readFlags({ id, target, metric, params, cut, testShare, publicShare, seed, link }: ImportFlags): Pick<Parameters<typeof importKaggle>[2], 'id' | 'truth' | 'metric' | 'by' | 'testShare' | 'publicShare' | 'seed' | 'link'> {
  if (params !== undefined && metric === undefined) throw new UsageError('--params are those of --metric.', 'Give --metric too.');
  return {
    ...(id === undefined ? {} : { id: id.split(',') }),
    ...(target === undefined ? {} : { truth: target.split(',') }),
    ...(metric === undefined ? {} : { metric: { name: metric, params: paramsOf(params) } }),
    ...(cut === undefined ? {} : { by: cutOf(cut) }),
    testShare: shareOf('test-share', testShare, false),
    publicShare: shareOf('public-share', publicShare, true),
    seed: parseWhole('seed', seed, 0),
    ...(link ? { link } : {}),
  };
}

function paramsOf(text: string | undefined): Record<string, string | number> {
  if (text === undefined) return {};
  try {
    return z.record(z.string(), z.union([z.string(), z.number()])).parse(JSON.parse(text));
  } catch {
    throw new UsageError(`--params takes a JSON object of texts and numbers, not ${text}.`);
  }
}

function cutOf(text: string): CutBy {
  if (text === 'row') return { kind: 'row' };
  const [, kind, column] = /^(group|time):(.+)$/.exec(text) ?? [];
  if (column !== undefined && (kind === 'group' || kind === 'time')) return { kind, column };
  throw new UsageError(`--cut takes row, group:<column> or time:<column>, not "${text}".`);
}

function shareOf(name: string, text: string, whole: boolean): number {
  const share = Number(text);
  if (!(share > 0 && (whole ? share <= 1 : share < 1))) throw new UsageError(`--${name} takes a number above 0 and ${whole ? 'at most' : 'below'} 1, not "${text}".`);
  return share;
}
