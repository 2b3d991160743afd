import { join } from 'node:path';
import type { Command } from 'commander';
import { findAssets } from '../../node/assets';
import { CompetitionLibrary } from '../../node/competitions/library';
import { checkMachine } from '../../node/doctor/machineChecks';
import type { Check } from '../../node/doctor/runtimeChecks';
import { runtimesOf } from '../../node/runner/compose';
import { podiumHome } from '../../node/storage/podiumHome';
import { formatTable, reportError, writeJson, writeLine } from '../output';

const marks = { ok: 'ok', warn: 'note', fail: 'BAD' } as const;

/** `podium doctor`: what this machine can do, and what is missing. Exit 1 when no run can be started. */
export function registerDoctor(program: Command): void {
  program
    .command('doctor')
    .description('look whether runs can be started on this machine')
    .option('--json', 'print one JSON object')
    .action(async ({ json = false }: { json?: boolean }) => {
      try {
        const checks = await allChecks();
        const ready = checks.every((check) => check.state !== 'fail');
        if (json) writeJson({ ready, checks });
        else writeLine(formatTable(checks.map((check) => [marks[check.state], check.title, check.nextStep ? `${check.detail} ${check.nextStep}` : check.detail])));
        process.exitCode = ready ? 0 : 1;
      } catch (error) {
        reportError(error, json);
      }
    });
}

function allChecks(): Promise<Check[]> {
  const assets = findAssets();
  const home = podiumHome();
  const library = new CompetitionLibrary({ bundledFolder: join(assets.media, 'competitions'), home });
  return checkMachine({ runtimes: runtimesOf(assets, home, () => undefined), image: 'cpu', home, competitions: () => library.list() });
}
