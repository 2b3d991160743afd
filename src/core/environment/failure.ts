import type { JobResult } from '../runtime/runtime';
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
  switch (result.status) {
    case 'done':
      return undefined;
    case 'timeout':
      return own('timeout', `Stopped after its time limit of ${Math.round(seconds)} s.`);
    case 'cancelled':
      return own('cancelled', 'Stopped before it ended.');
    case 'out_of_memory':
      return own('out_of_memory', `The memory limit was reached${result.peakMemoryMb ? ` (${Math.round(result.peakMemoryMb)} MB used)` : ''}; the process was killed.`);
    case 'disk_full':
      return own('disk_full', 'The disk limit of the working folder was reached; the process was stopped.');
    case 'lost':
      return own('lost', 'The sandbox ended while the job ran.');
    case 'failed': {
      const { exception } = result;
      if (!exception) return own('exit_code', `Ended with exit code ${result.exitCode ?? 'unknown'}.`);
      const message = exception.message.slice(0, maxMessage);
      const place = placeOf(exception.frames, folder, ownFiles);
      return {
        type: exception.type,
        message,
        ...(place ? { place } : {}),
        hints: hintsFor(exception.type, message, facts),
        signature: signatureOf(exception.type, message),
      };
    }
  }
}

type Frames = NonNullable<JobResult['exception']>['frames'];

/** The innermost frame that lies in the player's own files. */
function placeOf(frames: Frames, folder: string, ownFiles: ReadonlySet<string>): Failure['place'] {
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
