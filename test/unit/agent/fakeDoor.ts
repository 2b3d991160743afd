import { parseAction, type Action, type RawAction } from '../../../src/core/environment/actions';
import type { Claim, Failure, Observation } from '../../../src/core/environment/observation';
import type { Problem } from '../../../src/core/grading/result';
import type { Asked, PlayerDoor } from '../../../src/core/agent/player';

export interface FakeAttempt {
  readonly id: number;
  readonly operator: string;
  readonly parents: readonly number[];
  readonly files: Map<string, string>;
  readonly cells: { kind: string; source: string }[];
  valid: boolean;
  entry: string | null;
  limit: number | null;
}

/** What running an attempt's entry gives. */
export interface Result {
  readonly seconds?: number;
  readonly claim?: Claim;
  readonly failure?: Partial<Failure> & Pick<Failure, 'type' | 'message'>;
  readonly problems?: readonly Problem[];
}

export interface FakeOptions {
  /** The landscape: text of the entry (all code cells of a notebook) → what it gives. */
  readonly run: (text: string, attempt: FakeAttempt) => Result;
  readonly seconds?: number;
  readonly attempts?: number;
  readonly gradedCalls?: number;
  /** Ends the run after that many steps, as a limit would. */
  readonly stopAfterSteps?: number;
}

/** An environment in memory behind the action table: no Python, no clock, the same every time. */
export class FakeDoor implements PlayerDoor {
  readonly log: string[] = [];
  readonly attempts: FakeAttempt[] = [];
  readonly explanations: { attempt: number | null; text: string }[] = [];
  selected: { attempt: number; why: string } | null = null;
  finished = false;
  used = 0;
  private calls = 0;
  private steps = 0;
  private problems: readonly Problem[] = [];

  constructor(private readonly options: FakeOptions) {}

  explain(attempt: number | null, text: string): Promise<void> {
    this.explanations.push({ attempt, text });
    return Promise.resolve();
  }

  select(attempt: number, why: string): Promise<void> {
    this.selected = { attempt, why };
    return Promise.resolve();
  }

  ask(): Promise<Asked> {
    throw new Error('The offline agent asks no model.');
  }

  step(raw: RawAction): Promise<Observation> {
    const parsed = parseAction(raw);
    if (!parsed.ok) throw new Error(parsed.message);
    this.steps += 1;
    if (this.options.stopAfterSteps !== undefined && this.steps > this.options.stopAfterSteps) {
      return Promise.resolve(this.observe(raw.name, { status: 'error', done: true }));
    }
    this.log.push(JSON.stringify(parsed.action));
    return Promise.resolve(this.act(parsed.action));
  }

  private get current(): FakeAttempt {
    const attempt = this.attempts.at(-1);
    if (!attempt) throw new Error('There is no attempt yet.');
    return attempt;
  }

  private act(action: Action): Observation {
    switch (action.name) {
      case 'reset': {
        const { from, parents, operator } = action.params;
        const source = this.attempts.find((attempt) => attempt.id === from);
        this.attempts.push({
          id: this.attempts.length + 1,
          operator,
          parents: parents ?? [],
          files: new Map(source?.files),
          cells: [...(source?.cells ?? [])],
          valid: false,
          entry: null,
          limit: null,
        });
        return this.observe('reset');
      }
      case 'write_file':
        this.current.files.set(action.params.path, action.params.content);
        return this.observe('write_file');
      case 'insert_cell':
        this.current.cells.push({ kind: action.params.kind, source: action.params.source });
        return this.observe('insert_cell', { data: { cell: `c${this.current.cells.length}` } });
      case 'run_script':
        return this.run(action.params.path, this.current.files.get(action.params.path) ?? '', action.params.seconds);
      case 'run_all':
        return this.run(action.params.path, this.current.cells.filter((cell) => cell.kind === 'code').map((cell) => cell.source).join('\n'), action.params.seconds);
      case 'submit': {
        const valid = this.problems.length === 0;
        if (valid) this.calls += 1;
        this.current.valid = valid;
        const grade = { valid, public: valid ? { score: 1, se: null } : null, errors: [...this.problems], warnings: [] };
        return this.observe('submit', { grade, status: valid ? 'ok' : 'error' });
      }
      case 'finish':
        this.finished = true;
        return this.observe('finish', { done: true });
      default:
        return this.observe(action.name);
    }
  }

  private run(path: string, text: string, limit: number | undefined): Observation {
    const attempt = this.current;
    attempt.entry = path;
    attempt.limit = limit ?? null;
    const result = this.options.run(text, attempt);
    const seconds = Math.min(result.seconds ?? 1, limit ?? Infinity);
    this.used += seconds;
    this.problems = result.problems ?? [];
    const late = (result.seconds ?? 1) > seconds;
    const failure = late ? { type: 'timeout', message: 'Stopped after its time limit.' } : result.failure;
    if (failure) {
      const error: Failure = { hints: [], signature: `${failure.type}: ${failure.message}`, ...failure };
      return this.observe('run', { status: late ? 'timeout' : 'error', error, seconds });
    }
    return this.observe('run', { claim: result.claim, seconds });
  }

  private observe(action: string, more: Partial<Observation> = {}): Observation {
    const { seconds, attempts, gradedCalls = 50 } = this.options;
    return {
      action,
      attempt: this.attempts.at(-1)?.id ?? null,
      status: 'ok',
      summary: '',
      seconds: 0,
      budget: {
        ...(seconds === undefined ? {} : { seconds: { used: this.used, limit: seconds } }),
        ...(attempts === undefined ? {} : { attempts: { used: this.attempts.length, limit: attempts } }),
        gradedCalls: { used: this.calls, limit: gradedCalls },
      },
      done: false,
      ...more,
    };
  }
}

/** A claim of five folds around a value; the same spread for all, so that differences are exact. */
export function claimAt(value: number, spread = 0.01): Claim {
  const folds = [-2, -1, 0, 1, 2].map((step) => value + step * spread);
  return { value, se: spread, folds, source: 'line' };
}
