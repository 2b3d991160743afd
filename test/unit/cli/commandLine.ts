import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, vi } from 'vitest';

/** Commands that run in this process, with what they print; each test has a folder and a PODIUM_HOME of its own. */
export interface CommandLine {
  /** Removed after the test. PODIUM_HOME is `home` in it. */
  readonly folder: string;
  /** What the last command wrote to standard output. */
  readonly out: string;
  /** What all commands of the test wrote to standard error. */
  readonly err: string;
  run(...args: string[]): Promise<void>;
}

export function commandLine(...register: ((program: Command) => void)[]): CommandLine {
  let [folder, out, err] = ['', '', ''];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'podium-cli-'));
    vi.stubEnv('PODIUM_HOME', join(folder, 'home'));
    [out, err] = ['', ''];
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((out += String(text)), true));
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((err += String(text)), true));
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
    process.exitCode = 0;
    await rm(folder, { recursive: true, force: true });
  });
  return {
    get folder() {
      return folder;
    },
    get out() {
      return out;
    },
    get err() {
      return err;
    },
    async run(...args) {
      out = '';
      const program = new Command().exitOverride();
      for (const one of register) one(program);
      await program.parseAsync(args, { from: 'user' });
    },
  };
}
