import type { RawAction } from '../../core/environment/actions';
import type { Environment, StepOptions } from '../../core/environment/environment';
import type { Observation } from '../../core/environment/observation';
import { laneOf } from '../../core/environment/state';
import { describeError } from '../../core/errors';
import type { EventData } from '../../core/run/events';
import type { Sandbox } from '../../core/runtime/runtime';
import { RuntimeError } from '../../core/runtime/runtimeError';
import type { RunJournal } from '../storage/journal';
import type { RunGate } from './runGate';
import type { RunMemory } from './runMemory';
import type { SandboxSource } from './sandboxSource';

export interface KeeperParts {
  readonly sandboxes: SandboxSource;
  readonly memory: RunMemory;
  readonly gate: RunGate;
  /** The run's end. */
  readonly signal: AbortSignal;
  readonly append: (event: Parameters<RunJournal['append']>[0]) => Promise<void>;
  readonly log: (line: string) => void;
}

/** How often a lost sandbox is replaced within one run of this process. */
const maxReplacements = 8;
/** How often a step that lost its sandbox is tried again. */
const maxRetries = 1;

/** The sandbox of a run: found or made, and made again when it is lost in the middle of a step. */
export class SandboxKeeper {
  private current: Sandbox | undefined;
  private replacements = 0;
  private replacing: Promise<void> | undefined;

  constructor(private readonly parts: KeeperParts) {}

  get sandbox(): Sandbox | undefined {
    return this.current;
  }

  /**
   * The sandbox that the run had before, when it still lives, or a new one.
   * @param again the run had one before
   * @throws RuntimeError, CancelledError
   */
  async open(again: boolean): Promise<Sandbox> {
    const { gate, memory } = this.parts;
    const sandbox = await gate.still(() => this.make(again ? memory.lastSandbox : undefined));
    this.current = sandbox;
    return sandbox;
  }

  /**
   * A step of either lane; when its sandbox is lost, again in a new one.
   * @param cutOff number of the step when it began before a crash
   */
  async step(environment: Environment, action: RawAction, options: StepOptions, cutOff: number | null): Promise<Observation> {
    let number = cutOff;
    for (let losses = 0; ; losses++) {
      const resume = number === null ? undefined : environment.state.open.get(number);
      const { current } = this;
      try {
        return await environment.step(action, { ...options, ...(resume ? { resume } : {}), givenUp: losses > maxRetries });
      } catch (error) {
        if (!RuntimeError.is(error, 'sandbox_lost') || this.parts.signal.aborted) throw error;
        number ??= environment.state.openIn(laneOf(options.actor))?.step ?? null;
        // Both lanes may meet the same loss: the second one finds the new sandbox.
        if (this.current !== current && !this.replacing) continue;
        if (!this.replacing && this.replacements >= maxReplacements) throw error;
        this.replacing ??= this.replace(environment).finally(() => (this.replacing = undefined));
        await this.replacing;
      }
    }
  }

  /** The sandbox is gone (killed, engine restarted): a new one takes its place. */
  private async replace(environment: Environment): Promise<void> {
    const { log, memory, gate } = this.parts;
    this.replacements += 1;
    log('The sandbox is gone; a new one is started.');
    const known = memory.lastSandbox;
    await this.current?.stop().catch((error: unknown) => log(describeError(error)));
    this.current = await gate.still(() => this.make(known));
    environment.useSandbox(this.current);
  }

  private async make(known: EventData<'sandbox'> | undefined): Promise<Sandbox> {
    const { sandboxes, append, log, signal } = this.parts;
    const progress = (text: string): void => {
      append({ actor: 'system', type: 'progress', data: { text } }).catch((error: unknown) => log(describeError(error)));
    };
    const sandbox = await sandboxes.open(known?.runtime, progress, signal);
    if (sandbox.info.id !== known?.id || this.current) {
      const { id, runtime, isolation, image, python, libraries } = sandbox.info;
      await append({ actor: 'system', type: 'sandbox', data: { id, runtime, isolation, image, python, libraries: { ...libraries } } });
    }
    return sandbox;
  }
}
