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
    .option('--make-python', 'before that, make a Python environment with scikit-learn and pandas for the local sandbox (downloads them)')
    .option('--json', 'print one JSON object')
    .action(async ({ json = false, makePython = false }: { json?: boolean; makePython?: boolean }) => {
      try {
        if (makePython) await makePythonEnvironment();
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

/** Progress goes to stderr, line by line; Ctrl-C gives it up and leaves nothing behind. */
async function makePythonEnvironment(): Promise<void> {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  process.once('SIGINT', abort);
  process.once('SIGTERM', abort);
  try {
    const { local } = runtimesOf(findAssets(), podiumHome(), () => undefined);
    await local.makeEnvironment((line) => process.stderr.write(`${line}\n`), controller.signal);
  } finally {
    process.off('SIGINT', abort);
    process.off('SIGTERM', abort);
  }
}

function allChecks(): Promise<Check[]> {
  const assets = findAssets();
  const home = podiumHome();
  const library = new CompetitionLibrary({ bundledFolder: join(assets.media, 'competitions'), home });
  return checkMachine({ runtimes: runtimesOf(assets, home, () => undefined), image: 'cpu', home, competitions: () => library.list() });
}
