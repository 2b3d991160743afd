import type { JobResult } from '../runtime/runtime';
import { isGpuOutOfMemory } from './gpuMemory';
import { hintsFor, type HintFacts } from './hints';
import type { Failure } from './observation';

const maxMessage = 600;
const maxSource = 200;

/**
 * Equal for equal causes: class and message without numbers, paths and quoted values.
 * A key by which repeated errors are recognised; never shown.
 */
export function signatureOf(type: string, message: string): string {
  const plain = message
    .split('\n', 1)
    .join('')
    .replace(/(["'`])(?:(?!\1).)*\1/g, '<value>')
    .replace(/(?:[A-Za-z]:)?(?:[\w.-]*[\\/])+[\w.-]+/g, '<path>')
    .replace(/0x[0-9a-f]+/gi, '<n>')
    .replace(/[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?/gi, '<n>')
    .replace(/\s+/g, ' ')
    .trim();
  return `${type}: ${plain}`.slice(0, 160);
}

/** A failure in our own words (`bad_action`, `no_submission` …). */
export function failure(type: string, message: string, hints: readonly string[] = []): Failure {
  return { type, message: message.slice(0, maxMessage), hints: [...hints], signature: signatureOf(type, message) };
}

/**
 * What went wrong in a job, with the place in the player's own files.
 * @param ownFiles paths of the working copy, to tell own frames from those of libraries
 */
export function failureOfJob(result: JobResult, seconds: number, folder: string, ownFiles: ReadonlySet<string>, facts: HintFacts): Failure | undefined {
  const own = (type: string, message: string): Failure => failure(type, message, hintsFor(type, message, facts));
  const raised = ({ message, frames }: Exception, type: string): Failure => {
    const place = placeOf(frames, folder, ownFiles);
    return { ...own(type, message.slice(0, maxMessage)), ...(place ? { place } : {}) };
  };
  const { exception } = result;
  // Some libraries raise Python's own MemoryError for a card's memory too, hence both.
  if (exception && (result.status === 'failed' || result.status === 'out_of_memory') && isGpuOutOfMemory(exception.type, exception.message)) return raised(exception, 'gpu_out_of_memory');
  switch (result.status) {
    case 'done':
      return undefined;
    case 'timeout':
      return own('timeout', `Stopped after its time limit of ${seconds < 10 ? Number(seconds.toFixed(1)) : Math.round(seconds)} s.`);
    case 'cancelled':
      return own('cancelled', 'Stopped before it ended.');
    case 'out_of_memory':
      return outOfMemory(result, folder, ownFiles, facts);
    case 'disk_full':
      return own('disk_full', 'The disk limit of the working folder was reached; the process was stopped.');
    case 'lost':
      return own('lost', 'The sandbox ended while the job ran.');
    case 'failed':
      return exception ? raised(exception, exception.type) : own('exit_code', exitWords(result.exitCode));
  }
}

/** Killed over its limit, or refused one large allocation, which Python tells with size and place. */
function outOfMemory(result: JobResult, folder: string, ownFiles: ReadonlySet<string>, facts: HintFacts): Failure {
  const { exception, peakMemoryMb } = result;
  const used = peakMemoryMb ? ` (${Math.round(peakMemoryMb)} MB used)` : '';
  const place = exception ? placeOf(exception.frames, folder, ownFiles) : undefined;
  const message = exception
    ? `${exception.message.slice(0, 400).replace(/\.$/, '') || 'There is not enough memory'}${used}.`
    : `The memory limit was reached${used}; the process was killed.`;
  return { ...failure('out_of_memory', message, hintsFor('out_of_memory', message, facts)), ...(place ? { place } : {}) };
}

/** Signals by which a process ends itself or is ended, as a shell counts them: 128 + number. */
const signals: Readonly<Record<number, string>> = { 4: 'SIGILL', 6: 'SIGABRT', 7: 'SIGBUS', 8: 'SIGFPE', 9: 'SIGKILL', 11: 'SIGSEGV', 15: 'SIGTERM' };

function exitWords(code: number | null): string {
  if (code === null) return 'Ended without an exit code.';
  const signal = signals[code > 128 ? code - 128 : -code];
  return signal ? `Ended by ${signal} (exit code ${code}), not by a Python exception.` : `Ended with exit code ${code}.`;
}

type Exception = NonNullable<JobResult['exception']>;

/** The innermost frame that lies in the player's own files. */
function placeOf(frames: Exception['frames'], folder: string, ownFiles: ReadonlySet<string>): Failure['place'] {
  for (const frame of [...frames].reverse()) {
    const file = ownPath(frame.file, folder);
    if (!ownFiles.has(file) && frame.cell === undefined) continue;
    return {
      file,
      line: frame.line,
      ...(frame.source ? { source: frame.source.slice(0, maxSource) } : {}),
      ...(frame.cell === undefined ? {} : { cell: frame.cell }),
    };
  }
  return undefined;
}

const ownPath = (file: string, folder: string): string => file.replace(new RegExp(`^.*/work/${folder}/`), '').replace(/^\.\//, '');
