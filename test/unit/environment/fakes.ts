import type { Competition, EnvironmentPorts } from '../../../src/core/environment/ports';
import { Environment } from '../../../src/core/environment/environment';
import { EnvironmentState } from '../../../src/core/environment/state';
import { manifestSchema } from '../../../src/core/competition/manifest';
import type { CompetitionGrade, Problem } from '../../../src/core/grading/result';
import type { NewEvent, RunConfig, RunEvent } from '../../../src/core/run/events';
import { runEventSchema } from '../../../src/core/run/events';
import type { JobEvent, JobResult, JobSpec, Sandbox, SandboxFile } from '../../../src/core/runtime/runtime';
import { createHash } from 'node:crypto';
import { encode } from 'fast-png';

/** In-memory ports of the environment: a sandbox whose "Python" is a function, a journal that checks its events. */

export const config = (limits: Partial<RunConfig['limits']> = {}, agent = 'offline'): RunConfig => ({
  schema: 1,
  runId: 'r1',
  number: 1,
  competition: { id: 'toy', title: 'Toy', modality: 'tabular', location: 'bundled:toy', metric: 'rmse', metricLabel: 'RMSE', direction: 'minimize', board: [] },
  agent,
  preset: 'offline',
  seed: 0,
  runtime: 'local',
  image: 'cpu',
  gpu: 'none',
  edits: 'auto',
  allowUnisolated: false,
  limits: { gradedCalls: 3, stepSeconds: 60, ...limits },
  podium: '0.0.0',
});

export const competition: Competition = {
  manifest: manifestSchema.parse({
    schema: 1,
    id: 'toy',
    title: 'Toy',
    summary: 'A toy.',
    source: { kind: 'own', name: 'none', url: 'https://example.org', licence: 'CC0' },
    modality: 'tabular',
    task: 'regression',
    files: [{ path: 'data/train.csv', role: 'train', description: 'x' }],
    submission: { id: ['id'], target: ['y'] },
    metric: { name: 'rmse' },
    split: { seed: 1, publicShare: 0.5, by: 'row' },
  }),
  description: '# Toy',
  metricLabel: 'RMSE',
  direction: 'minimize',
  board: [],
  profiles: [{ path: 'data/train.csv', bytes: 10, rows: 2, columns: [{ name: 'Fare', kind: 'number', role: 'feature', missing: 0, unique: 2 }], head: [['1'], ['2']] }],
  sample: 'id,y\n1,0\n',
};

/** What a script does: its text says it. `print …`, `value …`, `write <file> <text>`, `fail <type> <message>`, `plot <w>x<h> <file>`, `milestone <name>`. */
export interface FakeRun {
  readonly spec: JobSpec;
  readonly folder: Map<string, string>;
}

const hash = (content: Uint8Array | string): string => createHash('sha256').update(content).digest('hex');
const text = (content: Uint8Array | string): string => (typeof content === 'string' ? content : new TextDecoder().decode(content));

export class FakeSandbox implements Sandbox {
  readonly info: Sandbox['info'];
  network: Sandbox['network'] = 'closed';
  readonly folders = new Map<string, Map<string, string>>();
  readonly runs: FakeRun[] = [];
  /** Jobs that it knows, by id: a second `run` shows the same again. */
  private readonly jobs = new Map<string, { events: JobEvent[]; result: JobResult }>();
  /** Called before a job ends: tests cut things off here. */
  during: ((spec: JobSpec) => void | Promise<void>) | undefined;
  /** Id of a job that ended with the sandbox before it was started anew. */
  forgets: string | undefined;

  constructor(id = 'box', isolation: Sandbox['info']['isolation'] = 'bubblewrap') {
    this.info = { id, runtime: 'local', isolation, image: 'python', python: '3.11', libraries: { sklearn: '1.2', pandas: '1.5' } };
  }

  put = async (folder: string, files: readonly SandboxFile[]): Promise<void> => {
    const there = this.folder(folder);
    for (const file of files) there.set(file.path, text(file.content));
  };
  remove = async (folder: string, paths: readonly string[]): Promise<void> => paths.forEach((path) => this.folder(folder).delete(path));
  clear = async (folder: string, keep: readonly string[]): Promise<void> => {
    for (const path of [...this.folder(folder).keys()]) if (!keep.includes(path)) this.folder(folder).delete(path);
  };
  get = async (folder: string, path: string, maxBytes: number): Promise<Uint8Array | undefined> => {
    const content = this.folder(folder).get(path);
    if (content === undefined || content.length > maxBytes) return undefined;
    // A picture's bytes stand one to a character.
    return path.endsWith('.png') ? new Uint8Array(Buffer.from(content, 'latin1')) : new TextEncoder().encode(content);
  };
  list = async (folder: string): Promise<readonly { path: string; bytes: number }[]> => [...this.folder(folder)].map(([path, content]) => ({ path, bytes: content.length }));

  async run(spec: JobSpec, listener: (event: JobEvent) => void, signal: AbortSignal): Promise<JobResult> {
    const known = this.jobs.get(spec.id) ?? this.start(spec);
    for (const event of known.events) listener(event);
    await this.during?.(spec);
    if (this.forgets === spec.id) return { status: 'lost', exitCode: null, seconds: 0 };
    return signal.aborted ? { status: 'cancelled', exitCode: null, seconds: 1 } : known.result;
  }

  interrupt = async (): Promise<void> => undefined;
  restartKernel = async (): Promise<void> => undefined;
  stats = async () => ({ cpuPercent: 0, memoryMb: 0, memoryLimitMb: 0 });
  stop = async (): Promise<void> => undefined;
  detach = async (): Promise<void> => undefined;

  private folder(name: string): Map<string, string> {
    const folder = this.folders.get(name) ?? new Map<string, string>();
    this.folders.set(name, folder);
    return folder;
  }

  private start(spec: JobSpec): { events: JobEvent[]; result: JobResult } {
    const folder = this.folder(spec.folder);
    this.runs.push({ spec, folder: new Map(folder) });
    const events: JobEvent[] = [];
    let result: JobResult = { status: 'done', exitCode: 0, seconds: 2 };
    if (spec.task.kind === 'script' && spec.task.path === 'check.py') {
      const bad = spec.task.args.filter((name) => folder.get(name)?.includes('syntax error'));
      const errors = bad.map((file) => ({ file, line: 1, type: 'SyntaxError', message: 'invalid syntax', source: '' }));
      events.push({ type: 'output', stream: 'stdout', text: JSON.stringify({ errors }) });
    } else {
      for (const [cell, code] of parts(spec, folder)) {
        for (const [at, line] of code.split('\n').entries()) {
          const [word, first = '', ...rest] = line.split(' ');
          if (word === 'print') events.push({ type: 'output', stream: 'stdout', text: `${[first, ...rest].join(' ')}\n`, ...(cell === undefined ? {} : { cell }) });
          if (word === 'value' && cell !== undefined) {
            const output = { output_type: 'execute_result', data: { 'text/plain': [first, ...rest].join(' '), 'image/png': 'aGk=' }, metadata: {} } as const;
            events.push({ type: 'cell_output', cell, output });
          }
          if (word === 'plot') {
            const [width, height] = first.split('x').map(Number);
            const png = plot(width, height);
            if (cell === undefined) folder.set(rest[0] ?? 'plot.png', png.toString('latin1'));
            else events.push({ type: 'cell_output', cell, output: { output_type: 'display_data', data: { 'image/png': png.toString('base64') }, metadata: {} } });
          }
          if (word === 'write') folder.set(first, rest.join(' ').replaceAll('|', '\n'));
          if (word === 'milestone') events.push({ type: 'milestone', milestone: { name: first as 'trained', at: 1 } });
          if (word === 'status') result = { ...result, status: first as 'timeout' };
          if (word === 'fail') {
            const path = spec.task.kind === 'script' ? spec.task.path : '<cell>';
            result = { status: 'failed', exitCode: 1, seconds: 2, exception: { type: first, message: rest.join(' '), frames: [{ file: path, line: at + 1, source: line, ...(cell === undefined ? {} : { cell }) }] } };
          }
        }
        if (cell !== undefined) events.push({ type: 'cell_done', cell, ok: result.status === 'done', executionCount: 1, seconds: 1 });
      }
    }
    const job = { events, result };
    this.jobs.set(spec.id, job);
    return job;
  }
}

/** A grey picture. */
export const plot = (width = 1, height = 1): Buffer => Buffer.from(encode({ width, height, data: new Uint8Array(width * height).fill(128), channels: 1 }));

function parts(spec: JobSpec, folder: Map<string, string>): (readonly [string | undefined, string])[] {
  switch (spec.task.kind) {
    case 'script':
      return [[undefined, folder.get(spec.task.path) ?? 'fail FileNotFoundError']];
    case 'shell':
      return [[undefined, spec.task.command]];
    case 'cell':
      return [[spec.task.cell, spec.task.code]];
    case 'notebook':
      return spec.task.cells.map((cell) => [cell.id, cell.code] as const);
  }
}

/** Valid when it begins `id,y`; the score is the number behind it. */
export function fakeGrade(submission: Uint8Array): CompetitionGrade {
  const match = /^id,y\n1,(-?[\d.]+)$/.exec(text(submission));
  const errors: Problem[] = match ? [] : [{ code: 'missing_ids', message: 'Ids are missing.', count: 1, examples: [], fix: 'Add them.' }];
  const score = match ? Number(match[1]) : null;
  const part = score === null ? null : { score, se: 0.01 };
  return { valid: errors.length === 0, score, metric: 'rmse', direction: 'minimize', rows: 1, errors, warnings: [], public: part, private: part && { score: part.score + 100, se: 0.01 } };
}

export interface World {
  readonly blobs: EnvironmentPorts['blobs'];
  readonly environment: Environment;
  readonly events: RunEvent[];
  readonly sandbox: FakeSandbox;
  readonly privateGrades: { attempt: number; grade: CompetitionGrade }[];
  readonly files: Map<string, string>;
  /** Graded calls of the day, and one that another run takes. */
  dayUsed(): number;
  dayTake(step: number): void;
  /** Seconds of run time. */
  time: { elapsed: number };
}

export class Killed extends Error {}

function configOf(options: { limits?: Partial<RunConfig['limits']>; visibility?: RunConfig['visibility']; agent?: string; approved?: RunConfig['approved'] }): RunConfig {
  return { ...config(options.limits, options.agent), ...(options.visibility ? { visibility: options.visibility } : {}), ...(options.approved ? { approved: options.approved } : {}) };
}

/** An environment on fakes; `from` continues another's journal, as after a crash. */
export function world(options: { limits?: Partial<RunConfig['limits']>; visibility?: RunConfig['visibility']; agent?: string; approved?: RunConfig['approved']; sandbox?: FakeSandbox; competition?: Competition; from?: World; killAfter?: number; grader?: EnvironmentPorts['grader'] } = {}): World {
  const events: RunEvent[] = options.from ? [...options.from.events] : [];
  const run = options.from ? undefined : configOf(options);
  const blobs: Map<string, Uint8Array> = options.from ? blobsOf.get(options.from)! : new Map();
  const files = options.from?.files ?? new Map<string, string>();
  const sandbox = options.sandbox ?? options.from?.sandbox ?? new FakeSandbox();
  const privateGrades = options.from?.privateGrades ?? [];
  const time = { elapsed: options.from?.time.elapsed ?? 0 };
  let left = options.killAfter ?? Infinity;
  const append = async (event: NewEvent): Promise<RunEvent> => {
    if (left-- <= 0) throw new Killed();
    const full = runEventSchema.parse({ seq: events.length + 1, ts: 0, elapsed: time.elapsed, ...JSON.parse(JSON.stringify(event)) });
    events.push(full);
    return full;
  };
  if (run) {
    const { id, runtime, isolation, image, python, libraries } = sandbox.info;
    const base = { ts: 0, elapsed: 0, actor: 'system' } as const;
    events.push({ ...base, seq: 1, type: 'run_started', data: { config: run } });
    events.push({ ...base, seq: 2, type: 'sandbox', data: { id, runtime, isolation, image, python, libraries: { ...libraries } } });
  }
  const dayCalls = new Set<number>();
  const dayTake = (step: number): void => void dayCalls.add(step);
  const ports: EnvironmentPorts = {
    competition: options.competition ?? competition,
    sandbox,
    isolation: sandbox.info.isolation,
    grader: options.grader ?? { grade: async (submission) => fakeGrade(submission) },
    day: {
      used: async (besides) => [...dayCalls].filter((step) => step !== besides).length,
      take: async (step, limit) => dayCalls.has(step) || ((limit === undefined || dayCalls.size < limit) && dayCalls.add(step).size > 0),
      giveBack: async (step) => void dayCalls.delete(step),
    },
    ledger: { record: async (attempt, grade) => void privateGrades.push({ attempt, grade }) },
    journal: { append },
    blobs: {
      put: async (content) => {
        const key = hash(content);
        blobs.set(key, typeof content === 'string' ? new TextEncoder().encode(content) : content);
        return key;
      },
      get: async (key) => blobs.get(key) ?? Promise.reject(new Error(`no blob ${key}`)),
    },
    folder: {
      writeCode: async (attempt, code) => code.forEach((content, path) => files.set(`${attempt}/code/${path}`, text(content))),
      write: async (attempt, name, content) => (files.set(`${attempt}/${name}`, text(content)), `attempts/${attempt}/${name}`),
      appendLog: async (attempt, name, more) => (files.set(`${attempt}/${name}`, (files.get(`${attempt}/${name}`) ?? '') + more), `attempts/${attempt}/${name}`),
    },
    clock: { now: () => 0 },
  };
  const state = EnvironmentState.of(events);
  if (!state.config) throw new Error('a world begins with run_started');
  const environment = new Environment(ports, { config: state.config, state, elapsed: () => time.elapsed });
  const made: World = { blobs: ports.blobs, environment, events, sandbox, privateGrades, files, dayUsed: () => dayCalls.size, dayTake, time };
  blobsOf.set(made, blobs);
  return made;
}

const blobsOf = new WeakMap<World, Map<string, Uint8Array>>();
