import { readFileSync } from 'node:fs';
import { inMemory, type CsvFile } from '../../core/grading/csv';
import { grade } from '../../core/grading/grade';
import { plainProblem } from '../../core/grading/problems';
import { findMetric } from '../../core/grading/registry';
import type { CompetitionGrade, Problem } from '../../core/grading/result';
import type { FileSource, GradingJob, GradingReply } from './job';
import { fileInParts } from './fileInParts';
import { unpack } from './unpack';

/** Reads, unpacks and grades. Problems of the files are in the grade; only what is no grade is a failure. */
export async function runJob(job: GradingJob): Promise<GradingReply> {
  try {
    const answers = await unpack(read(job.answers));
    const submission = await openSubmission(job.submission);
    if (!answers.ok || !submission.ok) {
      const problems: Problem[] = [];
      if (!answers.ok) problems.push(plainProblem('bad_answers', `The answers of this competition are broken: ${answers.message}`));
      if (!submission.ok) problems.push(plainProblem('bad_archive', submission.message, 'Submit a plain CSV file, a gzip file, or a zip with one file in it.'));
      return { kind: 'graded', grade: invalid(job.metric, problems) };
    }
    const { metric, params, id, target, usageColumn, parts } = job;
    return {
      kind: 'graded',
      grade: grade({ answers: answers.bytes, submission: submission.file, metric, params, id, target, usageColumn, parts }),
    };
  } catch (error) {
    return failure(error);
  }
}

/** A long plain file is read in parts, an archive as a whole. */
async function openSubmission(source: FileSource): Promise<{ ok: true; file: CsvFile } | { ok: false; message: string }> {
  const file = 'path' in source ? fileInParts(source.path) : null;
  if (file !== null) return { ok: true, file };
  const unpacked = await unpack(read(source));
  return unpacked.ok ? { ok: true, file: inMemory(unpacked.bytes) } : unpacked;
}

/** Synchronous, in one go: nothing else runs in a thread that grades. */
function read(source: FileSource): Uint8Array {
  return 'bytes' in source ? source.bytes : readFileSync(source.path);
}

function invalid(metric: string, errors: Problem[]): CompetitionGrade {
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
