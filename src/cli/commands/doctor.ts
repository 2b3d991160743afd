import { join } from 'node:path';
import type { Command } from 'commander';
import { findAssets } from '../../node/assets';
import { CompetitionError } from '../../node/competitions/competitionError';
import { CompetitionLibrary } from '../../node/competitions/library';
import { checkMachine } from '../../node/doctor/machineChecks';
import { defaultBaseUrl, normalBaseUrl } from '../../core/agent/model/presets';
import type { Check } from '../../node/doctor/runtimeChecks';
import { runtimesOf } from '../../node/runner/compose';
import { podiumHome } from '../../node/storage/podiumHome';
import { untilInterrupted } from '../interrupt';
import { formatTable, reportError, writeJson, writeLine } from '../output';
import { UsageError } from '../usage';
import { checkCompetition } from './checkCompetition';

const marks = { ok: 'ok', warn: 'note', fail: 'BAD' } as const;

/** `podium doctor`: what this machine can do, and what is missing. Exit 1 when no run can be started. */
export function registerDoctor(program: Command): void {
  program
    .command('doctor')
    .description('look whether runs can be started on this machine')
    .option('--make-python', 'before that, make a Python environment with scikit-learn and pandas for the local sandbox (downloads them)')
    .option('--model <name>', 'look whether this model can be asked, in place of the machine: sends it a few short requests')
    .option('--base-url <url>', 'where the model is asked: a URL or a name as for `run`; default: OPENAI_BASE_URL. The key comes from OPENAI_API_KEY')
    .option('--competition <id or folder>', 'look whether a competition is sound, in place of the machine: files, leaks, board, columns; exit 1 when it is not')
    .option('--json', 'print one JSON object')
    .action(async ({ json = false, makePython = false, model, baseUrl, competition }: DoctorOptions) => {
      try {
        if (model === undefined && baseUrl !== undefined) throw new UsageError('--base-url needs --model.');
        if (competition !== undefined) {
          if (model !== undefined) throw new UsageError('--competition and --model look at different things.', 'Give one of them.');
          return await checkCompetition(competition, json);
        }
        if (makePython) await makePythonEnvironment();
        const checks = model === undefined ? await allChecks() : await modelChecks(model, baseUrl);
        const ready = checks.every((check) => check.state !== 'fail');
        if (json) writeJson({ ready, checks });
        else writeLine(formatTable(checks.map((check) => [marks[check.state], check.title, check.nextStep ? `${check.detail} ${check.nextStep}` : check.detail])));
        process.exitCode = ready ? 0 : 1;
      } catch (error) {
        reportError(error, json, UsageError.is(error) || CompetitionError.is(error, 'not_found') ? 2 : 1);
      }
    });
}

interface DoctorOptions {
  readonly json?: boolean;
  readonly makePython?: boolean;
  readonly model?: string;
  readonly baseUrl?: string;
  readonly competition?: string;
}

/** The checks of a model; Ctrl-C gives them up. @throws UsageError when the address is none */
async function modelChecks(name: string, baseUrl: string | undefined): Promise<Check[]> {
  const url = normalBaseUrl(baseUrl ?? (process.env.OPENAI_BASE_URL || defaultBaseUrl));
  if (!url.ok) throw new UsageError(url.message, url.hint);
  const { testConnection } = await import('../../node/models/testConnection');
  return await untilInterrupted((signal) => testConnection({ name, baseUrl: url.url, key: process.env.OPENAI_API_KEY || undefined }, { signal }));
}

/** Progress goes to stderr, line by line; Ctrl-C gives it up and leaves nothing behind. */
async function makePythonEnvironment(): Promise<void> {
  const { local } = runtimesOf(findAssets(), podiumHome(), () => undefined);
  await untilInterrupted((signal) => local.makeEnvironment((line) => process.stderr.write(`${line}\n`), signal));
}

function allChecks(): Promise<Check[]> {
  const assets = findAssets();
  const home = podiumHome();
  const library = new CompetitionLibrary({ bundledFolder: join(assets.media, 'competitions'), home });
  return checkMachine({ runtimes: runtimesOf(assets, home, () => undefined), image: 'cpu', home, competitions: () => library.list() });
}
