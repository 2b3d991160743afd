import { join } from 'node:path';
import { Environment } from '../../../core/environment/environment';
import type { Blobs, Competition, Grader } from '../../../core/environment/ports';
import { entryOf } from '../../../core/environment/gradeActions';
import type { Observation } from '../../../core/environment/observation';
import { isNotebook } from '../../../core/environment/paths';
import { EnvironmentState, type AttemptState } from '../../../core/environment/state';
import type { NewEvent, RunConfig, RunEvent } from '../../../core/run/events';
import type { Sandbox } from '../../../core/runtime/runtime';
import { RuntimeError } from '../../../core/runtime/runtimeError';
import { BlobStore } from '../../storage/blobStore';
import { RunJournal } from '../../storage/journal';
import { AttemptFiles } from '../../storage/runFolder';
import type { SandboxSource } from '../sandboxSource';

export interface RepeatOptions {
  /** Folder in PODIUM_HOME that keeps what the repetition writes: its logs may show answers of the cut rows. */
  readonly folder: string;
  /** The repetition's own: an id of its own for the sandbox, limits of its own. */
  readonly config: RunConfig;
  /** With the full data. */
  readonly competition: Competition;
  readonly sandboxes: SandboxSource;
  readonly grader: Grader;
  /** The attempts of the run. */
  readonly source: readonly AttemptState[];
  readonly attempt: number;
  /** Content of the run. */
  readonly blobs: Blobs;
  readonly progress: (line: string) => void;
  readonly output: (attempt: number, text: string) => void;
  readonly signal: AbortSignal;
}

export interface Repeated {
  readonly observation: Observation;
  /** The submission; null when the attempt wrote none that fits. */
  readonly submission: Uint8Array | null;
}

/** How often a lost sandbox is replaced. */
const maxLosses = 2;

/**
 * Runs an attempt again as the run did, in a fresh sandbox with other data: the same files, the
 * same entry, the same fresh process. It has a journal of its own, so that it can be killed at any
 * moment and taken up again, and no job runs twice. Parents whose outputs the attempt reads, as a
 * blend does, run again before it.
 * @throws RuntimeError, CancelledError, StorageError
 */
export async function repeatAttempt(options: RepeatOptions): Promise<Repeated> {
  const { journal, events } = await RunJournal.open(options.folder, { now: () => Date.now() });
  const state = EnvironmentState.of(events);
  const append = async (event: Parameters<RunJournal['append']>[0]): Promise<void> => state.apply(await journal.append(event));
  let sandbox: Sandbox | undefined;
  try {
    if (events.length === 0) await append({ actor: 'system', type: 'run_started', data: { config: options.config } });
    const known = events.findLast((event) => event.type === 'sandbox');
    const open = async (): Promise<Sandbox> => {
      const opened = await options.sandboxes.open(known?.data.runtime, options.progress, options.signal);
      const { id, runtime, isolation, image, python, libraries } = opened.info;
      await append({ actor: 'system', type: 'sandbox', data: { id, runtime, isolation, image, python, libraries: { ...libraries } } });
      return opened;
    };
    sandbox = await open();
    const own = new BlobStore(join(options.folder, 'blobs'));
    const blobs: Blobs = { put: (content) => own.put(content), get: (hash) => own.get(hash).catch(() => options.blobs.get(hash)) };
    const environment = new Environment(
      {
        competition: options.competition,
        sandbox,
        isolation: sandbox.info.isolation,
        grader: options.grader,
        ledger: { record: async () => undefined },
        day: { used: () => Promise.resolve(0), take: async () => true, giveBack: async () => undefined },
        journal,
        blobs,
        folder: new AttemptFiles(options.folder),
        clock: { now: () => Date.now() },
      },
      { config: options.config, state, elapsed: () => journal.runClock.elapsed(), onOutput: options.output },
    );
    /** One step; when its sandbox is lost, again in a new one. */
    const step = async (name: string, params: Record<string, string>): Promise<Observation> => {
      for (let losses = 0; ; losses++) {
        try {
          return await environment.step({ name, params }, { actor: 'human', signal: options.signal, resume: state.openIn('human'), givenUp: losses > maxLosses });
        } catch (error) {
          if (!RuntimeError.is(error, 'sandbox_lost') || options.signal.aborted) throw error;
          await sandbox?.stop().catch(() => undefined);
          sandbox = await open();
          environment.useSandbox(sandbox);
        }
      }
    };
    return await playAgain(options, { events, state, blobs, append, step });
  } finally {
    if (options.signal.aborted || !state.openIn('human')) await sandbox?.stop().catch((error: unknown) => options.progress(error instanceof Error ? error.message : String(error)));
    else await sandbox?.detach();
    await options.sandboxes.release();
    await journal.close();
  }
}

interface Stage {
  readonly events: readonly RunEvent[];
  readonly state: EnvironmentState;
  readonly blobs: Blobs;
  append(event: NewEvent): Promise<void>;
  step(name: string, params: Record<string, string>): Promise<Observation>;
}

/** Attempts keep their numbers, by which a blend knows its parents: those that are not needed are made and not run. */
async function playAgain(options: RepeatOptions, { events, state, blobs, append, step }: Stage): Promise<Repeated> {
  /** By attempt: a step that ended before a kill; what was stopped is done again. */
  const ended = new Map<number | null, Observation>();
  for (const event of events) if (event.type === 'step' && event.data.observation.status !== 'cancelled') ended.set(event.data.attempt, event.data.observation);
  const needed = await neededAttempts(options);
  for (const { id, parents, plan, files, ...attempt } of options.source) {
    if (!state.attempt(id)) await append({ actor: 'human', type: 'attempt_created', data: { id, parents: [...parents], operator: 'human', source: 'human', plan, files: Object.fromEntries(files) } });
    if (!needed.has(id)) continue;
    const entry = entryOf({ id, parents, plan, files, ...attempt }, undefined);
    if (id === options.attempt) {
      options.progress(`Running attempt ${id} with all training data.`);
      const observation = ended.get(id) ?? (await step('submit', { entry }));
      const hash = state.attempt(id)?.outputs[options.competition.manifest.submission.file];
      return { observation, submission: observation.status === 'ok' && hash !== undefined ? await blobs.get(hash) : null };
    }
    options.progress(`Running attempt ${id} first: attempt ${options.attempt} reads what it predicts.`);
    const observation = ended.get(id) ?? (await step(isNotebook(entry) ? 'run_all' : 'run_script', { path: entry }));
    if (observation.status !== 'ok') return { observation, submission: null };
  }
  throw new Error('unreachable: the attempt is one of the run');
}

/** The attempt, and those before it whose outputs it or they read. */
async function neededAttempts({ source, attempt, blobs }: RepeatOptions): Promise<ReadonlySet<number>> {
  const needed = new Set<number>();
  const visit = async (id: number): Promise<void> => {
    const found = source.find((one) => one.id === id);
    if (!found || needed.has(id)) return;
    needed.add(id);
    const texts = await Promise.all([...found.files.values()].map(async (hash) => new TextDecoder().decode(await blobs.get(hash))));
    if (texts.some((text) => text.includes('parents'))) for (const parent of found.parents) await visit(parent);
  };
  await visit(attempt);
  return needed;
}
