import { join } from 'node:path';
import { DivergedError, recordingOf, ReplayDoor } from '../../core/run/replay';
import { findAssets, type Assets } from '../assets';
import { CompetitionLibrary } from '../competitions/library';
import { BlobStore } from '../storage/blobStore';
import { readJournal } from '../storage/journal';
import { readRunConfig, workspaceOf } from '../storage/runFolder';
import { locationOf, playerOf } from './compose';
import { recorded } from './modelDesk';
import { factsOf } from './playerFacts';
import { RunnerError } from './runnerError';

export interface ReplayReport {
  readonly runId: string;
  /** Every recorded action came again, in its order and with its parameters. */
  readonly reproduced: boolean;
  readonly actions: { readonly recorded: number; readonly reproduced: number };
  /** Answers of the model that were taken from the journal. */
  readonly modelCalls: { readonly recorded: number; readonly used: number };
  /** Where the player did something else; null: nowhere. */
  readonly divergence: string | null;
}

/** The recording has come to its end: what the player would do now, it never did. */
class RecordingOver extends Error {}

/**
 * Plays a recorded run again from its journal alone: the same player gets the recorded observations
 * and answers, and each of its actions is held against the recorded one. No model, no sandbox and
 * no grader is asked, and nothing is written.
 * @throws StorageError, CompetitionError; RunnerError `unknown_agent` for a run that no player of ours played
 */
export async function replayRun(folder: string, home: string, assets: Assets = findAssets()): Promise<ReplayReport> {
  const config = await readRunConfig(folder);
  const { events } = await readJournal(folder);
  const { player } = playerOf(config);
  if (!player) throw new RunnerError('unknown_agent', `Run ${config.runId} was played by a person: there is nothing to play again.`);
  const library = new CompetitionLibrary({ bundledFolder: join(assets.media, 'competitions'), home, base: workspaceOf(folder) });
  const first = events.find((event) => event.type === 'sandbox');
  const recording = recordingOf(events);
  const count = { actions: 0, modelCalls: 0 };
  const report = (divergence: string | null): ReplayReport => {
    const ended = recording.steps.filter((step) => step.observation !== null).length;
    return {
      runId: config.runId,
      reproduced: divergence === null && count.actions === ended,
      actions: { recorded: ended, reproduced: count.actions },
      modelCalls: { recorded: recording.modelCalls.length, used: count.modelCalls },
      divergence,
    };
  };
  // It ended before it had a sandbox, and so before its player did anything.
  if (first?.type !== 'sandbox') return report(null);
  const facts = factsOf(await library.load(locationOf(config)), config, first.data);
  const blobs = new BlobStore(join(folder, 'blobs'));
  const over = (): Promise<never> => Promise.reject(new RecordingOver());
  const door = new ReplayDoor(recording, {
    step: over,
    explain: () => Promise.resolve(),
    select: () => Promise.resolve(),
    model: {
      ask: over,
      recall: async (call) => {
        count.modelCalls += 1;
        return await recorded(call, blobs);
      },
    },
  });
  const counted = {
    step: async (action: Parameters<ReplayDoor['step']>[0]) => {
      const observation = await door.step(action);
      count.actions += 1;
      return observation;
    },
    explain: (...words: Parameters<ReplayDoor['explain']>) => door.explain(...words),
    select: (...choice: Parameters<ReplayDoor['select']>) => door.select(...choice),
    ask: (...build: Parameters<ReplayDoor['ask']>) => door.ask(...build),
  };
  try {
    await player.play(counted, facts);
  } catch (error) {
    if (error instanceof DivergedError) return report(error.message);
    if (!(error instanceof RecordingOver)) throw error;
  }
  return report(null);
}
