import { join, relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { canGoOn, type RefitView } from '../../../core/run/refit';
import { CompetitionLibrary } from '../../../node/competitions/library';
import { findAssets } from '../../../node/assets';
import { locationOf } from '../../../node/runner/compose';
import { holdRefit } from '../../../node/runner/refit/holdRefit';
import { kaggleSlugOf } from '../../../node/runner/refit/askRefit';
import { Runs } from '../../../node/runner/runs';
import { podiumHome } from '../../../node/storage/podiumHome';
import { progressLine } from '../../progress';
import { reportError, writeJson, writeLine } from '../../output';
import { parseWhole, UsageError } from '../../usage';
import { RunnerError } from '../../../node/runner/runnerError';
import { StorageError } from '../../../node/storage/storageError';
import { version } from '../../version';
import { kaggleCommand, kaggleOf, tell, type KaggleFlags } from './door';

interface RefitFlags extends KaggleFlags {
  readonly attempt?: string;
  readonly submit?: boolean;
  readonly message: string;
  readonly again?: boolean;
  readonly workspace: string;
  readonly poll?: string;
}

/** `podium kaggle refit`: an attempt runs again with all training data and Kaggle's test set. */
export function registerRefit(kaggle: Command): void {
  kaggleCommand(kaggle, 'refit <runId>', 'run an attempt again with all training data and the real test set, and send its file')
    .option('--attempt <n>', 'the attempt (default: the final choice of the run)')
    .option('--submit', 'send the file to Kaggle and wait for its score')
    .option('-m, --message <text>', 'description of the submission', 'Made with Podium')
    .option('--again', 'run it again although its file is there')
    .option('--workspace <dir>', 'folder that the run lies in', '.')
    .option('--poll <seconds>', 'first pause between looks at the score')
    .action((runId: string, flags: RefitFlags) => refit(runId, flags));
}

async function refit(runId: string, flags: RefitFlags): Promise<void> {
  const json = flags.json ?? false;
  const abort = new AbortController();
  let stop = (): void => abort.abort();
  const onSignal = (): void => stop();
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  try {
    const seconds = flags.poll === undefined ? undefined : Number(flags.poll);
    if (seconds !== undefined && !(seconds > 0)) throw new UsageError(`--poll takes a number of seconds, not "${flags.poll}".`);
    const home = podiumHome();
    const workspace = resolve(flags.workspace);
    const runs = new Runs({ workspace, home, version: version() });
    const { folder, config } = await runs.read(runId);
    const competition = await new CompetitionLibrary({ bundledFolder: join(findAssets().media, 'competitions'), home, base: workspace }).load(locationOf(config));
    const attempt = flags.attempt === undefined ? undefined : parseWhole('attempt', flags.attempt, 1);
    const asked = await runs.askRefit(runId, { attempt, slug: kaggleSlugOf(competition.manifest), submit: flags.submit ? { message: flags.message } : null, again: flags.again });
    if (flags.submit && !canGoOn(asked)) tell('Nothing is sent again: Kaggle has this file. --again runs the attempt anew and sends what it makes.');
    await holdRefit({
      folder,
      home,
      log: tell,
      kaggle: () => kaggleOf(flags),
      ...(seconds === undefined ? {} : { pollMs: [seconds * 1000, Math.max(60_000, seconds * 1000)] }),
      onRefit: (session) => {
        stop = () => void session.stop().catch((error: unknown) => tell(String(error)));
        session.onEvent((event) => {
          // The report says how it ended.
          const line = event.type === 'refit_finished' && !flags.submit ? undefined : progressLine(event);
          if (line) tell(line);
        });
        if (abort.signal.aborted) stop();
      },
    });
    const { view } = await runs.read(runId);
    const done = view.refits?.find(({ refit }) => refit === asked.refit);
    if (!done) throw new Error('unreachable: a refit was asked for');
    report(done, relative(process.cwd(), folder), view.attempts.find(({ id }) => id === done.attempt)?.private?.score ?? null, json);
  } catch (error) {
    const wrong = UsageError.is(error) || RunnerError.is(error, 'bad_request') || StorageError.is(error, 'unknown_run');
    reportError(error, json, wrong ? 2 : 1);
  } finally {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
}

/** @param folder of the run, as a person would type it @param local private score on the local test set */
function report(done: RefitView, folder: string, local: number | null, json: boolean): void {
  const { refit: id, attempt, status, text, nextStep, file, submission } = done;
  if (json) {
    const sent = submission && { ref: submission.ref, status: submission.status, publicScore: submission.public, privateScore: submission.private };
    writeJson({ refit: id, attempt, status, message: text, nextStep, file, localScore: local, kaggle: sent });
  } else {
    writeLine(status === 'done' ? text : `${text}${nextStep ? ` ${nextStep}` : ''}`);
    if (file) writeLine(`File: ${join(folder, ...file.split('/'))}`);
    if (submission?.public !== null && submission?.public !== undefined) writeLine(`Kaggle: public ${submission.public}${submission.private === null ? '' : `, private ${submission.private}`}; local test set: private ${local ?? 'none'}`);
  }
  if (status !== 'done') process.exitCode = 1;
}
