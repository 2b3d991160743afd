import { appendFile, chmod, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import type { PrivateLedger } from '../../core/environment/ports';
import { competitionGradeSchema, type CompetitionGrade, type Score } from '../../core/grading/result';
import { homeFolder } from './podiumHome';

const lineSchema = z.object({ attempt: z.int(), grade: competitionGradeSchema });

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
    const path = await this.path();
    await appendFile(path, `${JSON.stringify({ attempt, grade })}\n`, { mode: 0o600 });
    await chmod(path, 0o600);
  }

  /** The last valid grade of each attempt. The caller sees to it that the run has ended. */
  async read(): Promise<ReadonlyMap<number, PrivateGrade>> {
    const grades = new Map<number, PrivateGrade>();
    let text: string;
    try {
      text = await readFile(await this.path(), 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return grades;
      throw error;
    }
    for (const line of text.split('\n')) {
      const parsed = parse(line);
      if (parsed?.grade.valid) grades.set(parsed.attempt, { public: parsed.grade.public, private: parsed.grade.private, all: parsed.grade.score });
    }
    return grades;
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
  try {
    const result = lineSchema.safeParse(JSON.parse(line));
    return result.success ? result.data : undefined;
  } catch {
    return undefined;
  }
}
