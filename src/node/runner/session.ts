import type { Player } from '../../core/agent/player';
import type { RawAction } from '../../core/environment/actions';
import type { ApprovalDecision } from '../../core/environment/approval';
import { RunOver } from '../../core/environment/context';
import { Environment, type StepOptions } from '../../core/environment/environment';
import type { Observation } from '../../core/environment/observation';
import type { Clock, Grader } from '../../core/environment/ports';
import { EnvironmentState } from '../../core/environment/state';
import { CancelledError, describeError, PodiumError } from '../../core/errors';
import type { Actor, EventData, RunConfig, RunEvent } from '../../core/run/events';
import { recordingOf, type Recording } from '../../core/run/replay';
import type { SandboxStats } from '../../core/runtime/runtime';
import type { Revealed } from '../../protocol/runner';
import type { LoadedCompetition } from '../competitions/library';
import { BlobStore } from '../storage/blobStore';
import { RunJournal } from '../storage/journal';
import { DayLedger } from '../storage/dayLedger';
import { PrivateGrades } from '../storage/privateGrades';
import { readRunText } from '../storage/runContent';
import { AttemptFiles } from '../storage/runFolder';
import { writeFailure } from '../storage/storageError';
import { agentDoor } from './agentDoor';
import { ApprovalDesk } from './approvalDesk';
import { BenchSync } from './benchSync';
import { ChosenTest, testGivenUp, testStopped } from './chosenTest';
import type { HiddenTestRun } from './hiddenTest';
import { RunGate } from './runGate';
import { RunnerError } from './runnerError';
import { ModelDesk, type RunModel } from './modelDesk';
import { factsOf } from './playerFacts';
import { keepFiles } from './personFiles';
import { overByPerson, RunMemory } from './runMemory';
import type { AnsweringWindow } from './windowModel';
import { SandboxKeeper } from './sandboxKeeper';
import type { SandboxSource } from './sandboxSource';

export interface SessionParts {
  readonly folder: string;
  readonly config: RunConfig;
  readonly competition: LoadedCompetition;
  /** PODIUM_HOME. */
  readonly home: string;
  /** `<workspace>/<competition>`, made already. */
  readonly benchFolder: string;
  readonly grader: Grader;
  /** Decides after the run where public scores are only printed beside the code. */
  readonly hiddenTest?: HiddenTestRun;
  readonly sandboxes: SandboxSource;
  /** Absent: the run waits for the person's actions. */
  readonly player?: Player;
  readonly actor: Actor;
  /** The model that the player asks. */
  readonly model?: RunModel;
  /**
   * What a run does that cannot go on by itself: `wait` for a window that resumes it, or `leave`
   * the process, to be resumed later. Default: `wait`.
   */
  readonly whenStuck?: 'wait' | 'leave';
  /** A window started this process and will attach: it is waited for when the person must be asked. Default: not. */
  readonly expectsWindow?: boolean;
  /** What a stopped step may take to end before its sandbox is removed. Default: 45, since a busy machine may need ten or so. */
  readonly settleSeconds?: number;
  readonly clock: Clock;
  readonly log: (line: string) => void;
}

export interface SessionListener {
  output?(attempt: number, text: string): void;
}

type RunProblem = NonNullable<EventData<'run_finished'>['error']>;

interface Ending {
  readonly status: 'finished' | 'stopped' | 'failed';
  readonly reason: string;
}
/** `waiting`: the run has not ended; this process lets it go and `resume` goes on with it. */
export type RunEnd = Ending | { readonly status: 'waiting'; readonly reason: string };

/** The run is let go without an end. */
class RunLeft extends Error {}

/** A job gets the run's remaining time as its own limit; only what ignores it is aborted, this much later. */
const deadlineGraceSeconds = 3;

/**
 * One run while a process holds it: environment, player, sandbox and journal together. Everything
 * that it knows is in the journal, so that it can be killed at any moment and opened again.
 */
export class RunSession {
  private readonly abort = new AbortController();
  private readonly listeners = new Set<SessionListener>();
  private environment: Environment | undefined;
  /** Resolves when there is an environment, or when there will be none. */
  private readonly started: Promise<void>;
  private markStarted: () => void = () => undefined;
  private readonly keeper: SandboxKeeper;
  private finishedByPerson: ((reason: string) => void) | undefined;
  private ending: Promise<RunEnd> | undefined;
  private readonly gate: RunGate;
  private readonly approvals: ApprovalDesk;
  readonly bench: BenchSync;
  private readonly grades: PrivateGrades;
  private readonly blobs: BlobStore;
  private readonly state: EnvironmentState;
  private readonly memory: RunMemory;
  private readonly test: ChosenTest | undefined;
  /** What the player did before this process; its door has it from when it plays. */
  private recording: Recording;

  private constructor(
    private readonly parts: SessionParts,
    private readonly journal: RunJournal,
    events: readonly RunEvent[],
  ) {
    this.started = new Promise((resolve) => {
      this.markStarted = resolve;
      this.abort.signal.addEventListener('abort', () => resolve(), { once: true });
    });
    this.state = EnvironmentState.of(events);
    this.memory = new RunMemory(events);
    this.recording = recordingOf(events);
    // Making or finding the sandbox does not count as run time.
    journal.runClock.pause();
    this.gate = new RunGate(journal.runClock);
    this.approvals = new ApprovalDesk({ append: (event) => this.append(event), gate: this.gate, expectsWindow: parts.expectsWindow ?? false });
    this.keeper = new SandboxKeeper({ sandboxes: parts.sandboxes, memory: this.memory, gate: this.gate, signal: this.abort.signal, append: (event) => this.append(event), log: parts.log });
    this.blobs = new BlobStore(`${parts.folder}/blobs`);
    this.grades = new PrivateGrades(parts.home, parts.config.runId);
    const { config, benchFolder, hiddenTest, competition, log } = parts;
    this.test = hiddenTest && new ChosenTest({ hiddenTest, competition, state: this.state, grades: this.grades, blobs: this.blobs, gate: this.gate, leaveSandbox: () => this.leaveSandbox(), append: (event) => this.append(event), log });
    this.bench = new BenchSync({ config, folder: benchFolder, runFolder: parts.folder, blobs: this.blobs, events, append: (event) => this.append(event), log });
    journal.onEvent((event) => this.memory.take(event));
    journal.onEvent((event) => this.bench.take(event));
  }

  /** Locks the run folder and folds its journal. @throws StorageError */
  static async open(parts: SessionParts): Promise<RunSession> {
    const { journal, events } = await RunJournal.open(parts.folder, parts.clock);
    if (events.length > 0) return new RunSession(parts, journal, events);
    // Killed between the making of its folder and its first event.
    const started = await journal.append({ actor: 'system', type: 'run_started', data: { config: parts.config } });
    return new RunSession(parts, journal, [started]);
  }

  get runId(): string {
    return this.parts.config.runId;
  }

  /** Every event so far, oldest first, from the journal's file. */
  events(): Promise<readonly RunEvent[]> {
    return this.journal.read();
  }

  onEvent(listener: (event: RunEvent) => void): () => void {
    return this.journal.onEvent(listener);
  }

  listen(listener: SessionListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /**
   * Plays the run to its end; called once. The sandbox is gone when it resolves. Never throws for
   * what goes wrong inside the run.
   * @throws StorageError `write_failed` when the disk is full or fails; the run can be resumed
   */
  run(): Promise<RunEnd> {
    this.ending ??= this.play();
    return this.ending;
  }

  private async play(): Promise<RunEnd> {
    if (this.state.finished) return this.recordedEnd();
    const deadline = setInterval(() => this.checkDeadline(), 500);
    let end: Ending;
    let problem: RunProblem | undefined;
    try {
      await this.begin();
      const reason = await this.playOut();
      end = { status: 'finished', reason };
    } catch (error) {
      if (error instanceof RunLeft) {
        await this.letGo('The run waits for you; resume it.');
        await this.bench.settle();
        return { status: 'waiting', reason: error.message };
      }
      const { reason } = this.abort.signal;
      const unwritten = writeFailure(error);
      if (unwritten) {
        await this.letGo('The run folder cannot be written.');
        throw unwritten;
      }
      if (this.abort.signal.aborted && reason instanceof RunOver && (CancelledError.is(error) || error === reason)) {
        end = { status: reason.why === 'stopped' ? 'stopped' : 'finished', reason: reason.message };
      } else {
        // A failure with a reason is told in the run's last event; of any other the place in the code is needed.
        if (!(error instanceof PodiumError)) this.parts.log(error instanceof Error ? (error.stack ?? error.message) : String(error));
        end = { status: 'failed', reason: describeError(error) };
        const message = error instanceof Error ? error.message : String(error);
        problem = { message, ...(error instanceof PodiumError ? { reason: error.reason, ...(error.nextStep ? { nextStep: error.nextStep } : {}) } : {}) };
      }
    } finally {
      clearInterval(deadline);
    }
    // No step of the person may write behind the run's end.
    await this.letGo('The run has ended.');
    return await this.conclude(end, problem);
  }

  private async conclude(played: Ending, problem: RunProblem | undefined): Promise<RunEnd> {
    let end = played;
    await this.bench.settle();
    if (this.environment) {
      const came = end.status === 'finished' ? await this.test?.make(this.environment) : undefined;
      if (came === 'stopped') return { status: 'waiting', reason: testStopped };
      if (came === 'given_up') end = { status: 'stopped', reason: testGivenUp };
      await this.environment.end(end.status, end.reason, problem);
    } else await this.append({ actor: 'system', type: 'run_finished', data: { ...end, ...(problem ? { error: problem } : {}) } });
    try {
      await this.keeper.sandbox?.stop();
    } catch (error) {
      this.parts.log(`The sandbox could not be removed: ${describeError(error)}`);
    }
    return end;
  }

  /** The player's sandbox goes before the run ends. */
  private async leaveSandbox(): Promise<void> {
    await this.keeper.sandbox?.stop().catch((error: unknown) => this.parts.log(describeError(error)));
    await this.parts.sandboxes.release();
  }

  /**
   * Takes the door away from player and person, and waits until their steps have ended. A job that no
   * limit and no signal ends goes with its sandbox. Nothing is journaled.
   */
  private async letGo(why: string): Promise<void> {
    if (!this.abort.signal.aborted) this.abort.abort(new RunOver('stopped', why));
    this.gate.open();
    const settled = this.gate.settled().then(() => true);
    const inTime = (): Promise<boolean> => Promise.race([settled, wait(1000 * (this.parts.settleSeconds ?? 45)).then(() => false)]);
    if (await inTime()) return;
    this.parts.log('A step does not end; its sandbox is removed.');
    await this.keeper.sandbox?.stop().catch((error: unknown) => this.parts.log(describeError(error)));
    if (!(await inTime())) this.parts.log('The step does not end without its sandbox either; the run goes on without it.');
  }

  private recordedEnd(): Ending {
    const { end } = this.memory;
    if (!end) throw new Error('unreachable: a finished run has its last event');
    return { status: end.status, reason: end.reason };
  }

  /** Finds or starts the sandbox and takes up what a crash cut off. */
  private async begin(): Promise<void> {
    const { parts, journal, state } = this;
    const again = state.nextStep > 1 || state.sandboxId !== null;
    const sandbox = await this.keeper.open(again);
    this.environment = new Environment(
      {
        competition: parts.competition,
        sandbox,
        isolation: sandbox.info.isolation,
        grader: parts.grader,
        ledger: this.grades,
        day: new DayLedger(parts.home, parts.config.competition.id, parts.config.runId, parts.clock),
        journal,
        blobs: this.blobs,
        folder: new AttemptFiles(parts.folder),
        clock: parts.clock,
      },
      {
        config: parts.config,
        state,
        elapsed: () => journal.runClock.elapsed(),
        onOutput: (attempt, text) => this.listeners.forEach((listener) => listener.output?.(attempt, text)),
        ask: (question, signal) => this.approvals.ask(question, signal),
      },
    );
    this.markStarted();
    if (again) await this.append({ actor: 'system', type: 'resumed', data: { why: 'Resumed from the journal.' } });
    await this.environment.reconcile();
    for (const open of [...state.open.values()]) {
      if (open.actor !== 'human') continue; // the agent's own step is taken up when it comes to it again
      const again = this.stepInSandbox({ name: open.action, params: open.params }, { actor: 'human', signal: this.abort.signal }, open.step);
      this.gate.track(again).catch((error: unknown) => this.parts.log(describeError(error)));
    }
  }

  /** Plays until the player returns, a budget is used up, or the person ends the run. Returns why. */
  private async playOut(): Promise<string> {
    const { player, competition, config } = this.parts;
    const { sandbox } = this.keeper;
    if (!sandbox) throw new Error('unreachable: play follows begin');
    // Left between the last word of the person, or of a player from outside, and the run's end: neither is waited for again.
    const over = this.memory.overByPerson ?? this.memory.overFromOutside;
    if (over !== undefined) return over;
    const byPerson = new Promise<string>((resolve) => (this.finishedByPerson = resolve));
    const stopped = new Promise<never>((_resolve, reject) => {
      const over = (): void => reject(this.abort.signal.reason as Error);
      if (this.abort.signal.aborted) over();
      else this.abort.signal.addEventListener('abort', over, { once: true });
    });
    if (!player) return await Promise.race([byPerson, stopped]);
    const facts = factsOf(competition, config, this.memory.firstSandbox ?? sandbox.info);
    const { recording } = this;
    this.recording = recordingOf([]);
    const { door, reason } = agentDoor({
      recording,
      actor: this.parts.actor,
      desk: this.desk(),
      step: (action, cutOff) => this.agentStep(action, cutOff),
      append: (event) => this.append(event),
    });
    const played = player.play(door, facts).then(reason);
    // A budget's end lets the player make its choice; only a stop takes the door away.
    return await Promise.race([played, byPerson, this.abandoned(stopped, played)]);
  }

  private async abandoned(stopped: Promise<never>, played: Promise<unknown>): Promise<never> {
    try {
      return await stopped;
    } catch (error) {
      if (error instanceof RunOver && error.why === 'budget') await Promise.race([played.catch(() => undefined), wait(5_000)]);
      // The step under way closes itself in the journal before the run's end is written.
      await Promise.race([this.gate.settled(), wait(15_000)]);
      throw error;
    }
  }

  private desk(): ModelDesk | undefined {
    const { model, config, log } = this.parts;
    if (!model) return undefined;
    return new ModelDesk({
      ...model,
      limits: config.limits,
      state: this.state,
      events: () => this.memory.news,
      blobs: this.blobs,
      append: (event) => this.append(event),
      signal: this.abort.signal,
      unpaused: () => this.gate.passed(),
      wait: (trouble) => this.waitForPerson(trouble),
      log,
    });
  }

  /** Says what is missing and waits until the person resumes the run. */
  private async waitForPerson(trouble: EventData<'waiting'>): Promise<void> {
    this.gate.close();
    await this.append({ actor: 'system', type: 'waiting', data: trouble });
    const { model, whenStuck } = this.parts;
    if (whenStuck === 'leave') throw new RunLeft(`${trouble.why} ${trouble.nextStep}`);
    const over = new AbortController();
    if (trouble.model === 'no_window') void model?.windows?.arrival(Infinity, over.signal).then((came) => (came ? this.resume('system', 'A window is there to ask the model.') : undefined));
    await this.gate.passed();
    over.abort();
  }

  private async agentStep(action: RawAction, cutOff: number | null): Promise<Observation> {
    await this.gate.passed();
    const { reason } = this.abort.signal;
    if (reason instanceof RunOver && reason.why === 'stopped') throw reason;
    const observation = await this.gate.track(this.stepInSandbox(action, { actor: this.parts.actor, signal: this.abort.signal }, cutOff));
    const { reason: now } = this.abort.signal;
    if (now instanceof RunOver && now.why === 'stopped') throw now;
    // What a player gets live is exactly what it would get from the journal.
    return JSON.parse(JSON.stringify(observation)) as Observation;
  }

  private stepInSandbox(action: RawAction, options: StepOptions, cutOff: number | null): Promise<Observation> {
    return this.keeper.step(this.need(), action, options, cutOff);
  }

  // What a window may ask for.

  /** An action by the person, with the texts of the bench that it is about. */
  async act(action: RawAction, files?: Readonly<Record<string, string>>, plan?: string): Promise<Observation> {
    // A window may see the sandbox in the journal a moment before the environment stands.
    await this.started;
    if (!this.environment || this.abort.signal.aborted) throw new RunnerError('run_ended', 'The run has ended.', 'Start a new one.');
    const bench = files ? await keepFiles(files, this.blobs) : undefined;
    const observation = await this.gate.track(this.stepInSandbox(action, { actor: 'human', signal: this.abort.signal, ...(bench ? { bench } : {}), ...(plan === undefined ? {} : { plan }) }, null));
    const over = overByPerson(this.parts.config, observation);
    if (over !== undefined) this.finishedByPerson?.(over);
    return observation;
  }

  /** Takes effect before the agent's next step; the one under way ends first. */
  async pause(why = 'Paused by you; the step under way ends first.'): Promise<void> {
    if (this.gate.isShut || this.abort.signal.aborted) return;
    this.gate.close();
    await this.append({ actor: 'human', type: 'paused', data: { why } });
  }

  async resume(actor: Actor = 'human', why = 'Resumed by you.'): Promise<void> {
    if (!this.gate.isShut) return;
    this.gate.open();
    await this.append({ actor, type: 'resumed', data: { why } });
  }

  /** Ends the run; resolves when its sandbox is gone. */
  async stop(): Promise<void> {
    if (!this.abort.signal.aborted) this.abort.abort(new RunOver('stopped', 'Stopped by you.'));
    this.test?.stop();
    this.gate.open();
    await this.run();
  }

  /** A window has attached; the returned function says that it has gone. */
  windowCame(window: AnsweringWindow): () => void {
    this.bench.windowCame();
    this.approvals.windowCame();
    const gone = this.parts.model?.windows?.windowCame(window);
    return () => {
      this.bench.windowWent();
      this.approvals.windowWent();
      gone?.();
    };
  }

  /** A new key for the run's model, kept in memory alone. @throws RunnerError `bad_request` */
  giveKey(key: string): void {
    const { model, config } = this.parts;
    if (!model?.giveKey) throw new RunnerError('bad_request', `The agent "${config.agent}" takes no key.`);
    model.giveKey(key);
  }

  /** The person's answer to what the run waits for. @throws RunnerError `bad_request` when it does not wait for it */
  answerApproval(id: string, decision: ApprovalDecision): Promise<void> {
    return this.approvals.answer(id, decision);
  }

  async instruct(text: string): Promise<void> {
    await this.append({ actor: 'human', type: 'instruction', data: { text, scope: 'run', attempt: null } });
  }

  async blob(hash: string): Promise<string> {
    return readRunText(this.parts.folder, hash);
  }

  /** Private scores before the run has ended; the journal records that they were looked at. */
  async reveal(): Promise<Revealed> {
    const grades = await this.grades.read();
    await this.append({ actor: 'human', type: 'private_revealed', data: { attempt: null, early: !this.state.finished } });
    return { attempts: [...grades].map(([id, grade]) => ({ id, private: grade.private, all: grade.all })) };
  }

  async stats(): Promise<SandboxStats | undefined> {
    return this.abort.signal.aborted ? undefined : await this.keeper.sandbox?.stats();
  }

  /** Gives the run folder free. The sandbox lives on for its grace time when the run has not ended. */
  async close(): Promise<void> {
    if (!this.state.finished) await this.keeper.sandbox?.detach().catch((error: unknown) => this.parts.log(describeError(error)));
    await this.parts.sandboxes.release().catch((error: unknown) => this.parts.log(describeError(error)));
    // A window that goes while the session closes leaves edits to it: written whole or not at all, and never behind the journal.
    await this.bench.finish();
    await this.journal.close();
  }

  private checkDeadline(): void {
    const limit = this.parts.config.limits.seconds;
    // While the sandbox is found nothing plays; a run whose time is used up still ends with its test.
    if (limit === undefined || !this.environment || this.abort.signal.aborted) return;
    const over = this.journal.runClock.elapsed() - limit;
    // A run that waits for the person or for a player's thoughts ends on time; a job ends itself.
    if (over >= (this.gate.isWorking ? deadlineGraceSeconds : 0)) this.abort.abort(new RunOver('budget', `The ${limit} s of this run are used up.`));
  }

  private async append(event: Parameters<RunJournal['append']>[0]): Promise<void> {
    this.state.apply(await this.journal.append(event));
  }

  private need(): Environment {
    if (!this.environment) throw new RunnerError('bad_request', 'The run is still starting.', 'Wait until it runs.');
    return this.environment;
  }
}

const wait = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds).unref());
