import { resolve } from 'node:path';
import type { Command } from 'commander';
import { editorModelOf, isModel } from '../../core/agent/agentName';
import { defaultVisibility, visibilitySchema } from '../../core/environment/visibility';
import type { RunConfig } from '../../core/run/events';
import { hasEnded } from '../../core/run/fold';
import { parseGpuChoice } from '../../core/runtime/gpu';
import { CompetitionError } from '../../node/competitions/competitionError';
import { CompetitionLibrary } from '../../node/competitions/library';
import { holdRun } from '../../node/runner/hold';
import { Runs } from '../../node/runner/runs';
import { RunnerError } from '../../node/runner/runnerError';
import { checkModel } from '../../node/runner/runModel';
import type { RunSession } from '../../node/runner/session';
import { podiumHome } from '../../node/storage/podiumHome';
import { StorageError } from '../../node/storage/storageError';
import { reportError, tell, writeJson, writeLine, type ExitCode } from '../output';
import { bundledFolder } from '../packageRoot';
import { progressLine } from '../progress';
import { runReport, scoreboard, spendText, testLines } from '../runReport';
import { parseBudgets, parseChoice, parseWhole, UsageError } from '../usage';
import { version } from '../version';

interface RunOptions {
  readonly agent: string;
  readonly baseUrl?: string;
  readonly maxSteps?: string;
  readonly preset?: string;
  readonly runtime: string;
  readonly image?: string;
  readonly gpu: string;
  readonly budget: string[];
  readonly maxAttempts?: string;
  readonly seed: string;
  readonly workspace: string;
  readonly edits: string;
  readonly visibility: string;
  readonly callsPerRun?: string;
  readonly callsPerDay?: string;
  readonly allowUnisolated?: boolean;
  readonly allowNetwork?: boolean;
  readonly allowInstalls?: boolean;
  readonly json?: boolean;
}

/** How an agent may be told to search; the offline agent and the person have one way each. */
const presetsOf = (agent: string): readonly string[] => [agent];

const collect = (value: string, before: string[]): string[] => [...before, value];

/** `podium run`: plays a competition in this process; windows can attach meanwhile. */
export function registerRun(program: Command): void {
  program
    .command('run')
    .description('play a competition')
    .argument('<competition>', 'id of a bundled or imported competition, or a competition folder')
    .option('--agent <name>', 'offline (needs no key), human, or the name of a model', 'offline')
    .option('--base-url <url>', 'where the model is asked: a URL, or openai, openrouter, deepseek, vllm, ollama, lmstudio; default: OPENAI_BASE_URL. The key comes from OPENAI_API_KEY')
    .option('--preset <name>', 'how the agent searches')
    .option('--runtime <kind>', 'auto, docker or local', 'auto')
    .option('--image <image>', 'container image in place of the competition\'s')
    .option('--gpu <which>', 'auto, all, none, or ids with commas', 'auto')
    .option('--budget <amount>', 'time, money or tokens: 120s, $2, 200ktok; may be repeated', collect, [])
    .option('--max-attempts <n>', 'end after so many attempts')
    .option('--max-steps <n>', 'end after so many steps of the agent')
    .option('--seed <n>', 'seed of everything random', '0')
    .option('--workspace <dir>', 'folder that the run is written to', '.')
    .option('--edits <mode>', 'auto or review', 'auto')
    .option('--visibility <policy>', 'what is told of public scores: public-always, capped, ladder, hidden-until-end', defaultVisibility)
    .option('--calls-per-run <n>', 'graded calls of the run; default: the competition\'s, 50 where it says nothing')
    .option('--calls-per-day <n>', 'graded calls of a UTC day on the competition, over all runs')
    .option('--allow-unisolated', 'run although nothing isolates the code')
    .option('--allow-network', 'let a model use the network, where the competition has one')
    .option('--allow-installs', 'let a model install packages')
    .option('--json', 'print one JSON object')
    .action(async (competition: string, options: RunOptions) => {
      await guarded(options.json ?? false, async () => {
        const home = podiumHome();
        const workspace = resolve(options.workspace);
        if (options.agent === 'external') throw new RunnerError('unknown_agent', 'The agent "external" plays through `podium serve`.', 'Use offline, human, or the name of a model.');
        if (options.preset !== undefined) parseChoice('preset', options.preset, presetsOf(options.agent));
        const { usd } = parseBudgets(options.budget);
        if (editorModelOf(options.agent)) throw new RunnerError('unknown_agent', `"${options.agent}" is a model of the editor.`, 'Start the run in VS Code, or give a model with --base-url.');
        const model = isModel(options.agent) ? await checkModel({ agent: options.agent, baseUrl: options.baseUrl ?? process.env.OPENAI_BASE_URL, hasKey: () => Boolean(process.env.OPENAI_API_KEY), limits: { usd } }, home) : undefined;
        if (!model && options.baseUrl !== undefined) throw new UsageError(`--base-url is for models; the agent "${options.agent}" is none.`);
        const loaded = await new CompetitionLibrary({ bundledFolder: bundledFolder(), home, workspace }).load(competition);
        const limits = limitsOf(options, loaded.manifest.limits.runSeconds);
        const runs = new Runs({ workspace, home, version: version() });
        const { runId, folder } = await runs.create({
          competition: loaded,
          agent: options.agent,
          ...(model ? { model } : {}),
          preset: options.preset,
          seed: parseWhole('seed', options.seed, 0),
          runtime: parseChoice('runtime', options.runtime, ['auto', 'docker', 'local']),
          image: options.image,
          gpu: gpuOf(options.gpu),
          edits: parseChoice('edits', options.edits, ['auto', 'review']),
          allowUnisolated: options.allowUnisolated ?? false,
          visibility: parseChoice('visibility', options.visibility, visibilitySchema.options),
          approved: approvedBy(options),
          limits,
        });
        if (loaded.manifest.evaluation && (options.visibility !== defaultVisibility || options.callsPerRun !== undefined || options.callsPerDay !== undefined)) {
          process.stderr.write('The evaluation lies beside the code, where a player can run it: every score is told, and its calls have no bound.\n');
        }
        process.stderr.write(`Run ${runId} on ${loaded.manifest.title}. Stop with Ctrl-C.\n`);
        return await playHere(runs, runId, folder, home, options.json ?? false);
      });
    });
}

/** What bounds the run. */
function limitsOf(options: RunOptions, usualSeconds: number): Partial<RunConfig['limits']> {
  const { seconds, usd, tokens } = parseBudgets(options.budget);
  const attempts = options.maxAttempts === undefined ? undefined : parseWhole('max-attempts', options.maxAttempts, 1);
  const steps = options.maxSteps === undefined ? undefined : parseWhole('max-steps', options.maxSteps, 1);
  // A number of attempts does not bound a model: it may never end one.
  const unbounded = (attempts === undefined || isModel(options.agent)) && options.agent !== 'human';
  return {
    // Without any limit the competition's own time keeps an agent from playing for ever.
    ...(seconds !== undefined ? { seconds } : unbounded ? { seconds: usualSeconds } : {}),
    ...(usd === undefined ? {} : { usd }),
    ...(tokens === undefined ? {} : { tokens }),
    ...(attempts === undefined ? {} : { attempts }),
    ...(steps === undefined ? {} : { steps }),
    ...(options.callsPerRun === undefined ? {} : { gradedCalls: parseWhole('calls-per-run', options.callsPerRun, 1) }),
    ...(options.callsPerDay === undefined ? {} : { gradedCallsPerDay: parseWhole('calls-per-day', options.callsPerDay, 1) }),
  };
}

const approvedBy = ({ allowNetwork, allowInstalls }: RunOptions): NonNullable<RunConfig['approved']> => [...(allowNetwork ? (['network'] as const) : []), ...(allowInstalls ? (['installs'] as const) : [])];

/** `podium resume`: goes on with an interrupted run from its journal. */
export function registerResume(program: Command): void {
  program
    .command('resume')
    .description('go on with an interrupted run')
    .argument('<runId>', 'as `podium runs` shows it')
    .option('--workspace <dir>', 'folder that the run lies in', '.')
    .option('--json', 'print one JSON object')
    .action(async (runId: string, options: { workspace: string; json?: boolean }) => {
      await guarded(options.json ?? false, async () => {
        const home = podiumHome();
        const runs = new Runs({ workspace: resolve(options.workspace), home, version: version() });
        const summary = await runs.read(runId);
        if (hasEnded(summary.view)) {
          process.stderr.write(`Run ${runId} has ended already: ${summary.view.statusText}\n`);
          return report(runs, summary, options.json ?? false);
        }
        process.stderr.write(`Run ${runId} goes on. Stop with Ctrl-C.\n`);
        return await playHere(runs, runId, summary.folder, home, options.json ?? false);
      });
    });
}

async function playHere(runs: Runs, runId: string, folder: string, home: string, json: boolean): Promise<ExitCode> {
  const { competition } = (await runs.read(runId)).view;
  let session: RunSession | undefined;
  let asked = false;
  const stop = (): void => {
    if (asked) {
      tell('Killed; `podium resume` goes on with the run.');
      process.exit(130);
    }
    asked = true;
    tell('Stopping; press Ctrl-C again to kill.');
    session?.stop().catch((error: unknown) => tell(String(error)));
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  try {
    await holdRun({
      folder,
      home,
      log: tell,
      // Nobody could resume it here: the journal keeps it for `podium resume`.
      whenStuck: 'leave',
      ready: (opened) => {
        session = opened;
        opened.onEvent((event) => {
          const line = progressLine(event, competition);
          if (line) tell(line);
        });
        if (asked) opened.stop().catch((error: unknown) => tell(String(error)));
      },
    });
  } finally {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  }
  return report(runs, await runs.read(runId), json);
}

function report(runs: Runs, summary: Awaited<ReturnType<Runs['read']>>, json: boolean): ExitCode {
  const { view } = summary;
  const result = runReport(summary, runs.options.workspace);
  if (json) writeJson(result);
  else {
    if (view.attempts.length > 0) writeLine(scoreboard(view));
    else writeLine('There is no attempt.');
    const spent = spendText(view.spend);
    if (spent) writeLine(`\n${spent}`);
    for (const line of testLines(view)) writeLine(line);
    if (view.isolation === 'none') writeLine('\nNot isolated: nothing kept the code from the answers. Standings leave the run out unless asked for.');
    if (view.competition.selfScored) writeLine('\nSelf-scored: these are the scores that the evaluation printed; no answer is hidden.');
    if (result.submission) writeLine(`\nSubmission: ${result.submission}`);
    if (result.submission && view.competition.kaggle && hasEnded(view)) writeLine(`To Kaggle, fitted with all training data: podium kaggle refit ${summary.runId} --submit`);
    if (view.budget.seconds && view.status === 'finished') writeLine('Bounded by time: another machine may get further or less far.');
  }
  // A run that was stopped, or ended without any valid attempt by an agent, is no success for a script.
  const graded = view.agent === 'human' || view.attempts.some((attempt) => attempt.status === 'valid');
  if (view.status === 'interrupted') process.stderr.write(`${view.statusText}${view.nextStep ? ` ${view.nextStep}` : ''}\nGo on with: podium resume ${summary.runId}\n`);
  return view.status === 'finished' && graded ? 0 : 1;
}

async function guarded(json: boolean, work: () => Promise<ExitCode>): Promise<void> {
  try {
    process.exitCode = await work();
  } catch (error) {
    const wrongChoice = RunnerError.is(error) && ['unknown_agent', 'bad_request', 'no_key', 'no_price'].includes(error.reason);
    const wrongUsage = wrongChoice || UsageError.is(error) || CompetitionError.is(error, 'not_found') || StorageError.is(error, 'unknown_run');
    reportError(error, json, wrongUsage ? 2 : 1);
  }
}

function gpuOf(text: string): RunConfig['gpu'] {
  const choice = text.trim() === '' ? undefined : parseGpuChoice(text);
  if (!choice) throw new UsageError(`--gpu takes auto, all, none or ids, not "${text}".`);
  return choice;
}
