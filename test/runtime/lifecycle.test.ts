import { existsSync } from 'node:fs';
import { readdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import Docker from 'dockerode';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { labels, namesOf } from '../../src/node/docker/containerOptions';
import { buildImage } from '../../src/node/docker/image';
import { createDockerRuntime } from '../../src/node/docker/dockerRuntime';
import { checkRuntimes } from '../../src/node/doctor/runtimeChecks';
import { groupVariable } from '../../src/node/local/localSandbox';
import { isAlive, processesWith, waitUntil } from '../../src/node/local/processes';
import { placesOf, readState } from '../../src/node/local/sandboxState';
import { chooseRuntime, createRuntimes } from '../../src/node/runtimes';
import { main, never, runJob, script } from './conformance';
import { bridgeFile, bubblewrapForm, containerFolder, dockerForm, makeTestPlaces, plainForm, specOf, type TestPlaces } from './forms';

/** What happens around jobs: choice, death, resume and clean-up. */
const engine = inject('engine');
const client = (): Docker => new Docker({ socketPath: engine.dockerHost.replace('unix://', '') });
const quiet = (): void => undefined;

let places: TestPlaces;
beforeEach(async () => {
  places = await makeTestPlaces();
});
afterEach(() => places.remove());

const runtimes = (env: NodeJS.ProcessEnv) =>
  createRuntimes({ bridgeFile, containerFolder, home: places.home, python: '/usr/bin/python3', env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env } });

describe.skipIf(dockerForm.missing !== undefined)('docker', () => {
  const withEngine = { DOCKER_HOST: engine.dockerHost, PODIUM_IMAGE: engine.image };

  it('goes on with a container that has ended, its files and its finished jobs', async () => {
    const spec = specOf(places);
    const first = await dockerForm.make(places).start(spec, quiet, never());
    await runJob(first, script('done'), main("open('count.txt', 'a').write('x')\nprint('once')\n"));
    await first.detach();
    await client().getContainer(namesOf(spec.runId).container).kill();
    expect(await dockerForm.make(places).find(spec)).toBeUndefined();
    const second = await dockerForm.make(places).start(spec, quiet, never());
    try {
      expect((await runJob(second, script('done'))).stdout).toContain('once');
      expect(Buffer.from((await second.get('a1', 'count.txt', 10)) ?? []).toString()).toBe('x');
    } finally {
      await second.stop();
    }
  });

  it('says that a job was lost when its container was removed below it', async () => {
    const spec = specOf(places);
    const sandbox = await dockerForm.make(places).start(spec, quiet, never());
    const told = await runJob(sandbox, script('gone'), main("import time\nprint('on')\ntime.sleep(600)\n"), never(), (event) => {
      if (event.type === 'output') void client().getContainer(namesOf(spec.runId).container).remove({ force: true });
    });
    expect(told.status).toBe('lost');
    await expect(sandbox.list('a1')).rejects.toMatchObject({ reason: 'sandbox_lost' });
    await sandbox.stop();
    expect((await client().listVolumes({ filters: { label: [`${labels.run}=${spec.runId}`] } })).Volumes ?? []).toEqual([]);
  });

  it('ends by its lease when nobody is connected, and is cleaned up', async () => {
    const spec = specOf(places, { graceSeconds: 1 });
    const runtime = dockerForm.make(places);
    await (await runtime.start(spec, quiet, never())).detach();
    const { container } = namesOf(spec.runId);
    expect(await waitUntil(async () => !(await client().getContainer(container).inspect()).State.Running, 30_000)).toBe(true);
    const kept = await runtime.cleanUp(new Set([spec.runId]));
    expect(kept.filter((text) => text.includes(spec.runId))).toEqual([]);
    const removed = await runtime.cleanUp(new Set());
    expect(removed.filter((text) => text.includes(spec.runId))).toHaveLength(4);
  });

  it('has nothing to tell about a stop, a detach or a busy stream that is let go of', async () => {
    const log: string[] = [];
    const make = () => createDockerRuntime({ bridgeFile, containerFolder, cacheFolder: join(places.home, 'cache'), env: withEngine, log: (line) => log.push(line) });
    const spec = specOf(places);
    const first = await make().start(spec, quiet, never());
    await first.detach();
    const second = await make().start(spec, quiet, never());
    const told = await runJob(second, script('busy'), main("import time\nprint('on', flush=True)\ntime.sleep(600)\n"), never(), (event) => {
      if (event.type === 'output') void second.stop();
    });
    expect(told.status).toBe('cancelled');
    await second.stop();
    expect(log).toEqual([]);
  });

  it('leaves the container of another window alone', async () => {
    const spec = specOf(places);
    const runtime = dockerForm.make(places);
    const sandbox = await runtime.start(spec, quiet, never());
    try {
      await runtime.cleanUp(new Set());
      expect(await runJob(sandbox, script('alive'), main('print(1)'))).toMatchObject({ status: 'done' });
    } finally {
      await sandbox.stop();
    }
  });

  it('says why an image cannot be had, and leaves nothing', async () => {
    const make = (image: string) => createDockerRuntime({ bridgeFile, containerFolder, image, env: withEngine }).start(specOf(places), quiet, never());
    await expect(make('podium-no-such-image:1')).rejects.toMatchObject({ reason: 'image_missing' });
    expect((await client().listContainers({ all: true, filters: { label: [`${labels.run}=probe`] } })).length).toBe(0);
  });

  it('says why a build failed, with its last lines', async () => {
    const request = { tag: 'podium-failing:1', base: 'podium-no-such-base:1', install: 'none' } as const;
    await expect(buildImage(client(), containerFolder, request, quiet, never())).rejects.toMatchObject({ reason: 'image_failed', message: expect.stringContaining('podium-no-such-base:1'), nextStep: expect.stringContaining('PODIUM_IMAGE') });
    // No Python in this one: the last step of the recipe fails.
    const lines: string[] = [];
    const empty = { tag: 'podium-failing:2', base: engine.base, install: 'none' } as const;
    await expect(buildImage(client(), containerFolder, empty, (line) => lines.push(line), never())).rejects.toMatchObject({ reason: 'image_failed', message: expect.stringContaining('python3') });
    expect(lines.some((line) => line.startsWith('Step '))).toBe(true);
    await expect(createDockerRuntime({ bridgeFile, containerFolder, image: engine.base, env: { DOCKER_HOST: engine.dockerHost } }).start(specOf(places), quiet, never())).rejects.toMatchObject({ reason: 'no_python' });
  });

  it('refuses a data folder with a link in it', async () => {
    await symlink('/etc/passwd', join(places.dataFolder, 'train2.csv'));
    const spec = specOf(places);
    await expect(dockerForm.make(places).start(spec, quiet, never())).rejects.toMatchObject({ reason: 'start_failed', message: expect.stringContaining('train2.csv') });
    expect(await client().listContainers({ all: true, filters: { label: [`${labels.run}=${spec.runId}`] } })).toEqual([]);
  });

  it('is chosen when an engine answers and has the image', async () => {
    const choice = await chooseRuntime('auto', runtimes(withEngine), { image: 'cpu' }, quiet, never());
    expect(choice.runtime.kind).toBe('docker');
    const checks = await checkRuntimes({ runtimes: runtimes(withEngine), image: 'cpu', folders: [places.dataFolder] });
    expect(checks.find(({ id }) => id === 'engine')).toMatchObject({ state: 'ok' });
    expect(checks.find(({ id }) => id === 'image')).toMatchObject({ state: 'ok' });
  });
});

describe('local, not isolated', () => {
  it('leaves nothing in the temporary folder when its bridge was killed', async () => {
    const spec = specOf(places);
    const runtime = plainForm.make(places);
    const sandbox = await runtime.start(spec, quiet, never());
    await runJob(sandbox, { id: 'cell', folder: 'bench', task: { kind: 'cell', code: '1', cell: 'c1' }, seconds: 60 });
    await sandbox.detach();
    const where = placesOf(places.home, spec.runId, process.env);
    const state = await readState(where.state);
    if (!state) throw new Error('no state');
    // The kernel's sockets and settings lie beside the bridge's own socket, not loose in /tmp.
    expect((await readdir(where.socketFolder)).length).toBeGreaterThan(1);
    process.kill(state.pid, 'SIGKILL');
    expect(await waitUntil(() => !isAlive(state.pid), 10_000)).toBe(true);
    await runtime.cleanUp(new Set());
    expect(existsSync(where.socketFolder)).toBe(false);
    expect(processesWith(`${groupVariable}=${state.group}`)).toEqual([]);
    expect(await readdir(join(places.home, 'sandboxes'))).toEqual([]);
  });
});

describe.skipIf(bubblewrapForm.missing !== undefined)('local', () => {
  it('is chosen when no engine answers, and says why', async () => {
    const choice = await chooseRuntime('auto', runtimes({ DOCKER_HOST: 'unix:///nowhere/docker.sock' }), { image: 'cpu' }, quiet, never());
    expect(choice.runtime.kind).toBe('local');
    expect(choice.status.isolation).toBe('bubblewrap');
    expect(choice.why).toContain('/nowhere/docker.sock');
    await expect(chooseRuntime('docker', runtimes({ DOCKER_HOST: 'unix:///nowhere/docker.sock' }), { image: 'cpu' }, quiet, never())).rejects.toThrow('Docker cannot be used');
  });

  it('is described by the doctor, with or without an engine', async () => {
    const checks = await checkRuntimes({ runtimes: runtimes({ DOCKER_HOST: 'unix:///nowhere/docker.sock' }), image: 'cpu', folders: [places.dataFolder, '/no/such/folder'] });
    expect(checks.map(({ id, state }) => `${id} ${state}`)).toEqual(['runtime ok', 'engine warn', 'bubblewrap ok', 'python ok', 'gpu ok', 'disk ok', 'disk warn']);
    for (const { state, nextStep } of checks) if (state !== 'ok') expect(nextStep).toBeTruthy();
  });

  it('goes on after its process has died, with its files and finished jobs', async () => {
    const spec = specOf(places);
    const first = await bubblewrapForm.make(places).start(spec, quiet, never());
    await runJob(first, script('done'), main("print('once')\n"));
    await first.detach();
    const state = await readState(placesOf(places.home, spec.runId, process.env).state);
    if (!state?.init) throw new Error('no state');
    process.kill(state.init, 'SIGKILL');
    expect(await waitUntil(() => !isAlive(state.pid), 10_000)).toBe(true);
    expect(await bubblewrapForm.make(places).find(spec)).toBeUndefined();
    const second = await bubblewrapForm.make(places).start(spec, quiet, never());
    try {
      expect((await runJob(second, script('done'))).stdout).toContain('once');
    } finally {
      await second.stop();
    }
  });

  it('ends by its lease when nobody is connected, and is cleaned up', async () => {
    const spec = specOf(places, { graceSeconds: 1 });
    const runtime = bubblewrapForm.make(places);
    await (await runtime.start(spec, quiet, never())).detach();
    const state = await readState(placesOf(places.home, spec.runId, process.env).state);
    if (!state) throw new Error('no state');
    expect(await waitUntil(() => !isAlive(state.pid), 30_000)).toBe(true);
    expect(await runtime.cleanUp(new Set([spec.runId]))).toEqual([]);
    expect(await runtime.cleanUp(new Set())).toEqual([`sandbox ${spec.runId}`]);
    expect(await readdir(join(places.home, 'sandboxes'))).toEqual([]);
  });
});
