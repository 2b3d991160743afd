import { createInterface } from 'node:readline';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { CompetitionLibrary } from '../../node/competitions/library';
import { Runs } from '../../node/runner/runs';
import { podiumHome } from '../../node/storage/podiumHome';
import { reportError } from '../output';
import { bundledFolder } from '../packageRoot';
import { GymDoor, type PreparedRun, type ResetOptions } from '../serve/gymDoor';
import { parseBudgets, parseChoice, parseWhole, UsageError } from '../usage';
import { version } from '../version';

interface ServeOptions {
  readonly stdio?: boolean;
  readonly competition?: string;
  readonly runtime: string;
  readonly budget: string[];
  readonly maxAttempts?: string;
  readonly seed: string;
  readonly workspace: string;
  readonly allowUnisolated?: boolean;
}

/** `podium serve --stdio`: the action table for a trainer, as JSON lines. stdout carries nothing else. */
export function registerServe(program: Command): void {
  program
    .command('serve')
    .description('play from another program: reset, step and close as JSON lines')
    .option('--stdio', 'over stdin and stdout')
    .option('--competition <id>', 'competition that reset begins when it names none')
    .option('--runtime <kind>', 'auto, docker or local', 'auto')
    .option('--budget <amount>', 'limit of each run; may be repeated', (value: string, before: string[]) => [...before, value], [])
    .option('--max-attempts <n>', 'limit of each run')
    .option('--seed <n>', 'seed of a run that reset gives none', '0')
    .option('--workspace <dir>', 'folder that runs are written to', '.')
    .option('--allow-unisolated', 'run although nothing isolates the code')
    .action(async (options: ServeOptions) => {
      try {
        if (!options.stdio) throw new UsageError('serve needs --stdio.');
        await serve(options);
      } catch (error) {
        reportError(error, false, UsageError.is(error) ? 2 : 1);
      }
    });
}

async function serve(options: ServeOptions): Promise<void> {
  const home = podiumHome();
  const library = new CompetitionLibrary({ bundledFolder: bundledFolder(), home, workspace: options.workspace });
  const runs = new Runs({ workspace: resolve(options.workspace), home, version: version() });
  const defaults = {
    runtime: parseChoice('runtime', options.runtime, ['auto', 'docker', 'local']),
    seed: parseWhole('seed', options.seed, 0),
    attempts: options.maxAttempts === undefined ? undefined : parseWhole('max-attempts', options.maxAttempts, 1),
  };
  parseBudgets(options.budget);
  const prepare = async (reset: ResetOptions): Promise<PreparedRun> => {
    const wanted = reset.competition ?? options.competition;
    if (wanted === undefined) throw new UsageError('No competition is named.', 'Give {"options": {"competition": …}} with reset, or --competition.');
    const competition = await library.load(wanted);
    const attempts = reset.max_attempts ?? defaults.attempts;
    const { runId, folder } = await runs.create({
      competition,
      agent: 'external',
      seed: reset.seed ?? defaults.seed,
      runtime: reset.runtime ?? defaults.runtime,
      allowUnisolated: options.allowUnisolated ?? false,
      limits: { ...parseBudgets(reset.budget ?? options.budget), ...(attempts === undefined ? {} : { attempts }) },
    });
    return { runId, folder, competition: competition.manifest.id, direction: competition.direction };
  };
  const log = (line: string): void => void process.stderr.write(`${line}\n`);
  const door = new GymDoor({ prepare, home, log });
  const lines = createInterface({ input: process.stdin, crlfDelay: Infinity });
  // A trainer that stops its child ends the run under way with it.
  const stop = (): void => lines.close();
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  try {
    for await (const line of lines) {
      if (line.trim() === '') continue;
      const answer = await door.answer(line);
      process.stdout.write(`${answer.line}\n`);
      if (answer.close) break;
    }
  } finally {
    process.off('SIGTERM', stop);
    process.off('SIGINT', stop);
    await door.close();
  }
}
