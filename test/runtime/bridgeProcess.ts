import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JobEvent, JobResult, JobSpec } from '../../src/core/runtime/runtime';
import { BridgeClient } from '../../src/node/kernel/bridgeClient';

const bridgeFile = resolve(__dirname, '../../media/python/bridge.py');

export interface BridgeOptions {
  readonly env?: Record<string, string>;
  readonly grace?: number;
  readonly diskMb?: number;
  readonly pids?: number;
  /** Everything on a file system of this size, in name spaces of its own. */
  readonly tmpfsMb?: number;
  /** Processes are asked of `ps`, as on macOS. */
  readonly withoutProc?: boolean;
}

async function isListening(path: string): Promise<boolean> {
  const socket = connect(path);
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** The real bridge as a process of this machine, in a temporary folder, with a client. */
export class BridgeProcess {
  private sockets: Socket[] = [];
  readonly log: string[] = [];

  private constructor(
    readonly root: string,
    readonly process: ChildProcess,
    private readonly options: BridgeOptions,
  ) {}

  static async start(options: BridgeOptions = {}, root?: string): Promise<BridgeProcess> {
    const folder = root ?? (await realpath(await mkdtemp(join(tmpdir(), 'pb-'))));
    await rm(join(folder, 's'), { force: true });
    const limits = [...(options.diskMb ? ['--disk-mb', String(options.diskMb)] : []), ...(options.pids ? ['--pids', String(options.pids)] : [])];
    const inner = options.tmpfsMb === undefined ? folder : join(folder, 'small');
    const python = process.env.PODIUM_TEST_PYTHON ?? '/usr/bin/python3';
    const program = options.withoutProc ? ['-c', `import sys; sys.path.insert(0, ${JSON.stringify(dirname(bridgeFile))}); import bridge; bridge._scan_proc = bridge._scan_ps; bridge.main_serve(sys.argv[2:])`] : [bridgeFile];
    const serve = [...program, 'serve', '--work', join(inner, 'work'), '--spool', join(inner, 'spool'), '--socket', join(folder, 's'), '--grace', String(options.grace ?? 60), '--temp', join(inner, 't'), ...limits];
    const around = options.tmpfsMb === undefined ? [] : ['bwrap', '--dev-bind', '/', '/', '--size', String(options.tmpfsMb << 20), '--tmpfs', inner];
    const [command = python, ...args] = [...around, python, ...serve];
    const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, ...options.env } });
    const bridge = new BridgeProcess(folder, child, options);
    child.stderr?.on('data', (data: Buffer) => bridge.log.push(data.toString()));
    // The socket's file is there a moment before anything listens at it.
    while (!(await isListening(join(folder, 's')))) {
      if (child.exitCode !== null) throw new Error(`the bridge ended: ${bridge.log.join('')}`);
      await sleep(20);
    }
    return bridge;
  }

  async socket(): Promise<Socket> {
    const socket = connect(join(this.root, 's'));
    await once(socket, 'connect');
    this.sockets.push(socket);
    return socket;
  }

  async client(reconnect = false): Promise<BridgeClient> {
    return BridgeClient.open(await this.socket(), reconnect ? { connect: () => this.socket() } : {});
  }

  /** Breaks every connection, as a lost network does. */
  dropConnections(): void {
    for (const socket of this.sockets.splice(0)) socket.destroy();
  }

  async write(folder: string, path: string, text: string): Promise<void> {
    const place = join(this.root, 'work', folder, path);
    await mkdir(dirname(place), { recursive: true });
    await writeFile(place, text);
  }

  async read(folder: string, path: string): Promise<string> {
    return readFile(join(this.root, 'work', folder, path), 'utf8');
  }

  /** A folder with `data` linking to a small competition, as a sandbox makes it. */
  async withData(folder: string): Promise<void> {
    const data = join(this.root, 'data');
    await mkdir(data, { recursive: true });
    const rows = (count: number, target: boolean): string =>
      [`id,a,b${target ? ',y' : ''}`, ...Array.from({ length: count }, (_, i) => `${i},${(i * 7) % 11},${(i * 5) % 13}${target ? `,${i % 2}` : ''}`)].join('\n');
    await writeFile(join(data, 'train.csv'), rows(60, true));
    await writeFile(join(data, 'test.csv'), rows(17, false));
    await writeFile(join(data, 'sample_submission.csv'), ['id,y', ...Array.from({ length: 17 }, (_, i) => `${i},0`)].join('\n'));
    await mkdir(join(this.root, 'work', folder), { recursive: true });
    if (!existsSync(join(this.root, 'work', folder, 'data'))) await symlink(data, join(this.root, 'work', folder, 'data'));
  }

  /** Command lines of live processes that were started for this bridge's folder. */
  async processes(): Promise<string[]> {
    const found: string[] = [];
    for (const pid of await readdir('/proc')) {
      if (!/^\d+$/.test(pid) || Number(pid) === this.process.pid) continue;
      try {
        const environment = await readFile(`/proc/${pid}/environ`, 'utf8');
        const cwd = await realpath(`/proc/${pid}/cwd`);
        if (cwd.startsWith(this.root) || environment.includes(this.root)) found.push((await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' '));
      } catch {
        continue; // ended meanwhile, or a zombie without a folder
      }
    }
    return found;
  }

  async ended(): Promise<number | null> {
    if (this.process.exitCode === null && this.process.signalCode === null) await once(this.process, 'exit');
    return this.process.exitCode;
  }

  async stop(keep = false): Promise<void> {
    this.dropConnections();
    if (this.process.exitCode === null && this.process.signalCode === null) {
      this.process.kill('SIGTERM');
      await this.ended();
    }
    if (!keep) await rm(this.root, { recursive: true, force: true });
  }
}

export interface Followed {
  readonly events: JobEvent[];
  readonly result: Promise<JobResult>;
  text(stream?: 'stdout' | 'stderr'): string;
  milestones(): string[];
}

/** Runs a job and collects its events. */
export function follow(client: BridgeClient, job: Omit<JobSpec, 'seconds' | 'folder'> & Partial<JobSpec>, signal: AbortSignal = new AbortController().signal): Followed {
  const events: JobEvent[] = [];
  const result = client.run({ folder: 'a1', seconds: 60, ...job }, (event) => events.push(event), signal);
  return {
    events,
    result,
    text: (stream = 'stdout') => events.map((event) => (event.type === 'output' && event.stream === stream ? event.text : '')).join(''),
    milestones: () =>
      events.flatMap((event) => (event.type === 'milestone' ? [event.milestone.done ? `${event.milestone.name} ${event.milestone.done}/${event.milestone.of}` : event.milestone.name] : [])),
  };
}
