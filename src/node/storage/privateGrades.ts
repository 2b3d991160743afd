import { appendFile, chmod, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { parseJson } from '../../core/parseJson';
import type { PrivateLedger } from '../../core/environment/ports';
import { competitionGradeSchema, type CompetitionGrade, type GraderFailure, type Score } from '../../core/grading/result';
import { testResultSchema, type TestResult } from '../../core/run/testResult';
import { homeFolder } from './podiumHome';

/** A grade, what came of the hidden test, or both. */
const lineSchema = z.object({ attempt: z.int(), grade: competitionGradeSchema.optional(), test: testResultSchema.optional() });

/** What was kept back of an attempt's grade. */
export interface PrivateGrade {
  /** Also where the run's policy did not tell it. */
  readonly public: Score | null;
  readonly private: Score | null;
  /** Score over all rows. */
  readonly all: number | null;
}

/** Private grades of a run in `PODIUM_HOME/grades/<runId>.jsonl`: outside every workspace and sandbox. */
export class PrivateGrades implements PrivateLedger {
  constructor(
    private readonly home: string,
    private readonly runId: string,
  ) {}

  async record(attempt: number, grade: CompetitionGrade): Promise<void> {
    await this.append({ attempt, grade });
  }

  /** What came of the hidden test, and the grade that it gave, as one line: a crash leaves both or neither. */
  async recordTest(test: TestResult, grade: CompetitionGrade | undefined): Promise<void> {
    await this.append({ attempt: test.attempt, ...(grade ? { grade } : {}), test });
  }

  /** What came of the run's hidden test; undefined before it was made. As `read`, for an ended run. */
  async test(): Promise<TestResult | undefined> {
    return (await this.lines()).findLast(({ test }) => test !== undefined)?.test;
  }

  /** The last valid grade of each attempt. The caller sees to it that the run has ended. */
  async read(): Promise<ReadonlyMap<number, PrivateGrade>> {
    const grades = new Map<number, PrivateGrade>();
    for (const { attempt, grade } of await this.lines()) {
      if (grade?.valid) grades.set(attempt, { public: grade.public, private: grade.private, all: grade.score });
    }
    return grades;
  }

  /** What the competition's own grader said of each attempt that it gave no score last. As `read`, for an ended run. */
  async failures(): Promise<ReadonlyMap<number, GraderFailure>> {
    const failures = new Map<number, GraderFailure>();
    for (const { attempt, grade } of await this.lines()) {
      if (grade?.graderFailure) failures.set(attempt, grade.graderFailure);
      else if (grade) failures.delete(attempt);
    }
    return failures;
  }

  private async append(line: z.input<typeof lineSchema>): Promise<void> {
    const path = await this.path();
    // It begins with a line end too: a torn line before it must not take this one with it.
    await appendFile(path, `\n${JSON.stringify(line)}\n`, { mode: 0o600 });
    await chmod(path, 0o600);
  }

  private async lines(): Promise<z.output<typeof lineSchema>[]> {
    let text: string;
    try {
      text = await readFile(await this.path(), 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
    return text.split('\n').flatMap((line) => parse(line) ?? []);
  }

  /** Forgets the run's grades, when the run itself is deleted. */
  async remove(): Promise<void> {
    await rm(await this.path(), { force: true });
  }

  private async path(): Promise<string> {
    return join(await homeFolder(this.home, 'grades'), `${this.runId}.jsonl`);
  }
}

/** A torn line (the machine stopped while it was written) is graded again on resume. */
function parse(line: string): z.output<typeof lineSchema> | undefined {
  return lineSchema.safeParse(parseJson(line)).data;
}
