import * as z from 'zod';
import { actionTable, type ActionName } from '../../core/environment/actions';
import type { Observation } from '../../core/environment/observation';
import { describeError, PodiumError } from '../../core/errors';
import type { PlayerDoor } from '../../core/agent/player';
import { holdRun } from '../../node/runner/hold';
import type { RunEnd, RunSession } from '../../node/runner/session';
import { ExternalPlayer } from './externalPlayer';
import { serveRequestSchema, type ServeErrorCode, type ServeRequest } from './protocol';

/** What a reset chooses for the run that it begins. */
export type ResetOptions = NonNullable<Extract<ServeRequest, { op: 'reset' }>['options']> & { readonly seed?: number };

export interface PreparedRun {
  readonly runId: string;
  readonly folder: string;
  readonly competition: string;
  readonly direction: 'maximize' | 'minimize';
}

export interface GymDoorOptions {
  /** Makes the run folder. */
  readonly prepare: (options: ResetOptions) => Promise<PreparedRun>;
  readonly home: string;
  readonly log: (line: string) => void;
  readonly hold?: typeof holdRun;
}

interface Episode {
  readonly run: PreparedRun;
  readonly player: ExternalPlayer;
  readonly door: PlayerDoor;
  readonly session: RunSession;
  readonly ended: Promise<RunEnd>;
  over: boolean;
}

class ServeError extends Error {
  constructor(
    readonly code: ServeErrorCode,
    message: string,
  ) {
    super(message);
  }
}

/** The gym door: reset, step and close over the action table. Requests are carried out one after another. */
export class GymDoor {
  private episode: Episode | undefined;

  constructor(private readonly options: GymDoorOptions) {}

  /** Answers one line; never throws for a bad one. */
  async answer(line: string): Promise<{ readonly line: string; readonly close: boolean }> {
    let id: number | string | null = null;
    try {
      const request = this.read(line, (found) => (id = found));
      const answer = await this.carryOut(request);
      return { line: JSON.stringify({ id, ...answer }), close: request.op === 'close' };
    } catch (error) {
      const code: ServeErrorCode = error instanceof ServeError ? error.code : 'start_failed';
      return { line: JSON.stringify({ id, error: { code, message: describeError(error) } }), close: false };
    }
  }

  /** Ends the run under way and removes its sandbox. */
  async close(): Promise<void> {
    const episode = this.episode;
    this.episode = undefined;
    if (!episode) return;
    await this.finish(episode);
  }

  private async finish({ player, ended, run }: Episode): Promise<void> {
    player.release();
    const end = await ended;
    if (end.status === 'waiting') this.options.log(`${end.reason} Go on with: podium resume ${run.runId}`);
  }

  private read(line: string, gotId: (id: number | string) => void): ServeRequest {
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      throw new ServeError('bad_request', 'The line is not JSON.');
    }
    const id = z.object({ id: z.union([z.int(), z.string()]) }).safeParse(value);
    if (id.success) gotId(id.data.id);
    const request = serveRequestSchema.safeParse(value);
    if (!request.success) {
      const [issue] = request.error.issues;
      throw new ServeError('bad_request', `The request does not fit: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`);
    }
    return request.data;
  }

  private async carryOut(request: ServeRequest): Promise<object> {
    switch (request.op) {
      case 'reset':
        return await this.reset({ ...request.options, ...(request.seed === undefined || request.seed === null ? {} : { seed: request.seed }) });
      case 'step':
        return await this.step(request.action);
      case 'close':
        await this.close();
        return { observation: null, info: {} };
    }
  }

  private async reset(options: ResetOptions): Promise<object> {
    await this.close();
    const run = await this.options.prepare(options);
    const episode = await this.begin(run);
    this.episode = episode;
    const observation = await episode.door.step({ name: 'competition_info', params: {} });
    return { observation, info: { runId: run.runId, competition: run.competition, actions: actionSchemas() } };
  }

  private async begin(run: PreparedRun): Promise<Episode> {
    const player = new ExternalPlayer();
    const hold = this.options.hold ?? holdRun;
    return await new Promise<Episode>((resolve, reject) => {
      let session: RunSession | undefined;
      const ended = hold({
        folder: run.folder,
        home: this.options.home,
        log: this.options.log,
        player: { player, actor: 'external' },
        ready: (opened) => (session = opened),
      });
      // Before the run has begun an end is a failed start; afterwards these change nothing.
      ended.then((end) => reject(new ServeError('start_failed', end.reason)), reject);
      player.door
        .then((door) => {
          if (session) resolve({ run, player, door, session, ended, over: false });
        })
        .catch(reject);
    });
  }

  private async step(action: { name: string; params?: unknown }): Promise<object> {
    const { episode } = this;
    if (!episode) throw new ServeError('not_reset', 'Reset first: there is no run.');
    if (episode.over) throw new ServeError('finished', 'The run has ended; reset or close.');
    let observation: Observation;
    try {
      observation = await episode.door.step(action);
    } catch (error) {
      if (!(error instanceof PodiumError)) throw error;
      episode.over = true;
      throw new ServeError('finished', describeError(error));
    }
    const truncated = observation.done && observation.action !== 'finish';
    if (observation.done) {
      episode.over = true;
      await this.finish(episode);
    }
    const info = observation.credit === undefined ? {} : { credit: observation.credit };
    return { observation, reward: rewardOf(observation, episode.run.direction), terminated: observation.done && !truncated, truncated, info };
  }
}

/** The public score of a step that graded, turned so that more is better; else 0. */
export function rewardOf(observation: Observation, direction: 'maximize' | 'minimize'): number {
  const { grade } = observation;
  if (observation.action !== 'submit' || !grade?.valid || !grade.public) return 0;
  return direction === 'maximize' ? grade.public.score : -grade.public.score;
}

function actionSchemas(): Record<string, object> {
  return Object.fromEntries(
    (Object.keys(actionTable) as ActionName[]).map((name) => [
      name,
      { description: actionTable[name].description, parameters: z.toJSONSchema(actionTable[name].params, { io: 'input' }) },
    ]),
  );
}
