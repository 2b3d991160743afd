import { readFileSync } from 'node:fs';
import { inMemory, type CsvFile } from '../../core/grading/csv';
import { plainProblem } from '../../core/grading/problems';
import type { CompetitionGrade, Problem } from '../../core/grading/result';
import type { FileSource, GradingJob, GradingReply } from './job';
import { fileInParts } from './fileInParts';
import { startReading } from './startReading';
import { maxUnpackedInRun, unpack } from './unpack';

/** From this size on a submission is read in a thread of its own, in bytes: below, starting it takes longer. */
const longBytes = 8 * 1024 ** 2;

/**
 * Reads, unpacks and grades. Problems of the files are in the grade; only what is no grade is a failure.
 * @param readerFile the bundle `numbersReader.js`; without it long submissions are read in this thread, too
 */
export async function runJob(job: GradingJob, readerFile?: string): Promise<GradingReply> {
  try {
    const answers = await open(job.answers);
    const submission = await open(job.submission, maxUnpackedInRun);
    if (!answers.ok || !submission.ok) {
      const problems: Problem[] = [];
      if (!answers.ok) problems.push(plainProblem('bad_answers', `The answers of this competition are broken: ${answers.message}`));
      if (!submission.ok) problems.push(plainProblem('bad_archive', submission.message, 'Submit a plain CSV file, a gzip file, or a zip with one file in it.'));
      return { kind: 'graded', grade: await invalid(job.metric, problems) };
    }
    const { file, path } = submission;
    const { metric, params, id, target, usageColumn, parts } = job;
    const input = { answers: answers.file, submission: file, metric, params, id, target, usageColumn, parts };
    const read = path !== undefined && file.size >= longBytes && readerFile !== undefined ? startReading(path, readerFile) : null;
    // The metrics are loaded while the other thread starts.
    const { grade, gradeWithHelp } = await import('../../core/grading/grade');
    return { kind: 'graded', grade: read === null ? grade(input) : await gradeWithHelp(input, read) };
  } catch (error) {
    return failure(error);
  }
}

/**
 * A plain file is read in parts, an archive as a whole; `path` is that of a plain file.
 * @param limit of an archive in memory: it comes from a run, and who wrote it may mean harm to the machine that grades
 */
async function open(source: FileSource, limit?: number): Promise<{ ok: true; file: CsvFile; path?: string } | { ok: false; message: string }> {
  const file = 'path' in source ? fileInParts(source.path) : null;
  if ('path' in source && file !== null) return { ok: true, file, path: source.path };
  const unpacked = await unpack(read(source), 'bytes' in source ? limit : undefined);
  return unpacked.ok ? { ok: true, file: inMemory(unpacked.bytes) } : unpacked;
}

/** Synchronous, in one go: nothing else runs in a thread that grades. */
function read(source: FileSource): Uint8Array {
  return 'bytes' in source ? source.bytes : readFileSync(source.path);
}

async function invalid(metric: string, errors: Problem[]): Promise<CompetitionGrade> {
  const { findMetric } = await import('../../core/grading/registry');
  const direction = findMetric(metric)?.direction ?? null;
  return { valid: false, score: null, metric, direction, rows: 0, errors, warnings: [], public: null, private: null };
}

function failure(error: unknown): GradingReply {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ERR_FS_FILE_TOO_LARGE') return { kind: 'failed', reason: 'too_large', message };
  if (error instanceof Error && 'syscall' in error) return { kind: 'failed', reason: 'unreadable', message };
  // V8 reports a buffer that does not fit into memory as a RangeError.
  if (error instanceof RangeError && /allocation failed|array length|array buffer/i.test(message)) {
    return { kind: 'failed', reason: 'out_of_memory', message };
  }
  const stack = error instanceof Error ? (error.stack ?? message) : message;
  return { kind: 'failed', reason: 'crashed', message: stack };
}
