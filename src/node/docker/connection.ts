import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { Agent } from 'node:http';
import { delimiter, join } from 'node:path';
import { Duplex } from 'node:stream';
import Docker from 'dockerode';
import * as z from 'zod';
import { RuntimeError } from '../../core/runtime/runtimeError';

/** Where the engine is and who said so. */
export interface EngineAddress {
  /** unix:///path, npipe:////./pipe/name, tcp://host:port or ssh://user@host */
  readonly url: string;
  /** For messages: "DOCKER_HOST", "context desktop-linux", "default socket". */
  readonly source: string;
  /** Folder with ca.pem, cert.pem and key.pem for a TCP engine with TLS. */
  readonly certificates?: string;
}

export interface EnginePlace {
  readonly env: NodeJS.ProcessEnv;
  readonly home: string;
  readonly platform: NodeJS.Platform;
}

const configSchema = z.looseObject({ currentContext: z.string().optional() });
const contextSchema = z.looseObject({
  Endpoints: z.looseObject({ docker: z.looseObject({ Host: z.string().optional() }).optional() }),
});

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new RuntimeError('no_engine', `${file} cannot be read: ${(error as Error).message}.`, 'Repair the file or set DOCKER_HOST.', { cause: error });
  }
}

/**
 * The engine that the `docker` command would use: DOCKER_HOST, then DOCKER_CONTEXT or the current
 * context of ~/.docker, then the first default socket that exists.
 * @throws RuntimeError `no_engine` when a context is named that is not there
 */
export async function findEngine(place: EnginePlace): Promise<EngineAddress> {
  const { env, home, platform } = place;
  if (env.DOCKER_HOST) {
    const secure = env.DOCKER_TLS_VERIFY || env.DOCKER_CERT_PATH;
    return { url: env.DOCKER_HOST, source: 'DOCKER_HOST', ...(secure ? { certificates: env.DOCKER_CERT_PATH ?? join(home, '.docker') } : {}) };
  }
  const folder = env.DOCKER_CONFIG ?? join(home, '.docker');
  const config = configSchema.safeParse(await readJson(join(folder, 'config.json')));
  const name = env.DOCKER_CONTEXT ?? (config.success ? config.data.currentContext : undefined);
  if (name && name !== 'default') {
    const id = createHash('sha256').update(name).digest('hex');
    const context = contextSchema.safeParse(await readJson(join(folder, 'contexts', 'meta', id, 'meta.json')));
    const url = context.success ? context.data.Endpoints.docker?.Host : undefined;
    if (!url) throw new RuntimeError('no_engine', `Docker's context "${name}" is not defined in ${folder}.`, 'Run `docker context use default`, or set DOCKER_HOST.');
    const certificates = join(folder, 'contexts', 'tls', id, 'docker');
    return { url, source: `context ${name}`, ...(existsSync(certificates) ? { certificates } : {}) };
  }
  if (platform === 'win32') return { url: 'npipe:////./pipe/docker_engine', source: 'default pipe' };
  const sockets = ['/var/run/docker.sock', ...(env.XDG_RUNTIME_DIR ? [join(env.XDG_RUNTIME_DIR, 'docker.sock')] : []), join(home, '.docker', 'run', 'docker.sock')];
  return { url: `unix://${sockets.find((socket) => existsSync(socket)) ?? sockets[0]}`, source: 'default socket' };
}

/** Every connection of this agent is one `ssh … docker system dial-stdio`, so the user's own ssh settings apply. */
class SshAgent extends Agent {
  constructor(private readonly target: string) {
    super({ keepAlive: false });
  }

  override createConnection(): Duplex {
    const url = new URL(this.target);
    const host = url.username ? `${decodeURIComponent(url.username)}@${url.hostname}` : url.hostname;
    const args = [...(url.port ? ['-p', url.port] : []), '-o', 'BatchMode=yes', '-T', '--', host, 'docker', 'system', 'dial-stdio'];
    const child = spawn('ssh', args, { stdio: ['pipe', 'pipe', 'pipe'] });
    let complaint = '';
    child.stderr.on('data', (chunk: Buffer) => {
      complaint = (complaint + chunk.toString('utf8')).slice(-500);
    });
    const stream = Duplex.from({ readable: child.stdout, writable: child.stdin });
    child.on('error', (error) => stream.destroy(error));
    child.on('exit', (code) => {
      if (code) stream.destroy(Object.assign(new Error(`ssh ended with exit code ${code}: ${complaint.trim()}`), { code: 'ESSH' }));
    });
    stream.on('close', () => child.kill());
    // http treats the stream as a socket.
    return Object.assign(stream, { setTimeout: () => stream, setNoDelay: () => stream, setKeepAlive: () => stream, ref: () => stream, unref: () => stream });
  }
}

/** A client for the engine; opens no connection yet. */
export async function connectEngine(address: EngineAddress): Promise<Docker> {
  const { url, certificates } = address;
  if (url.startsWith('unix://')) return new Docker({ socketPath: url.slice('unix://'.length) });
  if (url.startsWith('npipe://')) return new Docker({ socketPath: url.slice('npipe://'.length).replaceAll('\\', '/') });
  const parsed = new URL(url.includes('://') ? url : `tcp://${url}`);
  if (parsed.protocol === 'ssh:') {
    // The modem hands the agent to node:http; its typings do not list it.
    return new Docker(Object.assign({ protocol: 'http' as const, host: 'docker', port: 80 }, { agent: new SshAgent(url) }));
  }
  if (parsed.protocol !== 'tcp:' && parsed.protocol !== 'http:' && parsed.protocol !== 'https:') {
    throw new RuntimeError('no_engine', `Podium cannot reach an engine at ${url}.`, 'Use unix://, npipe://, tcp:// or ssh://.');
  }
  const secure = certificates !== undefined || parsed.protocol === 'https:';
  const keys = certificates
    ? {
        ca: await readFile(join(certificates, 'ca.pem')),
        cert: await readFile(join(certificates, 'cert.pem')),
        key: await readFile(join(certificates, 'key.pem')),
      }
    : {};
  return new Docker({ protocol: secure ? 'https' : 'http', host: parsed.hostname, port: Number(parsed.port || (secure ? 2376 : 2375)), ...keys });
}

function isInstalled(env: NodeJS.ProcessEnv): boolean {
  return (env.PATH ?? '').split(delimiter).some((folder) => folder !== '' && (existsSync(join(folder, 'docker')) || existsSync(join(folder, 'docker.exe')) || existsSync(join(folder, 'dockerd'))));
}

const startHint = (platform: NodeJS.Platform): string =>
  platform === 'linux' ? 'Start it with `sudo systemctl start docker`, or run in the local sandbox.' : 'Start Docker Desktop, or run in the local sandbox.';

/** What a failed connection means, with what to do. `error` is any rejection of a request to the engine. */
export function explainConnection(error: unknown, address: EngineAddress, place: EnginePlace): RuntimeError {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const cause = { cause: error };
  const where = `${address.url} (${address.source})`;
  if (code === 'EACCES' || code === 'EPERM') {
    return new RuntimeError(
      'permission_denied',
      `Docker is there, but you may not use it: permission denied on ${where}.`,
      'Add yourself to its group with `sudo usermod -aG docker $USER` and log in again, or run in the local sandbox.',
      cause,
    );
  }
  if (code === 'ENOENT') {
    if (isInstalled(place.env)) return new RuntimeError('engine_stopped', `Docker is installed but not running: there is no socket at ${where}.`, startHint(place.platform), cause);
    return new RuntimeError('no_engine', `No Docker engine was found at ${where}.`, 'Install Docker, or run in the local sandbox.', cause);
  }
  if (['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH'].includes(code)) {
    return new RuntimeError('engine_stopped', `Docker does not answer at ${where}.`, startHint(place.platform), cause);
  }
  if (code === 'ENOTFOUND' || code === 'ESSH' || code === 'EAI_AGAIN') {
    return new RuntimeError('no_engine', `The Docker engine at ${where} cannot be reached: ${(error as Error).message}.`, 'Check the host name and your ssh access.', cause);
  }
  return new RuntimeError('no_engine', `The Docker engine at ${where} failed: ${error instanceof Error ? error.message : String(error)}.`, 'Check the engine with `docker info`.', cause);
}

/** Rejects like a refused connection when the engine has not answered in time. */
export async function pingEngine(docker: Docker, milliseconds: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(Object.assign(new Error(`no answer in ${milliseconds} ms`), { code: 'ETIMEDOUT' })), milliseconds);
  });
  try {
    await Promise.race([docker.ping(), late]);
  } finally {
    clearTimeout(timer);
  }
}
