import type { Evaluation } from '../../core/competition/manifest';
import { pythonByName } from '../../core/environment/evaluate';
import { readPrintedScore, scoreProtocol } from '../../core/environment/printedScore';
import { describeError } from '../../core/errors';
import type { RunConfig } from '../../core/run/events';
import type { TestResult } from '../../core/run/testResult';
import type { JobResult, Sandbox, SandboxFile } from '../../core/runtime/runtime';
import { RuntimeError } from '../../core/runtime/runtimeError';
import type { LoadedCompetition } from '../competitions/library';
import type { SandboxSource } from './sandboxSource';

/** What came of a hidden test. All of it is private. */
export type Tested = Omit<TestResult, 'attempt' | 'ok'> & ({ readonly ok: true; readonly score: number } | { readonly ok: false });

/** Runs the hidden test over an attempt's files; what goes wrong is part of the result. */
export type HiddenTestRun = (attempt: { readonly id: number; readonly files: ReadonlyMap<string, Uint8Array> }, progress: (line: string) => void, signal: AbortSignal) => Promise<Tested>;

/** Working folder and job of an attempt's test, so that no attempt is ever given what another came to. */
const nameOf = (attempt: number): string => `test-${attempt}`;
/** Where a runner notes in the sandbox whose test's files are all there, by the name of the test. */
const marker = { folder: 'test-ready', path: 'ready', maxBytes: 100 };
const maxStdoutChars = 16_000;
/** How often a sandbox that is lost in the middle of the test is replaced. */
const maxReplacements = 1;

/**
 * The hidden test of a competition, in a sandbox of its own that no player ever sees: the attempt's
 * files, over them those of the evaluation, over them those of the test, with the test's data. A
 * runner that was killed in the middle of it is followed by one that takes up the same job.
 * @param sandboxes where a sandbox with these data comes from
 */
export function hiddenTestOf(
  competition: LoadedCompetition,
  test: NonNullable<Evaluation['test']>,
  config: RunConfig,
  sandboxes: (config: RunConfig, place: Pick<LoadedCompetition, 'dataFolder' | 'manifest'>) => SandboxSource,
  log: (line: string) => void,
): HiddenTestRun {
  return async ({ id, files }, progress, signal) => {
    try {
      const hidden = await competition.hiddenTest();
      const fixed = [...(competition.evaluationFiles?.fixed ?? [])].map(([path, { content }]) => [path, content] as const);
      const all = [...new Map([...files, ...fixed, ...hidden.files])].map(([path, content]) => ({ path, content }));
      // A name of its own: the run's sandbox is not it, and a dead runner's is cleaned up as any.
      const source = sandboxes({ ...config, runId: `${config.runId}-test` }, { ...competition, dataFolder: hidden.dataFolder });
      try {
        for (let losses = 0; ; losses++) {
          try {
            return await inSandbox(source, test, nameOf(id), all, progress, signal, log);
          } catch (error) {
            if (!RuntimeError.is(error, 'sandbox_lost') || losses >= maxReplacements) throw error;
          }
        }
      } finally {
        await source.release().catch((error: unknown) => log(describeError(error)));
      }
    } catch (error) {
      signal.throwIfAborted();
      return failed(describeError(error), 0);
    }
  };
}

async function inSandbox(source: SandboxSource, test: NonNullable<Evaluation['test']>, name: string, files: readonly SandboxFile[], progress: (line: string) => void, signal: AbortSignal, log: (line: string) => void): Promise<Tested> {
  let sandbox = await source.open(undefined, progress, signal);
  try {
    let noted = await notedIn(sandbox);
    if (noted !== undefined && noted !== name) {
      // A killed runner left it with another attempt's test, which may go on and reach into this one.
      await sandbox.stop();
      sandbox = await source.open(undefined, progress, signal);
      noted = await notedIn(sandbox);
    }
    // The files of a test that goes on already are not written under its hands.
    if (noted !== name) {
      await sandbox.put(name, files);
      await sandbox.put(marker.folder, [{ path: marker.path, content: name }]);
    }
    progress('The chosen attempt runs on the hidden test.');
    return await execute(sandbox, test, name, signal);
  } finally {
    // What came of the test stands, whatever becomes of its sandbox.
    await sandbox.stop().catch((error: unknown) => log(`The sandbox of the hidden test could not be removed: ${describeError(error)}`));
  }
}

/** The test whose files are all in the sandbox; undefined for a new one. */
async function notedIn(sandbox: Sandbox): Promise<string | undefined> {
  const content = await sandbox.get(marker.folder, marker.path, marker.maxBytes);
  return content && new TextDecoder().decode(content);
}

async function execute(sandbox: Sandbox, { command, seconds }: NonNullable<Evaluation['test']>, folder: string, signal: AbortSignal): Promise<Tested> {
  let stdout = '';
  let output = '';
  const run = async (id: string): Promise<JobResult> => {
    [stdout, output] = ['', ''];
    const job = { id, folder, task: { kind: 'shell', command: `${pythonByName}${command}` }, seconds } as const;
    const ended = await sandbox.run(
      job,
      (event) => {
        if (event.type !== 'output') return;
        output = (output + event.text).slice(-2_000);
        if (event.stream === 'stdout') stdout = (stdout + event.text).slice(-maxStdoutChars);
      },
      signal,
    );
    signal.throwIfAborted();
    return ended;
  };
  let result = await run(folder);
  // It went down with its sandbox, which was started anew.
  if (result.status === 'lost') {
    await sandbox.stats();
    result = await run(`${folder}-again`);
  }
  if (result.status === 'timeout') return failed(`The hidden test took more than ${seconds} s.`, result.seconds);
  if (result.status !== 'done') return failed(`The hidden test failed (${result.status.replaceAll('_', ' ')}). Its output ends: ${output.trim().slice(-400) || 'nothing'}`, result.seconds);
  const printed = readPrintedScore(stdout);
  if (!printed.ok) return failed(`The hidden test gave no score. ${printed.message} ${scoreProtocol}`, result.seconds);
  return { ok: true, score: printed.score, seconds: result.seconds, message: `The hidden test ran in ${result.seconds.toFixed(1)} s.`, figures: { ...printed.figures } };
}

const failed = (message: string, seconds: number): Tested => ({ ok: false, seconds, message, figures: {} });
