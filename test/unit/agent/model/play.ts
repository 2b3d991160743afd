import { createModelPlayer, type ModelPlayerOptions } from '../../../../src/core/agent/model/modelPlayer';
import type { ChatModel } from '../../../../src/core/agent/model/chat';
import type { Price } from '../../../../src/core/agent/model/prices';
import { recordingOf, ReplayDoor } from '../../../../src/core/run/replay';
import { createOpenAiModel } from '../../../../src/node/models/openaiModel';
import { ModelDesk } from '../../../../src/node/runner/modelDesk';
import { ModelServer, type ModelServerOptions, type Received, type Turn } from '../../../fakes/modelServer';
import { competition, type World } from '../../environment/fakes';

/** A model that plays over real HTTP, with the environment on fakes. */
const servers: ModelServer[] = [];

/** After each test. */
export const closeServers = async (): Promise<void> => void (await Promise.all(servers.splice(0).map((server) => server.close())));

export async function serve(turns: readonly (Turn | ((request: Received) => Turn))[], more: Partial<ModelServerOptions> = {}): Promise<ModelServer> {
  const server = await ModelServer.start({ turns, ...more });
  servers.push(server);
  return server;
}

export interface PlayOptions extends ModelPlayerOptions {
  readonly price?: Price | null;
  readonly abort?: AbortController;
  readonly onWait?: (why: string, nextStep: string) => void | Promise<void>;
}

export const noModel: ChatModel = { name: 'scripted', answer: () => Promise.reject(new Error('the model was asked')) };
export const modelOf = (server: ModelServer): ChatModel => createOpenAiModel({ name: 'scripted', baseUrl: server.url, key: 'sk-test-0123456789', attempts: 2, firstPauseMs: 2, maxPauseMs: 4, silenceMs: 1_500 });

/** Plays as the session does: replay door, desk, environment. Returns what the player ended with. */
export async function play(w: World, model: ChatModel, options: PlayOptions = {}): Promise<void> {
  const { signal } = options.abort ?? new AbortController();
  const { environment } = w;
  await environment.reconcile();
  const append = async (event: Parameters<typeof environment.append>[0]): Promise<void> => await environment.append(event);
  const desk = new ModelDesk({
    model,
    context: null,
    price: options.price === undefined ? { input: 0, output: 0 } : options.price,
    limits: environment.state.config!.limits,
    state: environment.state,
    events: () => w.events,
    blobs: w.blobs,
    append,
    signal,
    unpaused: async () => undefined,
    wait: async (trouble) => {
      await append({ actor: 'system', type: 'waiting', data: trouble });
      await options.onWait?.(trouble.why, trouble.nextStep);
      await append({ actor: 'human', type: 'resumed', data: { why: 'Resumed.' } });
    },
    log: () => undefined,
  });
  const door = new ReplayDoor(recordingOf(w.events), {
    step: async (action, cutOff) => {
      const resume = cutOff === null ? undefined : environment.state.open.get(cutOff);
      return JSON.parse(JSON.stringify(await environment.step(action, { actor: 'llm', signal, ...(resume ? { resume } : {}) }))) as never;
    },
    explain: (attempt, text) => append({ actor: 'llm', type: 'explanation', data: { attempt, text } }),
    select: (attempt, why) => append({ actor: 'llm', type: 'selected', data: { attempt, why } }),
    model: { ask: (build) => desk.ask(build), recall: (call) => desk.recall(call) },
  });
  const facts = { competition, seed: 0, isolation: 'bubblewrap', libraries: { sklearn: '1.2' }, maxAttempts: null } as const;
  await createModelPlayer(options).play(door, facts);
}
