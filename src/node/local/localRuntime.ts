import { spawn } from 'node:child_process';
import { open, readdir, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { basename, join } from 'node:path';
import * as z from 'zod';
import { CancelledError } from '../../core/errors';
import type { GpuOffer } from '../../core/runtime/gpu';
import { noGpu } from '../../core/runtime/gpuPlan';
import type { Runtime, RuntimeStatus, Sandbox, SandboxSpec } from '../../core/runtime/runtime';
import { RuntimeError } from '../../core/runtime/runtimeError';
import { askCards, hostTool } from '../gpu/nvidiaSmi';
import type { MachineProbe } from '../machineProbe';
import { bubblewrapArguments, probeBubblewrap, sandboxEnvironment, visibleRoots, type BubblewrapProbe } from './bubblewrap';
import { makeControlGroup, removeControlGroup } from './controlGroup';
import { gpuVariables } from './gpuDevices';
import { askInterpreter, findInterpreter, type InterpreterSearch } from './interpreter';
import { groupVariable, isRunning, LocalSandbox, removeSandbox } from './localSandbox';
import { makeEnvironment } from './makeEnvironment';
import { isAlive, startTime, waitUntil } from './processes';
import { allSandboxes, makePlaces, placesOf, readState, socketsFolder, writeState, type SandboxPlaces, type SandboxState } from './sandboxState';

export interface LocalRuntimeOptions {
  /** `media/python/bridge.py` on this machine. */
  readonly bridgeFile: string;
  /** PODIUM_HOME: sandboxes keep their files below it, and none sees it. */
  readonly home: string;
  /** More folders that no sandbox may see: the extension's own, the workspace … */
  readonly hide?: readonly string[];
  /** Interpreter by setting or from the editor. */
  readonly python?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly log?: (line: string) => void;
  /** For tests: behave as on a machine without bubblewrap. */
  readonly withoutBubblewrap?: boolean;
}

/**
 * Enters the control groups, then becomes the sandbox: arguments are the number of groups, their
 * folders, and the command.
 */
const launcher = 'n=$1; shift; while [ "$n" -gt 0 ]; do echo $$ > "$1/cgroup.procs" || exit 70; shift; n=$((n-1)); done; ulimit -c 0; exec "$@"';

/** Number of the descriptor with which the bridge of an isolated sandbox gets its listening socket; 3 is bwrap's own. */
const socketFd = '4';

const infoSchema = z.looseObject({ 'child-pid': z.int() });

/** Sandboxes as processes of this machine. */
export class LocalRuntime implements Runtime {
  readonly kind = 'local';
  private readonly env: NodeJS.ProcessEnv;
  private readonly search: InterpreterSearch;
  private readonly log: (line: string) => void;
  private bubblewrap: Promise<BubblewrapProbe> | undefined;

  constructor(private readonly options: LocalRuntimeOptions) {
    this.env = options.env ?? process.env;
    this.search = { python: options.python, env: this.env, home: options.home };
    this.log = options.log ?? (() => undefined);
  }

  private isolation(): Promise<BubblewrapProbe> {
    this.bubblewrap ??= this.options.withoutBubblewrap ? Promise.resolve({ works: false, why: 'bubblewrap is left out' } as const) : probeBubblewrap(this.env);
    return this.bubblewrap;
  }

  async probe(): Promise<RuntimeStatus> {
    if (process.platform === 'win32') {
      return { available: false, isolation: 'none', reason: 'platform', detail: 'The local sandbox does not exist on Windows.', nextStep: 'Use Docker Desktop, or open the folder in WSL.' };
    }
    const bubblewrap = await this.isolation();
    const isolation = bubblewrap.works ? 'bubblewrap' : 'none';
    try {
      const { executable, python } = await findInterpreter(this.search);
      const how = bubblewrap.works ? `isolated by bubblewrap ${bubblewrap.version}` : `not isolated: ${bubblewrap.why}`;
      return {
        available: true,
        isolation,
        detail: `Python ${python} at ${executable}, ${how}`,
        ...(bubblewrap.works ? {} : { reason: 'not_isolated', nextStep: installHint }),
      };
    } catch (error) {
      const known = error instanceof RuntimeError ? error : undefined;
      return { available: false, isolation, detail: error instanceof Error ? error.message : String(error), reason: known?.reason ?? 'no_python', nextStep: known?.nextStep };
    }
  }

  /** How the code of a local run is isolated, or why it is not. */
  async isolationDetail(): Promise<string> {
    const bubblewrap = await this.isolation();
    return bubblewrap.works ? `bubblewrap ${bubblewrap.version}` : `Nothing isolates the code: ${bubblewrap.why}.`;
  }

  /**
   * Makes a Python environment with the needed libraries below PODIUM_HOME, on the person's explicit wish.
   * @throws RuntimeError, CancelledError as `makeEnvironment` does
   */
  makeEnvironment(progress: (line: string) => void, signal: AbortSignal): Promise<string> {
    return makeEnvironment(this.search, progress, signal);
  }

  /** The cards of this machine. */
  async gpus(): Promise<GpuOffer> {
    const { cards, ...rest } = await askCards(hostTool(this.env));
    if (cards) return { usable: 'yes', why: "this machine's cards", cards };
    return { usable: 'no', why: 'why' in rest ? rest.why : 'there is none', nextStep: "Install or mend NVIDIA's driver (`nvidia-smi` must list the card)" };
  }

  async start(spec: SandboxSpec, progress: (line: string) => void, signal: AbortSignal): Promise<Sandbox> {
    if (process.platform === 'win32') throw new RuntimeError('platform', 'The local sandbox does not exist on Windows.', 'Use Docker Desktop, or open the folder in WSL.');
    const places = placesOf(this.options.home, spec.runId, this.env);
    const old = await readState(places.state);
    if (old && (await isRunning(old))) return LocalSandbox.connect(places, old, spec, this.env, this.log);
    const bubblewrap = await this.isolation();
    if (!bubblewrap.works && !spec.allowUnisolated) {
      throw new RuntimeError('not_isolated', `Nothing would isolate the code of this run: ${bubblewrap.why}.`, `${installHint} Or allow it for this run: --allow-unisolated.`);
    }
    if (spec.gpu !== 'none') {
      const offer = await this.gpus();
      if (offer.usable === 'no') throw noGpu(offer);
    }
    const found = await findInterpreter(this.search);
    progress(`Starting Python ${found.python} at ${found.executable} …`);
    const probe = bubblewrap.works ? ((await askInterpreter(found.executable, visibleRoots(found), this.env)) ?? found) : found;
    if (signal.aborted) throw new CancelledError();
    // Files of an earlier sandbox of this run stay: its record of finished jobs is among them.
    await makePlaces(places, this.env);
    try {
      const state = await this.launch(spec, places, probe, bubblewrap.works);
      return await LocalSandbox.connect(places, state, spec, this.env, this.log);
    } catch (error) {
      const tail = await readFile(places.log, 'utf8').catch(() => '');
      await removeSandbox(places, await readState(places.state));
      if (error instanceof RuntimeError && error.reason !== 'sandbox_lost') throw error;
      throw new RuntimeError('start_failed', `The local sandbox did not start: ${tail.trim().slice(-400) || String(error)}`, 'Try Docker, or see `podium doctor`.', { cause: error });
    }
  }

  private async launch(spec: SandboxSpec, places: SandboxPlaces, probe: MachineProbe, isolated: boolean): Promise<SandboxState> {
    const group = await makeControlGroup(places.group, spec);
    const serve = (work: string, spool: string, socket: readonly string[]): string[] => [
      ...['serve', '--work', work, '--spool', spool, ...socket, '--grace', String(spec.graceSeconds)],
      ...['--disk-mb', String(spec.diskMb), '--pids', String(spec.pids)],
    ];
    const command = isolated ? await this.isolatedCommand(spec, places, probe, serve) : [probe.executable, '-I', this.options.bridgeFile, ...serve(places.work, places.spool, ['--socket', places.socket]), '--temp', places.socketFolder];
    const log = await open(places.log, 'w', 0o600);
    const info = await open(`${places.folder}/bwrap.json`, 'w', 0o600);
    try {
      const child = spawn('/bin/sh', ['-c', launcher, 'sh', String(group.folders.length), ...group.folders, ...command], {
        detached: true, // own session: neither a closed window nor its signals end it
        cwd: places.work,
        stdio: ['ignore', log.fd, log.fd, info.fd],
        // Nothing of the host's environment, not even for bwrap itself: its first process keeps it.
        env: { ...sandboxEnvironment(probe), ...variablesOf(spec), HOME: isolated ? '/tmp' : places.work, [groupVariable]: places.group },
      });
      await new Promise<void>((resolve, reject) => {
        child.once('spawn', resolve);
        child.once('error', reject);
      });
      child.unref();
      const pid = child.pid ?? 0;
      const init = isolated ? await this.initOf(`${places.folder}/bwrap.json`, () => child.exitCode !== null || !isAlive(pid)) : null;
      const state: SandboxState = {
        version: 1,
        runId: spec.runId,
        isolation: isolated ? 'bubblewrap' : 'none',
        pid,
        started: (await startTime(pid)) ?? null,
        init,
        python: probe.executable,
        memoryMb: Math.round(spec.memoryGb * 1024),
        gpu: spec.gpu !== 'none',
        ...(typeof spec.gpu === 'string' ? {} : { cards: [...spec.gpu] }),
        socket: places.socket,
        group: places.group,
      };
      await writeState(places.state, state);
      const there = await waitUntil(async () => child.exitCode !== null || (await isListening(places.socket)), 30_000);
      if (!there || child.exitCode !== null) throw new RuntimeError('sandbox_lost', `Its process ended with exit code ${child.exitCode}.`);
      return state;
    } finally {
      await log.close();
      await info.close();
    }
  }

  private async isolatedCommand(spec: SandboxSpec, places: SandboxPlaces, probe: MachineProbe, serve: (work: string, spool: string, socket: readonly string[]) => string[]): Promise<string[]> {
    const passwd = join(places.folder, 'passwd');
    const group = join(places.folder, 'group');
    await writeFile(passwd, 'podium:x:10001:10001:podium:/tmp:/bin/sh\n');
    await writeFile(group, 'podium:x:10001:\n');
    const args = bubblewrapArguments({
      spec: { ...spec, dataFolder: await realpath(spec.dataFolder) },
      probe,
      bridgeFile: this.options.bridgeFile,
      workFolder: places.work,
      passwd,
      group,
      hide: [this.options.home, ...(this.options.hide ?? [])],
    });
    const variables = Object.entries({ [groupVariable]: places.group, ...variablesOf(spec) }).flatMap(([name, value]) => ['--setenv', name, value]);
    return [
      // The socket is made out here, where nothing inside can put another in its place, and handed down.
      ...[probe.executable, '-I', this.options.bridgeFile, 'bind', '--socket', places.socket, '--fd', socketFd],
      ...['bwrap', '--info-fd', '3', ...args, ...variables],
      ...[probe.executable, '-I', '/run/podium/bridge.py', ...serve('/work', '/work/.podium/spool', ['--socket-fd', socketFd, '--alone'])],
    ];
  }

  private async initOf(file: string, ended: () => boolean): Promise<number | null> {
    let pid: number | null = null;
    await waitUntil(async () => {
      try {
        pid = infoSchema.parse(JSON.parse(await readFile(file, 'utf8')))['child-pid'];
      } catch {
        return ended(); // not written yet
      }
      return true;
    }, 10_000);
    return pid;
  }

  async find(spec: SandboxSpec): Promise<Sandbox | undefined> {
    const places = placesOf(this.options.home, spec.runId, this.env);
    const state = await readState(places.state);
    if (!state || !(await isRunning(state))) return undefined;
    try {
      return await LocalSandbox.connect(places, state, spec, this.env, this.log);
    } catch (error) {
      this.log(`The local sandbox of ${spec.runId} does not answer: ${error instanceof Error ? error.message : String(error)}`);
      return undefined;
    }
  }

  /** Removes sandboxes whose process has ended; a running one is another window's, or ends by its own lease. */
  async cleanUp(keepRunIds: ReadonlySet<string>, mode: 'remove' | 'look' = 'remove'): Promise<string[]> {
    const removed: string[] = [];
    for (const { folder, state } of await allSandboxes(this.options.home)) {
      if (state && (keepRunIds.has(state.runId) || (await isRunning(state)))) continue;
      // Another process may be making it just now: its state comes last.
      if (!state && Date.now() - ((await stat(folder).catch(() => undefined))?.mtimeMs ?? 0) < makingMs) continue;
      const key = basename(folder).slice(-12);
      if (mode === 'remove') await removeSandbox({ folder, socketFolder: join(socketsFolder(this.env), key), group: `podium-${key}` }, state);
      removed.push(`sandbox ${state?.runId ?? basename(folder)}`);
    }
    if (mode === 'remove') await this.removeDeadSockets();
    return removed;
  }

  /** Sockets and control groups whose sandbox's folder was deleted by other hands; those just being made are left alone. */
  private async removeDeadSockets(): Promise<void> {
    const sockets = socketsFolder(this.env);
    for (const key of await readdir(sockets).catch(() => [])) {
      const folder = join(sockets, key);
      const age = Date.now() - ((await stat(folder).catch(() => undefined))?.mtimeMs ?? Date.now());
      if (!/^[0-9a-f]{12}$/.test(key) || age < 600_000 || (await isListening(join(folder, 'bridge.sock')))) continue;
      await removeControlGroup(`podium-${key}`);
      await rm(folder, { recursive: true, force: true });
    }
  }
}

/** Which cards CUDA shows, and the bridge's own switch for its plain interpreter loop. */
const variablesOf = (spec: SandboxSpec): Record<string, string> => ({ ...gpuVariables(spec.gpu), ...(spec.kernel === 'repl' ? { PODIUM_NO_IPYKERNEL: '1' } : {}) });

/** A sandbox without a state is older than this only when nobody makes it any more. */
const makingMs = 600_000;

const installHint = 'Install it with `sudo apt-get install bubblewrap` (or your system\'s own command), or use Docker.';

function isListening(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const client = connect(socket);
    client.once('connect', () => {
      client.destroy();
      resolve(true);
    });
    client.once('error', () => resolve(false));
  });
}

export function createLocalRuntime(options: LocalRuntimeOptions): LocalRuntime {
  return new LocalRuntime(options);
}
