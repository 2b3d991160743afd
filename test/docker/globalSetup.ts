import { constants } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { EngineNotAvailable, startTestEngine } from './image';

/** What the tests of the runtime layer get with `inject('engine')`. */
export interface ProvidedEngine {
  /** Undefined: the tests that need an engine are not run, for this reason. */
  readonly missing?: string;
  readonly dockerHost: string;
  readonly image: string;
  /** A local image without Python. */
  readonly base: string;
  readonly gpuRecords?: string;
}

declare module 'vitest' {
  interface ProvidedContext {
    engine: ProvidedEngine;
  }
}

/** Calls `leave` when this process is ended from outside (Ctrl-C), so that no teardown runs. Returns what takes that back. */
function onEndOfProcess(leave: () => void): () => void {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const onSignal = (signal: NodeJS.Signals): void => {
    leave();
    process.exit(128 + constants.signals[signal]);
  };
  process.once('exit', leave);
  for (const signal of signals) process.once(signal, onSignal);
  return () => {
    process.off('exit', leave);
    for (const signal of signals) process.off(signal, onSignal);
  };
}

/** Starts the test engine. What is missing fails the layer with CI=true, and is otherwise said and left out. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const log = (line: string): void => void process.stderr.write(`${line}\n`);
  let forget = (): void => {};
  try {
    // From its first moment on: making the images may take minutes.
    const engine = await startTestEngine(join(import.meta.dirname, '..', '..'), log, (abandon) => {
      forget = onEndOfProcess(abandon);
    });
    project.provide('engine', { dockerHost: engine.dockerHost, image: engine.image, base: engine.base, gpuRecords: engine.gpuRecords });
    return async () => {
      forget();
      await engine.stop();
    };
  } catch (error) {
    forget();
    if (!(error instanceof EngineNotAvailable) || process.env.CI === 'true') throw error;
    log(`not run: tests that need a Docker engine (${error.message})`);
    project.provide('engine', { missing: error.message, dockerHost: '', image: '', base: '' });
    return () => Promise.resolve();
  }
}
