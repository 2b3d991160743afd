import { randomBytes } from 'node:crypto';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { parseJson } from '../../core/parseJson';
import type { Manifest, PythonGrader } from '../../core/competition/manifest';
import { usageColumn } from '../../core/competition/usage';
import type { Grader } from '../../core/environment/ports';
import { CancelledError } from '../../core/errors';
import { columnChecks } from '../../core/grading/columnChecks';
import type { CsvTable } from '../../core/grading/csv';
import { gradeBy } from '../../core/grading/grade';
import { plainProblem } from '../../core/grading/problems';
import type { CompetitionGrade, Problem, Score } from '../../core/grading/result';
import { allColumns, readWhole, writeCsv } from '../../core/grading/writeCsv';
import type { Sandbox, SandboxSpec } from '../../core/runtime/runtime';
import { RuntimeError } from '../../core/runtime/runtimeError';
import { chooseRuntime, type Runtimes } from '../runtimes';
import { homeFolder } from '../storage/podiumHome';
import { GradingError } from './gradingError';
import { unpack } from './unpack';

/** What a Python grader is run with. */
export interface PythonGraderOptions {
  readonly manifest: Manifest;
  readonly grader: PythonGrader;
  /** The competition folder, which holds `grader/`. */
  readonly folder: string;
  readonly answersFile: string;
  /** PODIUM_HOME: the sandbox's files are put together below it. */
  readonly home: string;
  /** `media/python/grade.py`. */
  readonly harnessFile: string;
  readonly runtimes: () => Promise<Runtimes>;
  /** Gives the submission to the grader as it is, as the benchmark does, instead of in the sample's row and column order. */
  readonly asIs?: boolean;
}

const resultSchema = z.array(
  z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('score'), score: z.number() }),
    z.object({ kind: z.literal('not_finite') }),
    z.object({ kind: z.literal('no_module'), message: z.string() }),
    z.object({ kind: z.enum(['refused', 'failed', 'broken']), type: z.string(), message: z.string() }),
  ]),
);
type Outcome = z.output<typeof resultSchema>[number];

/** The files of one case: which rows are scored. */
interface Case {
  readonly name: 'all' | 'public' | 'private' | 'control';
  readonly answers: Uint8Array;
  readonly submission: Uint8Array;
}

const work = 'grade';
const maxResultBytes = 1 << 20;

/**
 * Grades with the competition's own grader in Python, in a sandbox that lives for one grading and
 * sees the grader, the answers and the submission, without network and with limits of time and
 * memory. The submission is first checked by Podium's own reader, so that a missing number is
 * refused and never skipped, and is given in the sample's row and column order.
 *
 * A refusal by the grader is the submission's fault. Any other failure is, when the sample
 * submission passes the same grader; when that fails as well the grader is broken (`bad_answers`).
 * What it says then is kept in `graderFailure`: an exception's text may hold answers.
 */
export function createPythonGrader(options: PythonGraderOptions): Grader {
  return {
    grade: (submission, signal) => new PythonGrading(options).run(submission, signal),
    check: (submission) => new PythonGrading(options).check(submission),
  };
}

class PythonGrading {
  private rows = 0;
  private warnings: readonly Problem[] = [];

  constructor(private readonly options: PythonGraderOptions) {}

  /** @throws GradingError `no_sandbox`, `crashed`; CancelledError */
  async run(submission: Uint8Array, signal: AbortSignal): Promise<CompetitionGrade> {
    const cases = await this.prepare(submission);
    return Array.isArray(cases) ? this.conclude(cases, await this.evaluate(cases, signal)) : cases;
  }

  /** Podium's own rules alone: the grader does not run. */
  async check(submission: Uint8Array): Promise<Pick<CompetitionGrade, 'valid' | 'errors' | 'warnings'>> {
    const cases = await this.prepare(submission);
    return Array.isArray(cases) ? { valid: true, errors: [], warnings: [...this.warnings] } : cases;
  }

  private async prepare(packed: Uint8Array): Promise<Case[] | CompetitionGrade> {
    const unpacked = await unpack(packed);
    if (!unpacked.ok) return this.invalid([plainProblem('bad_archive', unpacked.message, 'Submit a plain CSV file, a gzip file, or a zip with one file in it.')]);
    const submission = unpacked.bytes;
    const { manifest, answersFile, folder } = this.options;
    const { id, target } = manifest.submission;
    const samplePath = manifest.files.find((file) => file.role === 'sample')?.path ?? '';
    const sampleBytes = await readFile(join(folder, samplePath));
    const answersBytes = await readFile(answersFile);
    const sample = readWhole(sampleBytes);
    const answers = answersFile.endsWith('.jsonl') ? null : readWhole(answersBytes);
    if (!sample.ok || answers?.ok === false) {
      return this.invalid([plainProblem('bad_answers', `The competition is broken: its ${sample.ok ? 'answers' : 'sample submission'} cannot be read.`, 'Import it again.')]);
    }
    const reference = answers?.table ?? sample.table;
    const checks = columnChecks(sample.table, reference, id, target);
    const checked = gradeBy(checks, { answers: answers === null ? sampleBytes : answersBytes, submission, id, target, usageColumn: null, parts: false });
    this.rows = checked.rows;
    this.warnings = checked.warnings;
    if (!checked.valid) return this.invalid(checked.errors);
    const read = readWhole(submission);
    if (!read.ok) return this.invalid([plainProblem('not_text', read.message)]);
    if (answers === null) {
      return [
        { name: 'all', answers: answersBytes, submission: this.ordered(read.table, sample.table, null) },
        { name: 'control', answers: answersBytes, submission: sampleBytes },
      ];
    }
    return this.casesOf(answers.table, read.table, sample.table, { submission, sample: sampleBytes });
  }

  private casesOf(answers: CsvTable, submission: CsvTable, sample: CsvTable, raw: { submission: Uint8Array; sample: Uint8Array }): Case[] {
    const columns = allColumns(answers).filter(({ name }) => name !== usageColumn || sample.header.includes(name));
    const everyRow = Array.from({ length: answers.rows }, (_, row) => row);
    const of = (name: 'all' | 'public' | 'private', rows: readonly number[]): Case => ({
      name,
      answers: writeCsv(columns, rows),
      submission: this.options.asIs && name === 'all' ? raw.submission : this.ordered(submission, sample, this.keys(answers, rows)),
    });
    const usage = answers.columns.get(usageColumn);
    const cases = [of('all', everyRow)];
    for (const [name, text] of [['public', 'Public'], ['private', 'Private']] as const) {
      const rows = usage === undefined ? [] : everyRow.filter((row) => usage.text(row) === text);
      if (rows.length > 0) cases.push(of(name, rows));
    }
    return [...cases, { name: 'control', answers: cases[0]!.answers, submission: raw.sample }];
  }

  private keys(table: CsvTable, rows: readonly number[]): string[] {
    const columns = this.options.manifest.submission.id.map((name) => table.columns.get(name));
    return rows.map((row) => JSON.stringify(columns.map((column) => column?.text(row))));
  }

  /** The submission with the sample's columns, its rows in the order of `ids`; rows of one id stay in their own order. */
  private ordered(submission: CsvTable, sample: CsvTable, ids: readonly string[] | null): Uint8Array {
    const wanted = sample.header.filter((name) => submission.columns.has(name));
    const columns = wanted.flatMap((name) => {
      const cells = submission.columns.get(name);
      return cells === undefined ? [] : [{ name, cells }];
    });
    const all = Array.from({ length: submission.rows }, (_, row) => row);
    if (ids === null) return writeCsv(columns, all);
    const byId = new Map<string, number[]>();
    this.keys(submission, all).forEach((key, row) => {
      const rows = byId.get(key);
      if (rows === undefined) byId.set(key, [row]);
      else rows.push(row);
    });
    return writeCsv(columns, [...new Set(ids)].flatMap((key) => byId.get(key) ?? []));
  }

  private async evaluate(cases: readonly Case[], signal: AbortSignal): Promise<readonly Outcome[]> {
    const { grader, folder, home, harnessFile } = this.options;
    const name = `grade-${randomBytes(8).toString('hex')}`;
    const place = join(await homeFolder(home, 'grading'), name);
    const data = join(place, 'data');
    const suffix = this.options.answersFile.endsWith('.jsonl') ? 'jsonl' : 'csv';
    let sandbox: Sandbox | undefined;
    try {
      await mkdir(data, { recursive: true, mode: 0o700 });
      await cp(join(folder, 'grader'), join(data, 'grader'), { recursive: true });
      const listed = cases.map((_, index) => ({ answers: `data/answers-${index}.${suffix}`, submission: `submission-${index}.csv` }));
      await writeFile(join(data, 'job.json'), JSON.stringify({ python: grader.python, name: grader.name, form: grader.form, cases: listed }));
      await Promise.all(cases.map((one, index) => writeFile(join(data, `answers-${index}.${suffix}`), one.answers)));
      sandbox = await this.start(name, data, signal);
      const harness = await readFile(harnessFile);
      await sandbox.put(work, [{ path: 'grade.py', content: harness }, ...cases.map((one, index) => ({ path: `submission-${index}.csv`, content: one.submission }))]);
      return await this.execute(sandbox, signal);
    } finally {
      await sandbox?.stop();
      await rm(place, { recursive: true, force: true });
    }
  }

  private async start(name: string, data: string, signal: AbortSignal): Promise<Sandbox> {
    const { grader, manifest } = this.options;
    const spec: SandboxSpec = {
      runId: name,
      dataFolder: data,
      image: manifest.environment.image,
      gpu: 'none',
      memoryGb: grader.memoryGb,
      shmMb: 64,
      diskMb: 1024,
      pids: 64,
      network: 'none',
      graceSeconds: 60,
      allowUnisolated: false,
    };
    try {
      const { runtime } = await chooseRuntime('auto', await this.options.runtimes(), spec, () => undefined, signal);
      return await runtime.start(spec, () => undefined, signal);
    } catch (error) {
      if (!RuntimeError.is(error)) throw error;
      throw new GradingError('no_sandbox', `The grader in Python has no sandbox to run in: ${error.message}`, error.nextStep ?? 'See `podium doctor`.', { cause: error });
    }
  }

  private async execute(sandbox: Sandbox, signal: AbortSignal): Promise<readonly Outcome[]> {
    const { grader } = this.options;
    let output = '';
    const job = { id: 'grade', folder: work, task: { kind: 'script', path: 'grade.py', args: [] }, seconds: grader.seconds, memoryMb: grader.memoryGb * 1024 } as const;
    const result = await sandbox.run(job, (event) => (output = event.type === 'output' ? (output + event.text).slice(-2000) : output), signal);
    if (signal.aborted || result.status === 'cancelled') throw new CancelledError('Grading was cancelled.');
    if (result.status === 'timeout') return [{ kind: 'broken', type: 'Timeout', message: `It took more than ${grader.seconds} s.` }];
    if (result.status === 'out_of_memory') return [{ kind: 'broken', type: 'OutOfMemory', message: `It needs more than ${grader.memoryGb} GB.` }];
    const written = await sandbox.get(work, 'result.json', maxResultBytes);
    // Cut or overwritten: the same as none.
    const parsed = resultSchema.safeParse(written === undefined ? undefined : parseJson(new TextDecoder().decode(written)));
    if (!parsed.success) throw new GradingError('crashed', `The grader in Python ended without a result: ${output.trim().slice(-400) || result.status}.`, `Look at ${grader.python} of the competition.`);
    return parsed.data;
  }

  private conclude(cases: readonly Case[], outcomes: readonly Outcome[]): CompetitionGrade {
    const of = (name: Case['name']): Outcome | undefined => outcomes[cases.findIndex((one) => one.name === name)];
    const all = of('all') ?? outcomes[0];
    if (all?.kind === 'score') {
      const part = (name: 'public' | 'private'): Score | null => {
        const outcome = of(name);
        return outcome?.kind === 'score' ? { score: outcome.score, se: null } : null;
      };
      return { ...this.base(), valid: true, score: all.score, errors: [], public: part('public'), private: part('private') };
    }
    const problem = this.problemOf(all, of('control'));
    const failure = problem.code === 'undefined_score' && all ? { graderFailure: { type: 'type' in all ? all.type : all.kind, message: 'message' in all ? all.message : '' } } : {};
    return { ...this.invalid([problem]), ...failure };
  }

  private problemOf(outcome: Outcome | undefined, control: Outcome | undefined): Problem {
    if (outcome?.kind === 'refused') return plainProblem('undefined_score', `The grader refuses the submission: ${outcome.message}`, 'Follow the sample submission.');
    const passes = control?.kind === 'score' || control?.kind === 'refused' || control?.kind === 'not_finite';
    if (outcome?.kind === 'not_finite') return plainProblem('undefined_score', 'The grader has no finite score for these predictions.', 'Change the predictions so that the metric is defined.');
    if (outcome?.kind === 'failed' && passes) {
      return plainProblem('undefined_score', `The grader fails on this submission, though not on the sample: ${outcome.type}.`, 'Follow the sample submission in the form of every value.');
    }
    const { python } = this.options.grader;
    if (outcome?.kind === 'no_module') return plainProblem('bad_answers', `The grader ${python} cannot run: ${outcome.message}.`, 'Use an image or an environment with this module, or a native metric.');
    const why = outcome === undefined ? 'it gave no result' : `${outcome.kind === 'score' ? '' : outcome.type}: ${outcome.kind === 'score' ? '' : outcome.message}`;
    return plainProblem('bad_answers', `The grader ${python} is broken: ${why}`, 'This is a problem of the competition, not of your submission.');
  }

  private base(): Pick<CompetitionGrade, 'metric' | 'direction' | 'rows' | 'warnings'> {
    const { manifest, grader } = this.options;
    return { metric: manifest.metric.name, direction: grader.direction, rows: this.rows, warnings: [...this.warnings] };
  }

  private invalid(errors: readonly Problem[]): CompetitionGrade {
    return { ...this.base(), valid: false, score: null, errors: [...errors], public: null, private: null };
  }
}
