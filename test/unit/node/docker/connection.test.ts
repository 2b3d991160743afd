import { createHash } from 'node:crypto';
import { chmod, link, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createServer as createSocketServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectEngine, explainConnection, findEngine, type EnginePlace } from '../../../../src/node/docker/connection';
import { createDockerRuntime } from '../../../../src/node/docker/dockerRuntime';

let folder: string;
const servers: Server[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'podium-engine-'));
});

afterEach(async () => {
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true, force: true });
});

const place = (env: NodeJS.ProcessEnv): EnginePlace => ({ env, home: folder, platform: 'linux' });
const probe = (env: NodeJS.ProcessEnv) => createDockerRuntime({ bridgeFile: '', containerFolder: '', env: { HOME: folder, ...env } }).probe();

async function listen(server: Server, path: string): Promise<void> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(path, resolve));
}

describe('which engine', () => {
  it('is that of DOCKER_HOST', async () => {
    expect(await findEngine(place({ DOCKER_HOST: 'tcp://box:2375' }))).toEqual({ url: 'tcp://box:2375', source: 'DOCKER_HOST' });
    expect(await findEngine(place({ DOCKER_HOST: 'tcp://box:2376', DOCKER_CERT_PATH: '/keys' }))).toMatchObject({ certificates: '/keys' });
  });

  it('is that of the current context', async () => {
    const id = createHash('sha256').update('far').digest('hex');
    const meta = join(folder, '.docker', 'contexts', 'meta', id);
    await mkdir(meta, { recursive: true });
    await writeFile(join(folder, '.docker', 'config.json'), JSON.stringify({ currentContext: 'far', auths: {} }));
    await writeFile(join(meta, 'meta.json'), JSON.stringify({ Name: 'far', Endpoints: { docker: { Host: 'ssh://me@far' } } }));
    expect(await findEngine(place({}))).toEqual({ url: 'ssh://me@far', source: 'context far' });
    expect(await findEngine(place({ DOCKER_HOST: 'unix:///x' }))).toMatchObject({ source: 'DOCKER_HOST' });
    await expect(findEngine(place({ DOCKER_CONTEXT: 'gone' }))).rejects.toMatchObject({ reason: 'no_engine', message: expect.stringContaining('"gone"') });
  });

  it('is the first default socket that exists', async () => {
    await mkdir(join(folder, 'run'));
    await writeFile(join(folder, 'run', 'docker.sock'), '');
    const found = await findEngine(place({ XDG_RUNTIME_DIR: join(folder, 'run') }));
    expect(['unix:///var/run/docker.sock', `unix://${join(folder, 'run', 'docker.sock')}`]).toContain(found.url);
    expect(found.source).toBe('default socket');
  });

  it('cannot be one of an unknown kind', async () => {
    await expect(connectEngine({ url: 'ftp://x', source: 'DOCKER_HOST' })).rejects.toMatchObject({ reason: 'no_engine' });
  });
});

describe('why it does not answer', () => {
  it('no engine: there is no socket and no docker', async () => {
    expect(await probe({ DOCKER_HOST: `unix://${folder}/none.sock`, PATH: folder })).toMatchObject({ available: false, reason: 'no_engine', nextStep: expect.stringContaining('Install Docker') });
  });

  it('stopped: docker is installed, but there is no socket', async () => {
    await writeFile(join(folder, 'docker'), '');
    expect(await probe({ DOCKER_HOST: `unix://${folder}/none.sock`, PATH: folder })).toMatchObject({ reason: 'engine_stopped', nextStep: expect.stringContaining('systemctl start docker') });
  });

  it('stopped: a socket that nobody listens to', async () => {
    const path = join(folder, 'dead.sock');
    const server = createSocketServer();
    // The file stays when its owner has gone without closing it.
    await new Promise<void>((resolve) => server.listen(path, resolve));
    await link(path, join(folder, 'kept.sock'));
    await new Promise((resolve) => server.close(resolve));
    expect(await probe({ DOCKER_HOST: `unix://${folder}/kept.sock`, PATH: folder })).toMatchObject({ reason: 'engine_stopped' });
  });

  it('permission denied, with how to get it', () => {
    const address = { url: 'unix:///var/run/docker.sock', source: 'default socket' };
    for (const code of ['EACCES', 'EPERM']) {
      const error = explainConnection(Object.assign(new Error('no'), { code }), address, place({}));
      expect(error).toMatchObject({ reason: 'permission_denied', nextStep: expect.stringContaining('usermod -aG docker') });
      expect(error.message).toContain('/var/run/docker.sock');
    }
  });

  it('permission denied on a real socket', async () => {
    const path = join(folder, 'locked.sock');
    await listen(createSocketServer(), path);
    await chmod(path, 0o000);
    await chmod(folder, 0o755);
    const root = process.getuid?.() === 0;
    if (root) process.seteuid?.(65_534); // root may use any socket
    try {
      expect(await probe({ DOCKER_HOST: `unix://${path}`, PATH: folder })).toMatchObject({ reason: 'permission_denied' });
    } finally {
      if (root) process.seteuid?.(0);
    }
  });

  it('is said with the engine and its source when it does', async () => {
    const path = join(folder, 'engine.sock');
    const server = createServer((request, response) => {
      response.setHeader('content-type', 'application/json');
      response.end(request.url?.includes('_ping') ? 'OK' : JSON.stringify({ ServerVersion: '99.1', Runtimes: { nvidia: {} } }));
    });
    await listen(server, path);
    const env = { DOCKER_HOST: `unix://${path}` };
    expect(await probe(env)).toEqual({ available: true, isolation: 'container', detail: `Docker 99.1 at unix://${path} (DOCKER_HOST)` });
    const { info } = await createDockerRuntime({ bridgeFile: '', containerFolder: '', env }).engine();
    expect(info.gpu).toEqual({ kind: 'runtime' });
  });
});
