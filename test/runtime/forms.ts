import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import type { Runtime, SandboxSpec } from '../../src/core/runtime/runtime';
import { createDockerRuntime } from '../../src/node/docker/dockerRuntime';
import { createLocalRuntime } from '../../src/node/local/localRuntime';
import { probeBubblewrap } from '../../src/node/local/bubblewrap';

export const root = join(import.meta.dirname, '..', '..');
export const bridgeFile = join(root, 'media', 'python', 'bridge.py');
export const containerFolder = join(root, 'media', 'container');

/** A secret in the environment of the process that starts sandboxes: none of them may see it. */
export const plantedKey = 'sk-planted-4711-never-inside';

/** Host folders of a test, outside the checkout. */
export interface TestPlaces {
  readonly home: string;
  readonly dataFolder: string;
  remove(): Promise<void>;
}

export async function makeTestPlaces(): Promise<TestPlaces> {
  const folder = await mkdtemp(join(tmpdir(), 'podium-runtime-'));
  const dataFolder = join(folder, 'public');
  await mkdir(join(dataFolder, 'more'), { recursive: true });
  await writeFile(join(dataFolder, 'train.csv'), 'id,x,y\n1,2,3\n2,4,5\n');
  await writeFile(join(dataFolder, 'more', 'notes.txt'), 'a note\n');
  await writeFile(join(dataFolder, 'empty.csv'), '');
  return { home: join(folder, 'home'), dataFolder, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** One way to run code: a runtime and a kernel form. */
export interface Form {
  readonly name: string;
  readonly isolated: boolean;
  /** Why it cannot run here; undefined: it can. */
  readonly missing: string | undefined;
  make(places: TestPlaces): Runtime;
}

const environment = (extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({ ...process.env, OPENAI_API_KEY: plantedKey, PODIUM_PYTHON: undefined, ...extra });

const engine = inject('engine');
const bubblewrap = await probeBubblewrap(process.env);

/** What is missing fails with CI=true and is said otherwise. */
function absent(reason: string | undefined): string | undefined {
  if (reason !== undefined && process.env.CI === 'true') throw new Error(`A runtime cannot be tested: ${reason}`);
  if (reason !== undefined) console.warn(`not run: ${reason}`);
  return reason;
}

const noBubblewrap = absent(bubblewrap.works ? undefined : bubblewrap.why);

export const dockerForm: Form = {
  name: 'docker',
  isolated: true,
  missing: absent(engine.missing),
  make: ({ home }) => createDockerRuntime({ bridgeFile, containerFolder, cacheFolder: join(home, 'cache'), env: environment({ DOCKER_HOST: engine.dockerHost, PODIUM_IMAGE: engine.image }) }),
};

export const bubblewrapForm: Form = {
  name: 'local, bubblewrap',
  isolated: true,
  missing: noBubblewrap,
  make: ({ home }) => createLocalRuntime({ bridgeFile, home, hide: [homedir(), root], python: '/usr/bin/python3', env: environment() }),
};

export const plainForm: Form = {
  name: 'local, not isolated',
  isolated: false,
  missing: undefined,
  make: ({ home }) => createLocalRuntime({ bridgeFile, home, python: '/usr/bin/python3', env: environment(), withoutBubblewrap: true }),
};

export const forms: readonly Form[] = [dockerForm, bubblewrapForm, plainForm];

let runs = 0;

export function specOf(places: TestPlaces, changes: Partial<SandboxSpec> = {}): SandboxSpec {
  runs += 1;
  return {
    runId: `test-${process.pid}-${runs}`,
    dataFolder: places.dataFolder,
    image: 'cpu',
    gpu: 'none',
    memoryGb: 1,
    shmMb: 64,
    diskMb: 200,
    pids: 128,
    network: 'none',
    graceSeconds: 60,
    allowUnisolated: true,
    ...changes,
  };
}
