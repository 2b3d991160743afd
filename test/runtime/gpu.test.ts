import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import Docker from 'dockerode';
import { pack } from 'tar-stream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { failureOfJob } from '../../src/core/environment/failure';
import type { RunConfig } from '../../src/core/run/events';
import type { Sandbox } from '../../src/core/runtime/runtime';
import { asReadable } from '../../src/node/docker/archive';
import { createDockerRuntime, explainStart, type DockerRuntime } from '../../src/node/docker/dockerRuntime';
import { deviceRequests } from '../../src/node/docker/engineGpus';
import { offerOf } from '../../src/node/docker/gpuOffer';
import { GpuLocks } from '../../src/node/gpu/gpuLocks';
import { createLocalRuntime, type LocalRuntime } from '../../src/node/local/localRuntime';
import { sandboxSource } from '../../src/node/runner/sandboxSource';
import { fakeNvidiaSmi, smi, type SmiScript } from '../fakes/nvidiaSmi';
import { main, never, runJob, script } from './conformance';
import { bridgeFile, bubblewrapForm, containerFolder, dockerForm, forms, makeTestPlaces, plainForm, specOf, type TestPlaces } from './forms';

/**
 * GPUs without a card: a stub of NVIDIA's hook writes down what a real engine asks of it, and a
 * stub of NVIDIA's tool says what the real one says.
 */
const engine = inject('engine');
const client = (): Docker => new Docker({ socketPath: engine.dockerHost.replace('unix://', '') });
const quiet = (): void => undefined;
const [idle, busy] = ['GPU-11111111-0000-0000-0000-000000000000', 'GPU-22222222-0000-0000-0000-000000000000'];

let places: TestPlaces;
beforeEach(async () => {
  places = await makeTestPlaces();
});
afterEach(() => places.remove());

/** A PATH on which NVIDIA's tool says this; none: it is not installed. */
async function pathWith(script: SmiScript | undefined): Promise<string> {
  return script ? `${await fakeNvidiaSmi(join(places.home, 'smi'), script)}:${process.env.PATH}` : (process.env.PATH ?? '');
}

describe.skipIf(dockerForm.missing !== undefined)('docker', () => {
  /** The test image with a stub of NVIDIA's tool, as NVIDIA's toolkit would put it in. */
  const withTool = 'podium-test-smi:1';
  const docker = async (script?: SmiScript, image = engine.image): Promise<DockerRuntime> =>
    createDockerRuntime({ bridgeFile, containerFolder, cacheFolder: join(places.home, 'cache'), image, env: { PATH: await pathWith(script), HOME: process.env.HOME, DOCKER_HOST: engine.dockerHost } });
  const requestOf = async (sandbox: Sandbox): Promise<unknown> => (await client().getContainer(sandbox.info.id).inspect()).HostConfig.DeviceRequests;

  beforeAll(async () => {
    const container = await client().createContainer({ Image: engine.image, Entrypoint: ['true'] });
    const archive = pack();
    archive.entry({ name: 'usr/local/bin/nvidia-smi', mode: 0o755 }, `#!/bin/sh\necho '${smi.one.table.text}'\n`);
    archive.finalize();
    await container.putArchive(asReadable(archive), { path: '/' });
    await container.commit({ repo: withTool.split(':')[0], tag: withTool.split(':')[1] });
    await container.remove();
  });
  afterAll(async () => {
    await client().getImage(withTool).remove({ force: true }).catch(() => undefined);
  });

  it('asks a real engine for all cards, for those that are named, or for none', async () => {
    const { gpuRecords } = engine;
    if (!gpuRecords) return expect(process.env.CI, 'an engine that was there before has no record of GPU requests').not.toBe('true');
    const runtime = await docker();
    const started = async (gpu: 'all' | 'none' | string[]): Promise<{ records: string[]; request: unknown; gpus: unknown }> => {
      await rm(gpuRecords, { recursive: true, force: true });
      await mkdir(gpuRecords);
      const sandbox = await runtime.start(specOf(places, { gpu }), quiet, never());
      try {
        const records = await Promise.all((await readdir(gpuRecords)).map((name) => readFile(join(gpuRecords, name), 'utf8')));
        return { records, request: await requestOf(sandbox), gpus: (await sandbox.stats()).gpus };
      } finally {
        await sandbox.stop();
      }
    };
    expect(await started('none')).toEqual({ records: [], request: null, gpus: undefined });
    const all = await started('all');
    expect(all.records).toEqual([expect.stringContaining('arguments: prestart')]);
    expect(all.request).toMatchObject([{ Count: -1, Capabilities: [['gpu']] }]);
    // This image has no tool of NVIDIA's to measure with.
    expect(all.gpus).toEqual([]);
    const named = await started(['GPU-4711', '1']);
    expect(named.records).toHaveLength(1);
    expect(named.request).toMatchObject([{ DeviceIDs: ['GPU-4711', '1'], Capabilities: [['gpu']] }]);
  });

  it('knows what a real engine says to a request that it does not understand', async () => {
    // This engine is older than CDI.
    const requests = deviceRequests('all', { kind: 'cdi', devices: ['nvidia.com/gpu=all'] });
    const container = await client().createContainer({ Image: engine.image, Entrypoint: ['true'], HostConfig: { NetworkMode: 'none', DeviceRequests: requests } });
    try {
      const error: unknown = await container.start().then(() => undefined, (refusal: unknown) => refusal);
      expect(explainStart(error, { reference: 'x', id: 'x' })).toMatchObject({ reason: 'no_gpu', nextStep: expect.stringContaining('--gpu none') as string });
    } finally {
      await container.remove({ force: true });
    }
  });

  it('measures the cards inside the container while code runs', async () => {
    const sandbox = await (await docker(undefined, withTool)).start(specOf(places, { gpu: 'all' }), quiet, never());
    try {
      expect((await sandbox.stats()).gpus).toEqual([{ name: 'NVIDIA L4', load: 0.73, memoryMb: 11469, memoryLimitMb: 23034 }]);
    } finally {
      await sandbox.stop();
    }
  });

  it('says what it offers: by its own word, by the tool here, or from inside a container', async () => {
    expect(await (await docker()).gpus('cpu')).toMatchObject({ usable: 'no', why: expect.stringContaining('no nvidia-smi') as string });
    expect(await (await docker(smi.two)).gpus('cpu')).toMatchObject({ usable: 'unsure', cards: [{ uuid: idle }, { uuid: busy }] });
    const remote = { docker: client(), way: { kind: 'runtime' }, here: undefined } as const;
    expect(await offerOf({ ...remote, image: withTool })).toMatchObject({ usable: 'yes', cards: [{ index: '0', name: 'NVIDIA L4' }] });
    expect(await offerOf({ ...remote, image: engine.image })).toMatchObject({ usable: 'unsure' });
    expect(await offerOf({ ...remote, image: undefined })).toMatchObject({ usable: 'unsure' });
    expect(await offerOf({ ...remote, way: { kind: 'cdi', devices: ['nvidia.com/gpu=all'] }, image: withTool })).toMatchObject({ usable: 'no', why: expect.stringContaining('CDI') as string });
    expect(await client().listContainers({ all: true, filters: { label: ['podium.run=probe'] } })).toEqual([]);
  });

  it('gives a run one free card by itself, keeps it for the run, and goes on without where there is none', async () => {
    const runtime = await docker(smi.two);
    const open = async (runId: string, need: 'optional' | 'required', gpu: RunConfig['gpu'] = 'auto', docker = runtime) => {
      const lines: string[] = [];
      // Of configuration and competition only these parts are looked at.
      const config = { runId, gpu, image: 'cpu', runtime: 'docker', agent: 'offline', allowUnisolated: false } as RunConfig;
      const environment = { gpu: need, memoryGb: 1, shmMb: 64, diskMb: 200, network: 'none', image: 'cpu' } as const;
      const competition = { manifest: { environment }, dataFolder: places.dataFolder };
      const source = sandboxSource({ docker, local: createLocalRuntime({ bridgeFile, home: places.home }) }, config, competition, { home: places.home, asks: false });
      const sandbox = await source.open(undefined, (line) => lines.push(line), never());
      return { sandbox, source, lines };
    };
    const { runId } = specOf(places);
    const first = await open(runId, 'optional');
    try {
      expect(first.lines).toContain(`GPU: 0 NVIDIA A100-SXM4-40GB (${idle}).`);
      expect(await requestOf(first.sandbox)).toMatchObject([{ DeviceIDs: [idle] }]);
      expect([...(await new GpuLocks(places.home).held()).keys()]).toEqual([idle]);
      // The runner is gone and its lock with it; the next one finds the container, and its card is taken again.
      await first.source.release();
      await first.sandbox.detach();
      const again = await open(runId, 'optional');
      expect(again.sandbox.info.id).toBe(first.sandbox.info.id);
      expect([...(await new GpuLocks(places.home).held()).keys()]).toEqual([idle]);
      await again.sandbox.stop();
      await again.source.release();
    } finally {
      await first.sandbox.stop();
    }
    const without = await docker();
    const second = await open(specOf(places).runId, 'optional', 'auto', without);
    expect(second.lines).toContainEqual(expect.stringMatching(/^No GPU: .*The run uses the CPU\.$/));
    expect(await requestOf(second.sandbox)).toBeNull();
    await second.sandbox.stop();
    await expect(open(specOf(places).runId, 'required', 'auto', without)).rejects.toMatchObject({ reason: 'no_gpu', nextStep: expect.stringContaining('--gpu none') as string });
    await expect(open(specOf(places).runId, 'optional', ['7'])).rejects.toMatchObject({ reason: 'unknown_gpu', message: expect.stringContaining(idle) as string });
  });
});

describe.each([plainForm, bubblewrapForm])('$name', ({ name, missing }) => {
  const local = async (script?: SmiScript): Promise<LocalRuntime> =>
    createLocalRuntime({ bridgeFile, home: places.home, python: '/usr/bin/python3', env: { ...process.env, PATH: await pathWith(script) }, withoutBubblewrap: name === plainForm.name });
  const visible = main("import os\nprint('visible:', os.environ.get('CUDA_VISIBLE_DEVICES', 'all'))\n");

  it.skipIf(missing !== undefined)('shows CUDA the cards of the run and no others, and measures them', async () => {
    const seen = async (gpu: 'all' | 'none' | string[]): Promise<{ visible: string; gpus: unknown }> => {
      const sandbox = await (await local(smi.two)).start(specOf(places, { gpu }), quiet, never());
      try {
        const { stdout } = await runJob(sandbox, script('look'), visible);
        return { visible: stdout.trim(), gpus: (await sandbox.stats()).gpus?.map((card) => card.load) };
      } finally {
        await sandbox.stop();
      }
    };
    expect(await seen('none')).toEqual({ visible: 'visible:', gpus: undefined });
    expect(await seen([busy])).toEqual({ visible: `visible: ${busy}`, gpus: [0.98] });
    expect(await seen('all')).toEqual({ visible: 'visible: all', gpus: [0, 0.98] });
  });

  it.skipIf(missing !== undefined)('says why there is no card, and starts nothing', async () => {
    const runtime = await local(smi.noDriver);
    expect(await runtime.gpus()).toMatchObject({ usable: 'no', why: expect.stringContaining("couldn't communicate with the NVIDIA driver") as string });
    await expect(runtime.start(specOf(places, { gpu: 'all' }), quiet, never())).rejects.toMatchObject({ reason: 'no_gpu', nextStep: expect.stringContaining('--gpu none') as string });
    expect(await readdir(join(places.home, 'sandboxes')).catch(() => [])).toEqual([]);
  });
});

describe.each(forms)('$name', (form) => {
  it.skipIf(form.missing !== undefined)('tells want of GPU memory from want of memory', async () => {
    const sandbox = await form.make(places).start(specOf(places), quiet, never());
    const torch = { path: 'torch/__init__.py', content: 'class OutOfMemoryError(RuntimeError):\n    pass\n\ndef zeros(n):\n    raise OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB. GPU 0 has a total capacity of 14.58 GiB of which 4.56 MiB is free.")\n' };
    try {
      const told = await runJob(sandbox, script('oom'), [...main('import torch\n\nx = torch.zeros(1)\n'), torch]);
      const failure = failureOfJob(told, 60, 'a1', new Set(['main.py']), { columns: [], files: [], libraries: [] });
      expect(failure).toMatchObject({ type: 'gpu_out_of_memory', place: { file: 'main.py', line: 3 }, hints: [expect.stringContaining('Halve the batch')] });
    } finally {
      await sandbox.stop();
    }
  });
});
