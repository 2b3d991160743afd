import { join } from 'node:path';
import type { Grader } from '../../../core/environment/ports';
import { EnvironmentState } from '../../../core/environment/state';
import { CancelledError, PodiumError } from '../../../core/errors';
import { checkForm } from '../../../core/grading/formCheck';
import type { EventData, RunConfig, RunEvent } from '../../../core/run/events';
import { canGoOn, foldRefits, isOpen, maybeSent, type RefitEvent, type RefitView } from '../../../core/run/refit';
import { readFile } from 'node:fs/promises';
import { originalData } from '../../competitions/originals';
import type { LoadedCompetition } from '../../competitions/library';
import type { KaggleCompetitions } from '../../kaggle/competitions';
import { KaggleError } from '../../kaggle/kaggleError';
import { numberOf } from '../../kaggle/wire';
import { findLate, scoreOf, sendToKaggle } from '../../kaggle/submit';
import { BlobStore } from '../../storage/blobStore';
import { RunJournal } from '../../storage/journal';
import { homeFolder } from '../../storage/podiumHome';
import { AttemptFiles } from '../../storage/runFolder';
import { RunnerError } from '../runnerError';
import type { SandboxSource } from '../sandboxSource';
import type { RunEnd, SessionListener } from '../session';
import type { ServedSession } from '../runnerServer';
import { repeatAttempt } from './repeatAttempt';

export interface RefitParts {
  readonly folder: string;
  readonly config: RunConfig;
  readonly competition: LoadedCompetition;
  /** PODIUM_HOME. */
  readonly home: string;
  /** Sandboxes of the repetition: `config` has an id of its own, `competition` the full data. */
  readonly sandboxes: (config: RunConfig, competition: LoadedCompetition) => SandboxSource;
  /** Asked when something is to be sent. */
  readonly kaggle: () => Promise<KaggleCompetitions>;
  /** Pauses between looks at a submission; for tests. */
  readonly pollMs?: readonly [number, number];
}

/** A step may take this much longer than in the run: there are more rows now. */
const moreTime = 3;

const isRefitEvent = (event: RunEvent): event is Extract<RunEvent, { type: RefitEvent['type'] }> => event.type.startsWith('refit_') || event.type.startsWith('kaggle_');

/** The refits of a journal. */
export function refitsIn(events: readonly RunEvent[]): readonly RefitView[] {
  return events.filter(isRefitEvent).reduce<readonly RefitView[]>(foldRefits, []);
}

/**
 * The refit of an ended run that was asked for and is not done: this process runs the attempt again,
 * sends its file and waits for the score. Everything that decides what comes next is in the journal.
 */
export class RefitSession implements ServedSession {
  private readonly abort = new AbortController();
  private readonly listeners = new Set<SessionListener>();
  private refits: readonly RefitView[];
  private ending: Promise<RunEnd> | undefined;

  private constructor(
    private readonly parts: RefitParts,
    private readonly journal: RunJournal,
    private readonly past: readonly RunEvent[],
  ) {
    this.refits = refitsIn(past);
    // The run has ended: its time stands still.
    journal.runClock.pause();
  }

  /** @throws StorageError `locked` */
  static async open(parts: RefitParts): Promise<RefitSession> {
    const { journal, events } = await RunJournal.open(parts.folder, { now: () => Date.now() });
    return new RefitSession(parts, journal, events);
  }

  get runId(): string {
    return this.parts.config.runId;
  }

  events = (): Promise<readonly RunEvent[]> => this.journal.read();
  onEvent = (listener: (event: RunEvent) => void): (() => void) => this.journal.onEvent(listener);

  listen(listener: SessionListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** The newest refit as it stands. */
  get current(): RefitView | undefined {
    return this.refits.at(-1);
  }

  /** Does what is to be done; called once. Never throws for what goes wrong with it. @throws StorageError when the journal cannot be written */
  run(): Promise<RunEnd> {
    this.ending ??= this.goOn();
    return this.ending;
  }

  /** The repetition ends; a submission that was sent stays, and its score can be asked for later. */
  async stop(): Promise<void> {
    this.abort.abort(new CancelledError('Stopped by you.'));
    await this.run();
  }

  async close(): Promise<void> {
    await this.journal.close();
  }

  private async goOn(): Promise<RunEnd> {
    const { current } = this;
    if (!current || !canGoOn(current)) return { status: 'finished', reason: 'Nothing is to be done.' };
    if (!isOpen(current)) await this.append('refit_resumed', { refit: current.refit });
    try {
      if (this.stage === 'running') await this.repeat();
      if (this.stage === 'sending') await this.send();
      if (this.stage === 'scoring') await this.score();
      return { status: 'finished', reason: this.current?.text ?? '' };
    } catch (error) {
      const end = this.endOf(error);
      await this.append('refit_ended', { refit: current.refit, ...end });
      return { status: end.status, reason: end.why };
    }
  }

  private endOf(error: unknown): Omit<EventData<'refit_ended'>, 'refit'> {
    const { signal } = this.abort;
    if (signal.aborted && (CancelledError.is(error) || error === signal.reason)) {
      const sent = this.current?.submission?.status === 'pending';
      return { status: 'stopped', ...(sent ? { why: 'Stopped by you; Kaggle has the file and scores it.', nextStep: 'Ask for the same again to see its score: nothing is sent a second time.' } : { why: 'Stopped by you.' }) };
    }
    const why = error instanceof Error ? error.message : String(error);
    const nextStep = error instanceof PodiumError ? error.nextStep : undefined;
    const page = KaggleError.is(error) ? error.page : undefined;
    return { status: 'failed', why, ...(nextStep ? { nextStep } : {}), ...(page ? { page } : {}) };
  }

  private get stage(): RefitView['status'] | undefined {
    return this.current?.status;
  }

  private async repeat(): Promise<void> {
    const { parts, past } = this;
    const { refit, attempt } = this.need();
    const began = Date.now();
    const { dataFolder, sample } = await originalData(parts.home, parts.competition.manifest);
    const competition = { ...parts.competition, dataFolder };
    const { id, target, file } = { ...competition.manifest.submission };
    const sampleBytes = await readFile(sample);
    let rows = 0;
    const grader: Grader = {
      grade: async (submission) => {
        const checked = checkForm(sampleBytes, submission, { id, target });
        rows = checked.rows;
        return { ...checked, score: checked.valid ? 0 : null, metric: 'form', direction: null, public: null, private: null };
      },
    };
    const config = repetitionConfig(parts.config, refit);
    const { observation, submission } = await repeatAttempt({
      folder: await homeFolder(parts.home, 'refits', config.runId),
      config,
      competition,
      sandboxes: parts.sandboxes(config, competition),
      grader,
      source: EnvironmentState.of(past).attempts,
      attempt,
      blobs: new BlobStore(join(parts.folder, 'blobs')),
      progress: (text) => void this.append('progress', { text }).catch(() => undefined),
      output: (_attempt, text) => this.listeners.forEach((listener) => listener.output?.(attempt, text)),
      signal: this.abort.signal,
    });
    this.abort.signal.throwIfAborted();
    const written = submission ? await new AttemptFiles(parts.folder).write(attempt, `kaggle/${refit}/${file}`, submission) : null;
    const summary = written ? `Fitted with all training data; ${rows.toLocaleString('en-US')} rows for Kaggle's test set.` : (observation.error?.message ?? observation.summary);
    await this.append('refit_finished', { refit, file: written, rows: written ? rows : null, seconds: Math.round((Date.now() - began) / 1000), summary });
  }

  private async send(): Promise<void> {
    const { refit, slug, submit, file, description: before, attempt } = this.need();
    if (!submit || file === null) throw new Error('unreachable: only what is to be sent is sent');
    const { pollMs } = this.parts;
    const kaggle = await this.parts.kaggle();
    const path = join(this.parts.folder, ...file.split('/'));
    const description = before ?? `${submit.message.slice(0, 400)} [Podium ${this.runId} #${attempt}.${refit}]`;
    const progress = (text: string): void => void this.append('progress', { text: `${text} …` }).catch(() => undefined);
    const looks = { progress, ...(pollMs ? { pollMs } : {}) };
    const { signal } = this.abort;
    // Killed at the moment of sending: Kaggle knows whether it arrived.
    const sentBefore = maybeSent(this.refits, this.need());
    let ref = sentBefore.descriptions.length === 0 ? undefined : await findLate(kaggle, slug, { file: path, ...sentBefore }, looks, { signal });
    if (ref === undefined) {
      const beforeCreate = async (): Promise<void> => void (this.need().description === null && (await this.append('kaggle_sending', { refit, description })));
      ref = await sendToKaggle(kaggle, { slug, file: path, message: description, sentBefore, beforeCreate, ...looks }, { signal });
    }
    await this.append('kaggle_submitted', { refit, ref });
  }

  private async score(): Promise<void> {
    const { refit, submission } = this.need();
    if (!submission) throw new Error('unreachable: what is scored was sent');
    const kaggle = await this.parts.kaggle();
    let scored: Omit<EventData<'kaggle_scored'>, 'refit'>;
    try {
      const { publicScore, privateScore } = await scoreOf(kaggle, submission.ref, { pollMs: this.parts.pollMs }, { signal: this.abort.signal });
      scored = { status: 'complete', public: numberOf(publicScore), private: numberOf(privateScore), error: null };
    } catch (error) {
      if (!KaggleError.is(error, 'submission_failed')) throw error;
      scored = { status: 'error', public: null, private: null, error: error.message };
    }
    await this.append('kaggle_scored', { refit, ...scored });
  }

  private need(): RefitView {
    if (!this.current) throw new Error('unreachable: a refit is under way');
    return this.current;
  }

  private async append<T extends RefitEvent['type'] | 'progress'>(type: T, data: EventData<T>): Promise<void> {
    const event = await this.journal.append({ actor: 'system', type, data } as Parameters<RunJournal['append']>[0]);
    if (isRefitEvent(event)) this.refits = foldRefits(this.refits, event);
  }

  // A run that has ended takes none of these.
  readonly bench = { decide: () => ended<boolean>() };
  pause = (): Promise<void> => ended();
  resume = (): Promise<void> => ended();
  instruct = (): Promise<void> => ended();
  act = (): Promise<never> => ended();
  answerApproval = (): Promise<void> => ended();
  reveal = (): Promise<never> => ended();
  blob = (): Promise<string> => ended();
  giveKey = (): void => {
    throw overError();
  };
  stats = (): Promise<undefined> => Promise.resolve(undefined);
  windowCame = (): (() => void) => () => undefined;
}

const overError = (): RunnerError => new RunnerError('run_ended', 'The run has ended; one of its attempts goes to Kaggle.', 'Start a new run.');
const ended = <T>(): Promise<T> => Promise.reject(overError());

function repetitionConfig(config: RunConfig, refit: number): RunConfig {
  return { ...config, runId: `${config.runId}-refit${refit}`, limits: { gradedCalls: null, stepSeconds: config.limits.stepSeconds * moreTime } };
}
