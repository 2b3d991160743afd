import type { Evaluation } from '../../core/competition/manifest';
import { pythonByName } from '../../core/environment/evaluate';
import { readPrintedScore, scoreProtocol } from '../../core/environment/printedScore';
import { describeError } from '../../core/errors';
import type { RunConfig } from '../../core/run/events';
import type { Sandbox } from '../../core/runtime/runtime';
import type { LoadedCompetition } from '../competitions/library';
import type { SandboxSource } from './sandboxSource';

/** What came of a hidden test. `score` is private. */
export type Tested =
  | { readonly ok: true; readonly score: number; readonly seconds: number; readonly message: string; readonly figures: Readonly<Record<string, number>> }
  | { readonly ok: false; readonly seconds: number; readonly message: string; readonly figures: Readonly<Record<string, number>> };

/** Runs the hidden test over an attempt's files; what goes wrong is part of the result. */
export type HiddenTestRun = (files: ReadonlyMap<string, Uint8Array>, progress: (line: string) => void, signal: AbortSignal) => Promise<Tested>;

const folder = 'test';
const maxStdoutChars = 16_000;

/**
 * The hidden test of a competition, in a sandbox of its own that no player ever sees: the attempt's
 * files, over them those of the evaluation, over them those of the test, with the test's data.
 * @param sandboxes where a sandbox with these data comes from
 */
export function hiddenTestOf(
  competition: LoadedCompetition,
  test: NonNullable<Evaluation['test']>,
  config: RunConfig,
  sandboxes: (config: RunConfig, place: Pick<LoadedCompetition, 'dataFolder' | 'manifest'>) => SandboxSource,
): HiddenTestRun {
  return async (files, progress, signal) => {
    let source: SandboxSource | undefined;
    let sandbox: Sandbox | undefined;
    try {
      const hidden = await competition.hiddenTest();
      // A name of its own: the run's sandbox is not it, and a dead runner's is cleaned up as any.
      source = sandboxes({ ...config, runId: `${config.runId}-test` }, { ...competition, dataFolder: hidden.dataFolder });
      sandbox = await source.open(undefined, progress, signal);
      const fixed = [...(competition.evaluationFiles?.fixed ?? [])].map(([path, { content }]) => [path, content] as const);
      const all = new Map([...files, ...fixed, ...hidden.files]);
      await sandbox.put(folder, [...all].map(([path, content]) => ({ path, content })));
      progress('The chosen attempt runs on the hidden test.');
      return await execute(sandbox, test, signal);
    } catch (error) {
      signal.throwIfAborted();
      return failed(describeError(error), 0);
    } finally {
      await sandbox?.stop();
      await source?.release();
    }
  };
}

async function execute(sandbox: Sandbox, { command, seconds }: NonNullable<Evaluation['test']>, signal: AbortSignal): Promise<Tested> {
  let stdout = '';
  let output = '';
  const job = { id: folder, folder, task: { kind: 'shell', command: `${pythonByName}${command}` }, seconds } as const;
  const result = await sandbox.run(
    job,
    (event) => {
      if (event.type !== 'output') return;
      output = (output + event.text).slice(-2_000);
      if (event.stream === 'stdout') stdout = (stdout + event.text).slice(-maxStdoutChars);
    },
    signal,
  );
  signal.throwIfAborted();
  if (result.status === 'timeout') return failed(`The hidden test took more than ${seconds} s.`, result.seconds);
  if (result.status !== 'done') return failed(`The hidden test failed (${result.status.replaceAll('_', ' ')}). Its output ends: ${output.trim().slice(-400) || 'nothing'}`, result.seconds);
  const printed = readPrintedScore(stdout);
  if (!printed.ok) return failed(`The hidden test gave no score. ${printed.message} ${scoreProtocol}`, result.seconds);
  return { ok: true, score: printed.score, seconds: result.seconds, message: `The hidden test ran in ${result.seconds.toFixed(1)} s.`, figures: printed.figures };
}

const failed = (message: string, seconds: number): Tested => ({ ok: false, seconds, message, figures: {} });
