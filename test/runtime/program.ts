import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { bundles } from '../../esbuild.mjs';

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command line of this checkout, built, beside its media: whatever lies in dist/ may be older. */
export class Program {
  private constructor(
    /** Everything that a test makes lies below it. */
    readonly scratch: string,
    private readonly environment: NodeJS.ProcessEnv,
  ) {}

  static async build(name: string, environment: NodeJS.ProcessEnv): Promise<Program> {
    const root = resolve(__dirname, '../..');
    const program = new Program(await mkdtemp(join(tmpdir(), `podium-${name}-`)), environment);
    for (const bundle of ['cli', 'runner', 'gradingWorker']) await build({ ...bundles[bundle], absWorkingDir: root, outdir: join(program.folder, 'dist'), sourcemap: false });
    await cp(join(root, 'media'), join(program.folder, 'media'), { recursive: true });
    await cp(join(root, 'package.json'), join(program.folder, 'package.json'));
    return program;
  }

  /** Where the program lies. */
  get folder(): string {
    return join(this.scratch, 'program');
  }

  get cli(): string {
    return join(this.folder, 'dist/cli.js');
  }

  /** PODIUM_HOME. */
  get home(): string {
    return join(this.scratch, 'home');
  }

  get env(): NodeJS.ProcessEnv {
    return { ...process.env, PODIUM_HOME: this.home, ...this.environment };
  }

  workspace(): Promise<string> {
    return mkdtemp(join(this.scratch, 'workspace-'));
  }

  podium(args: readonly string[]): { child: ChildProcess; ended: Promise<Ended> } {
    const child = spawn(process.execPath, [this.cli, ...args], { env: this.env, stdio: ['pipe', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (data: Buffer) => (stdout += data.toString()));
    child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
    const ended = new Promise<Ended>((done) => child.on('close', (code) => done({ code, stdout, stderr })));
    return { child, ended };
  }

  /** Bridges of its sandboxes that are still there. */
  async bridges(): Promise<string[]> {
    const { stdout } = await promisify(execFile)('ps', ['-eo', 'args']);
    return stdout.split('\n').filter((line) => line.includes('bridge.py') && line.includes(this.scratch));
  }

  remove(): Promise<void> {
    return rm(this.scratch, { recursive: true, force: true });
  }
}

/** Milliseconds from 100 to 3,000 by a linear congruential generator (the constants of ANSI C). */
export function moments(seed: number, count: number): number[] {
  let state = seed >>> 0;
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return 100 + ((state >>> 16) % 2_900);
  });
}

export async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((done) => setTimeout(done, 50));
}
