import { join } from 'node:path';
import { createOfflinePlayer } from '../../core/agent/offline/offlinePlayer';
import { starterFiles } from '../../core/agent/starter';
import { isModel } from '../../core/agent/agentName';
import { createModelPlayer } from '../../core/agent/model/modelPlayer';
import type { Player } from '../../core/agent/player';
import type { Actor, RunConfig } from '../../core/run/events';
import { findAssets, type Assets } from '../assets';
import { CompetitionLibrary, type LoadedCompetition } from '../competitions/library';
import { scoringOf } from '../competitions/scoring';
import { createGrader } from '../grading/createGrader';
import { createRuntimes, type Runtimes } from '../runtimes';
import { BlobStore } from '../storage/blobStore';
import { readJournal } from '../storage/journal';
import { readRunConfig, workspaceOf } from '../storage/runFolder';
import { benchFolderOf, makeBench } from './benchFolder';
import type { RefitParts } from './refit/refitSession';
import { hiddenTestOf } from './hiddenTest';
import { RunMemory } from './runMemory';
import { RunnerError } from './runnerError';
import { runModel } from './runModel';
import { sandboxSource } from './sandboxSource';
import { RunSession } from './session';

/** The composition root of a run: wires the ports of the core to what this machine has. */
export interface ComposeOptions {
  /** PODIUM_HOME. */
  readonly home: string;
  readonly log: (line: string) => void;
  readonly assets?: Assets;
  /** A player from outside (a trainer, a test) in place of the one that the run names. */
  readonly player?: { readonly player: Player; readonly actor: Actor };
  /** See SessionParts. */
  readonly whenStuck?: 'wait' | 'leave';
  readonly expectsWindow?: boolean;
}

/** Opens the session of a run folder. @throws StorageError, CompetitionError, RunnerError */
export async function openSession(folder: string, options: ComposeOptions): Promise<RunSession> {
  const config = await readRunConfig(folder);
  const assets = options.assets ?? findAssets();
  const workspace = workspaceOf(folder);
  const { home, log, whenStuck, expectsWindow } = options;
  const model = !options.player && isModel(config.agent) ? await runModel(config, home) : undefined;
  const who = options.player ?? (await whoPlays(folder, config));
  const library = new CompetitionLibrary({ bundledFolder: join(assets.media, 'competitions'), home, base: workspace });
  const competition = await library.load(locationOf(config));
  await requireRuler(config, competition);
  const benchFolder = benchFolderOf(workspace, competition.manifest.id);
  const starter = config.agent === 'human' || competition.evaluationFiles ? starterFiles(competition) : (competition.starter ?? []);
  await makeBench(benchFolder, competition, starter, new BlobStore(join(folder, 'blobs')));
  const runtimes = runtimesOf(assets, home, log);
  const grader = await createGrader(competition, { assets, home, runtimes: () => Promise.resolve(runtimes) });
  const test = competition.manifest.evaluation?.test;
  const hiddenTest = test && hiddenTestOf(competition, test, config, (own, place) => sandboxSource(runtimes, own, place, { home, asks: false }), log);
  const sandboxes = sandboxSource(runtimes, config, competition, { home, asks: expectsWindow ?? false });
  return await RunSession.open({ folder, config, competition, home, benchFolder, grader, ...(hiddenTest ? { hiddenTest } : {}), sandboxes, ...who, ...(model ? { model } : {}), ...(whenStuck ? { whenStuck } : {}), expectsWindow, clock: { now: () => Date.now() }, log });
}

/** What a refit of a run needs. @throws StorageError, CompetitionError */
export async function refitParts(folder: string, { home, log, assets = findAssets() }: Pick<ComposeOptions, 'home' | 'log' | 'assets'>): Promise<Omit<RefitParts, 'kaggle'>> {
  const config = await readRunConfig(folder);
  const library = new CompetitionLibrary({ bundledFolder: join(assets.media, 'competitions'), home, base: workspaceOf(folder) });
  const runtimes = runtimesOf(assets, home, log);
  return { folder, config, home, competition: await library.load(locationOf(config)), sandboxes: (own, full) => sandboxSource(runtimes, own, full, { home, asks: false }) };
}

/** A run's scores are by one ruler. @throws RunnerError `bad_request` when what scores it was changed since it began */
async function requireRuler({ competition: { title, evaluation, scoring } }: RunConfig, competition: LoadedCompetition): Promise<void> {
  if (evaluation !== undefined && evaluation.ruler !== competition.evaluationFiles?.ruler) {
    throw new RunnerError('bad_request', `The evaluation of ${title} was changed since this run began, so its scores would not compare.`, 'Put evaluation/ and the command back as they were, or start a new run.');
  }
  const now = scoring === undefined ? undefined : await scoringOf(competition);
  if (now !== undefined && now !== scoring) {
    throw new RunnerError('bad_request', `What scores ${title} was changed since this run began, so its scores would not compare.`, evaluation ? 'Import its hidden test as it was, or start a new run.' : 'Put its metric, grader and answers back as they were, or start a new run.');
  }
}

export function runtimesOf(assets: Assets, home: string, log: (line: string) => void): Runtimes {
  return createRuntimes({
    bridgeFile: join(assets.media, 'python', 'bridge.py'),
    containerFolder: join(assets.media, 'container'),
    home,
    // Below it lie the competitions with their answers.
    hide: [assets.root],
    log,
  });
}

/** A folder is remembered relative to the workspace; `./` keeps it apart from a bundled id. */
export const locationOf = (config: RunConfig): string => {
  const { location } = config.competition;
  return location.startsWith('bundled:') || location.startsWith('/') || location.startsWith('.') ? location : `./${location}`;
};

/** A run that was played from outside can still be ended, once its play is over. @throws RunnerError `unknown_agent` when it is not */
async function whoPlays(folder: string, config: RunConfig): Promise<{ player?: Player; actor: Actor }> {
  if (config.agent !== 'external') return playerOf(config);
  const { end, overByPerson, overFromOutside } = new RunMemory((await readJournal(folder)).events);
  if ((end ?? overByPerson ?? overFromOutside) !== undefined) return { actor: 'external' };
  throw new RunnerError('unknown_agent', 'This run was played from outside and broke off before its play was over.', 'Nothing here can play it on: begin a new one with `podium serve`.');
}

/** @throws RunnerError `unknown_agent` */
export function playerOf(config: Pick<RunConfig, 'agent' | 'model'>): { player?: Player; actor: Actor } {
  if (config.agent === 'offline') return { player: createOfflinePlayer(), actor: 'template' };
  if (config.agent === 'human') return { actor: 'human' };
  // The model as it was known at the run's beginning: a player that is played again must decide the same.
  if (isModel(config.agent)) return { player: createModelPlayer({ contextWindow: config.model?.context, images: config.model?.images }), actor: 'llm' };
  throw new RunnerError('unknown_agent', `The agent "${config.agent}" is played from outside.`, 'It plays through `podium serve` alone.');
}

