import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { DefinitionReport, ImportReport } from '../../../core/competition/import/report';
import type { Catalogue } from '../../../core/competition/catalogue';
import { findAssets } from '../../../node/assets';
import { readCatalogue } from '../../../node/competitions/catalogueFile';
import { checkFolder } from '../../../node/competitions/checkFolder';
import { ImportError } from '../../../node/importers/importError';
import type { ImportOptions } from '../../../node/importers/options';
import { podiumHome } from '../../../node/storage/podiumHome';
import { untilInterrupted } from '../../interrupt';
import { formatTable, reportError, showProgress, writeJson, writeLine } from '../../output';
import { parseChoice, UsageError } from '../../usage';

/** What the subcommands for benchmarks have in common: options, report, exit codes. */

export interface BenchmarkFlags {
  readonly data?: string;
  readonly out?: string;
  readonly only?: string[];
  readonly publicShare?: string;
  readonly seed?: string;
  readonly grader?: string;
  readonly link?: boolean;
  readonly json?: boolean;
}

export function benchmarkCommand(parent: Command, name: string, what: string): Command {
  return parent
    .command(name)
    .description(`${what}: report on every definition, and make competition folders where the data is prepared`)
    .argument('<checkout>', 'folder of the checkout')
    .option('--data <folder>', 'prepared data, one folder per competition')
    .option('--out <folder>', 'where competition folders are made; nothing is written without it')
    .option('--only <id...>', 'these definitions only')
    .option('--public-share <share>', 'share of the test rows whose score players see (default 0.3)')
    .option('--seed <number>', 'seed that draws these rows (default 0)')
    .option('--grader <kind>', "native (default) or python: the benchmark's own grader, in a sandbox of its own")
    .option('--link', 'link data files instead of copying them')
    .option('--json', 'print one JSON object');
}

type Importer = (checkout: string, catalogue: Catalogue, options: ImportOptions) => Promise<ImportReport>;

/** Exit 1 when something that should have been imported was not; 2 for wrong usage. Ctrl-C leaves no half folder. */
export async function runBenchmarkImport(importer: Importer, checkout: string, flags: BenchmarkFlags): Promise<void> {
  const json = flags.json ?? false;
  try {
    const options = { ...readFlags(flags), progress: showProgress };
    const catalogue = await readCatalogue(findAssets().media);
    const report = await untilInterrupted((signal) => importer(checkout, catalogue, { ...options, signal }));
    showProgress('');
    if (json) writeJson(report);
    else printReport(report, flags);
    if (report.summary.failed > 0) process.exitCode = 1;
  } catch (error) {
    showProgress('');
    reportError(error, json, error instanceof UsageError || ImportError.is(error) ? 2 : 1);
  }
}

function readFlags({ data, out, only, publicShare = '0.3', seed = '0', grader = 'native', link }: BenchmarkFlags): ImportOptions {
  const share = Number(publicShare);
  if (!(share > 0 && share <= 1)) throw new UsageError(`--public-share takes a number above 0 and at most 1, not "${publicShare}".`);
  if (!Number.isSafeInteger(Number(seed))) throw new UsageError(`--seed takes a whole number, not "${seed}".`);
  const home = podiumHome();
  if (out !== undefined && data === undefined) throw new UsageError('--out needs the prepared data.', 'Give --data <folder> beside it.');
  return {
    home,
    check: (folder) => checkFolder(folder, { home, thorough: true }),
    ...(data === undefined ? {} : { data: resolve(data) }),
    ...(out === undefined ? {} : { out: resolve(out) }),
    ...(only === undefined ? {} : { only: only.flatMap((ids) => ids.split(',')) }),
    split: { seed: Number(seed), publicShare: share },
    grader: parseChoice('grader', grader, ['native', 'python']),
    ...(link === undefined ? {} : { link }),
  };
}

function printReport(report: ImportReport, flags: BenchmarkFlags): void {
  const rows = report.definitions.map((definition) => [definition.id, scoredBy(definition), boardsOf(definition), definition.data.state.replace('_', ' '), wordOf(definition)]);
  writeLine(formatTable([['DEFINITION', 'SCORED BY', 'BOARDS', 'DATA', 'FINDINGS'], ...rows]));
  const { summary } = report;
  writeLine(`\n${summary.definitions} definitions: ${summary.native} with a native metric, ${summary.withData} with data, ${summary.imported} imported, ${summary.failed} failed.`);
  // A few are told in full; for all of them the JSON is the place.
  for (const definition of report.definitions) printFindings(definition, report.definitions.length <= 3);
  if (flags.data === undefined) writeLine('Give --data <folder> with the prepared data, and --out <folder>, to import. --json tells everything of each definition.');
}

function scoredBy({ grading }: DefinitionReport): string {
  if (grading.used === 'python') return `${grading.python?.name ?? ''} (Python)`;
  return grading.native?.metric ?? 'its own grader';
}

const boardsOf = ({ boards }: DefinitionReport): string => boards.map(({ entries, usable }) => (usable ? String(entries) : `${entries} unusable`)).join(' + ') || 'none';

function wordOf({ findings, competition }: DefinitionReport): string {
  const codes = [...new Set(findings.map(({ code }) => code))].join(' ');
  return competition === null ? codes : `→ ${competition}  ${codes}`;
}

function printFindings({ id, findings, status, data }: DefinitionReport, all: boolean): void {
  const shown = all ? findings : status === 'definition' ? [] : findings.filter(({ severity }) => severity === 'error');
  for (const { severity, message, fix } of shown) writeLine(`${id}: ${severity}: ${message}${fix ? ` ${fix}` : ''}`);
  if (all && data.how) writeLine(`${id}: data: ${data.how}`);
}
