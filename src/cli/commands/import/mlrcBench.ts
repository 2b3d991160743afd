import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { MlrcImport } from '../../../core/competition/import/mlrc';
import { counted } from '../../../core/environment/outputText';
import { findAssets } from '../../../node/assets';
import { readCatalogue } from '../../../node/competitions/catalogueFile';
import { ImportError } from '../../../node/importers/importError';
import { importMlrcBench } from '../../../node/importers/mlrcBench';
import { podiumHome } from '../../../node/storage/podiumHome';
import { untilInterrupted } from '../../interrupt';
import { formatTable, reportError, writeJson, writeLine } from '../../output';

interface Flags {
  readonly out?: string;
  readonly only?: string[];
  readonly json?: boolean;
}

/** `podium import mlrc-bench <checkout>`: exit 1 when a task that should have been imported was not. */
export function registerMlrcBench(parent: Command): void {
  parent
    .command('mlrc-bench')
    .description('a checkout of MLRC-Bench: report on its seven tasks, and make competition folders: dev phase for players, hidden test phase after the run')
    .argument('<checkout>', 'folder of the checkout')
    .option('--out <folder>', 'where competition folders are made; nothing is written without it')
    .option('--only <id...>', 'these tasks only')
    .option('--json', 'print one JSON object')
    .action(async (checkout: string, { out, only, json = false }: Flags) => {
      try {
        const options = { home: podiumHome(), ...(out === undefined ? {} : { out: resolve(out) }), ...(only === undefined ? {} : { only: only.flatMap((ids) => ids.split(',')) }) };
        const catalogue = await readCatalogue(findAssets().media);
        const report = await untilInterrupted((signal) => importMlrcBench(resolve(checkout), catalogue, { ...options, signal }));
        if (json) writeJson(report);
        else print(report, out !== undefined);
        if (report.summary.failed > 0) process.exitCode = 1;
      } catch (error) {
        reportError(error, json, ImportError.is(error) ? 2 : 1);
      }
    });
}

function print({ definitions, summary }: MlrcImport, wrote: boolean): void {
  const rows = definitions.map(({ id, phases, dataFiles, baseline, human, findings, competition }) => [
    id,
    [phases.dev ? 'dev' : '', phases.test ? 'test' : ''].filter(Boolean).join(' + ') || 'none',
    String(dataFiles),
    baseline === null || human === null ? 'unknown' : `${baseline} to ${human}`,
    `${competition === null ? '' : `→ ${competition}  `}${[...new Set(findings.filter(({ severity }) => severity !== 'info').map(({ code }) => code))].join(' ')}`,
  ]);
  writeLine(formatTable([['TASK', 'PHASES', 'DATA FILES', 'BASELINE TO HUMAN', 'FINDINGS'], ...rows], new Set([2])));
  writeLine(`\n${counted(summary.definitions, 'task')}: ${summary.dev} with a dev phase, ${summary.test} with a test phase, ${summary.imported} imported, ${summary.failed} failed.`);
  if (definitions.length <= 3 || summary.failed > 0) {
    for (const { id, findings, status } of definitions) {
      for (const { severity, message, fix } of definitions.length <= 3 || status === 'failed' ? findings : []) writeLine(`${id}: ${severity}: ${message} ${fix}`);
    }
  }
  if (!wrote) writeLine('Give --out <folder> to import. --json tells everything of each task.');
}
