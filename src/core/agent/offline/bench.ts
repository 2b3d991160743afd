import type { Operator } from '../../environment/actions';
import type { Budget, Claim, Failure, Observation } from '../../environment/observation';
import type { Problem } from '../../grading/result';
import type { PlayerDoor } from '../player';
import type { Cell } from './code/sections';

/** The run has ended: no further action is taken. */
export class RunEnded extends Error {
  constructor() {
    super('The run has ended.');
    this.name = 'RunEnded';
  }
}

export interface NewAttempt {
  readonly operator: Operator;
  readonly plan: string;
  /** Attempt whose files to start from; null starts empty. */
  readonly from: number | null;
  readonly parents: readonly number[];
}

/** Files or cells of an attempt; the first file is the entry. */
export type Entry =
  | { readonly kind: 'script'; readonly files: readonly { readonly path: string; readonly text: string }[] }
  | { readonly kind: 'notebook'; readonly path: string; readonly cells: readonly Cell[] };

export interface Outcome {
  readonly attempt: number;
  readonly ok: boolean;
  readonly claim: Claim | null;
  readonly public: number | null;
  readonly failure: Failure | null;
  readonly problems: readonly Problem[];
  readonly seconds: number;
}

/** The agent's hands: attempts through the action table, and the budget that was last seen. */
export class Bench {
  budget: Budget | null = null;
  attempts = 0;

  constructor(private readonly door: PlayerDoor) {}

  /** One action. Throws RunEnded when the run is over. */
  async step(name: string, params: Readonly<Record<string, unknown>> = {}): Promise<Observation> {
    const observation = await this.door.step({ name, params });
    this.budget = observation.budget;
    if (observation.done && name !== 'finish') throw new RunEnded();
    return observation;
  }

  /** Begins an attempt, writes its entry, runs it and, when it ran, submits it. */
  async attempt(begin: NewAttempt, entry: Entry, seconds: number | null): Promise<Outcome> {
    const { operator, plan, from, parents } = begin;
    const begun = await this.step('reset', { from, parents, operator, plan: plan.slice(0, 2000) });
    if (begun.status !== 'ok' || begun.attempt === null) return failed(0, begun);
    this.attempts += 1;
    const attempt = begun.attempt;
    const trouble = entry.kind === 'script' ? await this.writeFiles(entry.files) : await this.writeCells(entry.path, entry.cells);
    if (trouble) return failed(attempt, trouble);
    const limit = seconds === null ? {} : { seconds: Math.max(1, Math.floor(seconds)) };
    const path = entry.kind === 'script' ? (entry.files[0]?.path ?? 'train.py') : entry.path;
    const run = await this.step(entry.kind === 'script' ? 'run_script' : 'run_all', { path, ...limit });
    if (run.status !== 'ok') return failed(attempt, run);
    const graded = await this.step('submit', { entry: path });
    if (graded.status !== 'ok' || graded.grade?.valid !== true) return { ...failed(attempt, graded), seconds: run.seconds };
    return {
      attempt,
      ok: true,
      claim: run.claim ?? graded.claim ?? null,
      public: graded.grade.public?.score ?? null,
      failure: null,
      problems: [],
      seconds: run.seconds,
    };
  }

  private async writeFiles(files: readonly { path: string; text: string }[]): Promise<Observation | null> {
    for (const { path, text } of files) {
      const written = await this.step('write_file', { path, content: text });
      if (written.status !== 'ok') return written;
    }
    return null;
  }

  private async writeCells(path: string, cells: readonly Cell[]): Promise<Observation | null> {
    let after: string | undefined;
    for (const { kind, source } of cells) {
      const inserted = await this.step('insert_cell', { path, kind, source, ...(after === undefined ? {} : { after }) });
      if (inserted.status !== 'ok') return inserted;
      after = cellId(inserted.data) ?? (await this.lastCell(path));
    }
    return null;
  }

  private async lastCell(path: string): Promise<string | undefined> {
    const { data } = await this.step('read_notebook', { path });
    const cells = field(data, 'cells');
    return Array.isArray(cells) ? cellId(cells.at(-1)) : undefined;
  }

  /** Paths of the data files, as a script sees them. */
  async dataFiles(): Promise<string[]> {
    const { data } = await this.step('list_files', { path: 'data' });
    const files = field(data, 'files');
    if (!Array.isArray(files)) return [];
    return files.flatMap((file: unknown) => {
      const path = typeof file === 'string' ? file : field(file, 'path');
      return typeof path === 'string' ? [path] : [];
    });
  }
}

function failed(attempt: number, observation: Observation): Outcome {
  return {
    attempt,
    ok: false,
    claim: null,
    public: null,
    failure: observation.error ?? null,
    problems: observation.grade?.errors ?? [],
    seconds: observation.seconds,
  };
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function cellId(data: unknown): string | undefined {
  const id = field(data, 'cell') ?? field(data, 'id');
  if (typeof id === 'string') return id;
  const nested = field(id, 'id');
  return typeof nested === 'string' ? nested : undefined;
}
