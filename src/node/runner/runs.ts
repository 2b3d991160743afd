import { randomBytes } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import type { Manifest } from '../../core/competition/manifest';
import { defaultVisibility } from '../../core/environment/visibility';
import type { RunConfig } from '../../core/run/events';
import { feedbackGiven, type FeedbackGiven } from '../../core/run/feedback';
import { withGraderFailures, withPrivate, withTest, withUntold } from '../../core/run/endedView';
import { asInterrupted, foldAll, hasEnded } from '../../core/run/fold';
import type { RunView } from '../../core/run/view';
import type { Score } from '../../core/grading/result';
import type { LoadedCompetition } from '../competitions/library';
import { scoringOf } from '../competitions/scoring';
import { journalName, readJournal, RunJournal } from '../storage/journal';
import { homeFolder } from '../storage/podiumHome';
import { PrivateGrades } from '../storage/privateGrades';
import { listRunIds, makeRunFolder, readRunConfig, runFolder } from '../storage/runFolder';
import { isLocked } from '../storage/runLock';
import { StorageError } from '../storage/storageError';
import { launchRunner, type RunnerEnv } from './launch';
import { RunnerClient } from './runnerClient';
import type { AnsweringWindow } from './windowModel';
import type { RefitView } from '../../core/run/refit';
import type { RefitWish } from './refit/askRefit';

export interface RunSummary {
  readonly runId: string;
  /** Absolute path of the run folder. */
  readonly folder: string;
  readonly config: RunConfig;
  /** As of now; `interrupted` when the run is unfinished and nothing holds it. Private scores once it has ended. */
  readonly view: RunView;
  readonly feedback: FeedbackGiven;
  /** A process holds the run: a runner, or a `podium run` in a terminal. */
  readonly live: boolean;
}

/** A run folder that cannot be read, and why. */
export interface BrokenRun {
  readonly runId: string;
  readonly folder: string;
  readonly error: unknown;
}

/** What a person or program chooses for a new run; the rest comes from the competition. */
export interface NewRun {
  readonly competition: LoadedCompetition;
  /** `offline`, `human`, or a model's name. */
  readonly agent: string;
  readonly preset?: string;
  /** Where the model is asked, for an agent that is one. */
  readonly model?: RunConfig['model'];
  readonly seed?: number;
  readonly runtime?: RunConfig['runtime'];
  readonly image?: string;
  readonly gpu?: RunConfig['gpu'];
  readonly edits?: RunConfig['edits'];
  readonly allowUnisolated?: boolean;
  readonly visibility?: RunConfig['visibility'];
  readonly approved?: RunConfig['approved'];
  /** Seconds, attempts, money and tokens; graded calls and step time default to the competition's. */
  readonly limits?: Partial<RunConfig['limits']>;
}

export interface RunsOptions {
  readonly workspace: string;
  /** PODIUM_HOME. */
  readonly home: string;
  /** Version of Podium that new runs are marked with. */
  readonly version: string;
  /** Added to the environment of runners that are launched, or taken from it (undefined); asked at each launch. */
  readonly runnerEnv?: (config: RunConfig) => RunnerEnv | Promise<RunnerEnv>;
  /** Asks models of the editor for runs that this window is attached to. */
  readonly answer?: AnsweringWindow;
}

/** The runs of one workspace: list, create, start, resume, attach. */
export class Runs {
  /** Ended runs as they were read, with the size of their journal: only a refit writes behind the end, so that a list of many stays quick. */
  private readonly ended = new Map<string, { readonly size: number; readonly summary: RunSummary }>();

  constructor(readonly options: RunsOptions) {}

  folder(runId: string): string {
    return runFolder(this.options.workspace, runId);
  }

  /** Every run, oldest first; one that cannot be read is returned with its error, never left out. */
  async list(): Promise<(RunSummary | BrokenRun)[]> {
    const ids = await listRunIds(this.options.workspace);
    return await Promise.all(
      ids.map(async (runId) => {
        try {
          return await this.read(runId);
        } catch (error) {
          return { runId, folder: this.folder(runId), error };
        }
      }),
    );
  }

  /** What every run that can be read was started with, oldest first. */
  async configs(): Promise<RunConfig[]> {
    const ids = await listRunIds(this.options.workspace);
    return (await Promise.all(ids.map((runId) => readRunConfig(this.folder(runId)).catch(() => [])))).flat();
  }

  /** @throws StorageError */
  async read(runId: string): Promise<RunSummary> {
    const folder = this.folder(runId);
    const known = this.ended.get(runId);
    if (known && known.size === (await journalSize(folder)) && !(await isLocked(folder))) return known.summary;
    const config = await readRunConfig(folder);
    const size = await journalSize(folder);
    const { events } = await readJournal(folder);
    const live = await isLocked(folder);
    // A run.json without its first event: created, never begun.
    const started = { seq: 0, ts: 0, elapsed: 0, actor: 'system', type: 'run_started', data: { config } } as const;
    const journal = events.length > 0 ? events : [started];
    const feedback = feedbackGiven(journal);
    let view = foldAll(journal);
    if (!view) throw new Error('unreachable: a journal with events folds to a view');
    if (!hasEnded(view)) return { runId, folder, config, view: live ? view : asInterrupted(view), feedback, live };
    const ledger = new PrivateGrades(this.options.home, runId);
    const grades = await ledger.read();
    const part = (name: 'public' | 'private'): Map<number, Score | null> => new Map([...grades].map(([id, grade]) => [id, grade[name]]));
    view = withGraderFailures(withPrivate(withUntold(view, part('public')), part('private')), await ledger.failures());
    view = withTest(view, await ledger.test());
    const summary = { runId, folder, config, view, feedback, live };
    if (!live) this.ended.set(runId, { size, summary });
    return summary;
  }

  /** Writes run folder and first event. Nothing runs yet: `launch` it, or play it in this process. */
  async create(run: NewRun): Promise<{ runId: string; folder: string; config: RunConfig }> {
    const config = await this.configOf(run);
    const folder = await makeRunFolder(this.options.workspace, config);
    const { journal } = await RunJournal.open(folder, { now: () => Date.now() });
    try {
      await journal.append({ actor: 'system', type: 'run_started', data: { config } });
    } finally {
      await journal.close();
    }
    return { runId: config.runId, folder, config };
  }

  /**
   * Writes down that an attempt of an ended run is to run again with all training data, and whether
   * its file goes to Kaggle. Nothing runs yet: `launch` the run, or hold it in this process.
   * @returns the refit: one that was left alone, where it is the same wish, or a new one
   * @throws RunnerError `bad_request`
   */
  async askRefit(runId: string, wish: RefitWish): Promise<RefitView> {
    const { askRefit } = await import('./refit/askRefit');
    return await askRefit(await this.read(runId), wish);
  }

  /** Deletes a run: its folder and its private grades. @throws StorageError `locked` when a process holds it */
  async remove(runId: string): Promise<void> {
    const folder = this.folder(runId);
    if (await isLocked(folder)) throw new StorageError('locked', `Run ${runId} goes on.`, 'Stop it first.');
    await rm(folder, { recursive: true, force: true });
    await new PrivateGrades(this.options.home, runId).remove();
    const refits = await homeFolder(this.options.home, 'refits');
    for (const name of await readdir(refits)) if (name.startsWith(`${runId}-refit`)) await rm(join(refits, name), { recursive: true, force: true });
    this.ended.delete(runId);
  }

  /** Starts a detached runner on a created or interrupted run, or for a refit of an ended one, and attaches to it. `more` is added to its environment. @throws RunnerError, StorageError */
  async launch(runId: string, role: 'window' | 'watcher', more: RunnerEnv = {}): Promise<RunnerClient> {
    const folder = this.folder(runId);
    const config = await readRunConfig(folder);
    const env = { ...(await this.options.runnerEnv?.(config)), ...more };
    await launchRunner({ folder, runId, home: this.options.home, version: this.options.version, env });
    return await this.connect(runId, role);
  }

  /** Attaches to the live runner of a run. @throws RunnerError `not_running` when there is none */
  connect(runId: string, role: 'window' | 'watcher'): Promise<RunnerClient> {
    const { home, answer } = this.options;
    return RunnerClient.connect({ home, runId, role, ...(answer && role === 'window' ? { answer } : {}) });
  }

  private async configOf(run: NewRun): Promise<RunConfig> {
    const { competition, limits = {} } = run;
    const { manifest } = competition;
    const ids = await listRunIds(this.options.workspace);
    const numbers = (await this.configs()).map((config) => config.number);
    // What a player can run itself cannot be kept from it.
    const visibility = manifest.evaluation ? 'public-always' : (run.visibility ?? defaultVisibility);
    const number = Math.max(0, ids.length, ...numbers) + 1;
    return {
      schema: 1,
      runId: newRunId(manifest.id),
      number,
      competition: await this.competitionOf(competition),
      agent: run.agent,
      preset: run.preset ?? (run.agent === 'offline' ? 'offline' : run.agent),
      ...(run.model ? { model: run.model } : {}),
      seed: run.seed ?? 0,
      runtime: run.runtime ?? 'auto',
      image: run.image ?? manifest.environment.image,
      gpu: run.gpu ?? 'auto',
      edits: run.edits ?? 'auto',
      allowUnisolated: run.allowUnisolated ?? false,
      visibility,
      ...(run.approved && run.approved.length > 0 ? { approved: run.approved } : {}),
      limits: { ...callLimits(visibility, manifest), stepSeconds: manifest.limits.stepSeconds, ...limits, ...(manifest.evaluation ? { gradedCalls: null, gradedCallsPerDay: undefined } : {}) },
      podium: this.options.version,
    };
  }

  /** What a run remembers of its competition. */
  private async competitionOf(competition: LoadedCompetition): Promise<RunConfig['competition']> {
    const { manifest } = competition;
    const scoring = await scoringOf(competition);
    return {
      id: manifest.id,
      title: manifest.title,
      modality: manifest.modality,
      location: this.locationOf(competition),
      metric: manifest.metric.name,
      metricLabel: competition.metricLabel,
      direction: competition.direction,
      board: [...competition.board],
      ...(manifest.original && manifest.source.slug ? { kaggle: manifest.source.slug } : {}),
      ...(competition.evaluationFiles ? { evaluation: { ruler: competition.evaluationFiles.ruler, selfScored: manifest.evaluation?.test === undefined } } : {}),
      ...(manifest.reference ? { reference: manifest.reference } : {}),
      ...(scoring === undefined ? {} : { scoring }),
    };
  }

  /** Folders are remembered relative to the workspace, so that a moved workspace still works. */
  private locationOf(competition: LoadedCompetition): string {
    if (competition.location.startsWith('bundled:')) return competition.location;
    const way = relative(this.options.workspace, resolve(this.options.workspace, competition.location));
    return way.split('\\').join('/') || '.';
  }
}

const journalSize = (folder: string): Promise<number> => stat(join(folder, journalName)).then(
  ({ size }) => size,
  () => -1,
);

/** Graded calls of a run and of a day. */
function callLimits(visibility: RunConfig['visibility'], { limits }: Manifest): Pick<RunConfig['limits'], 'gradedCalls' | 'gradedCallsPerDay'> {
  if (visibility === 'public-always') return { gradedCalls: null };
  return { gradedCalls: limits.submissions, gradedCallsPerDay: limits.submissionsPerDay };
}

/** Sorts by time, is readable, and differs also for two runs of one second. */
function newRunId(competition: string): string {
  const time = new Date().toISOString().replace(/[-:]/g, '').slice(0, 15).replace('T', '-');
  return `${time}-${competition.slice(0, 40)}-${randomBytes(2).toString('hex')}`;
}
