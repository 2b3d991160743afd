import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { registerDoctor } from '../../../src/cli/commands/doctor';

const penguins = join(import.meta.dirname, '../../../media/competitions/penguins');

describe('podium doctor --competition', () => {
  let scratch: string;
  let out: string;
  let err: string;
  beforeEach(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'podium-doctor-'));
    vi.stubEnv('PODIUM_HOME', join(scratch, 'home'));
    out = '';
    err = '';
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((out += String(text)), true));
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((err += String(text)), true));
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
    process.exitCode = 0;
    await rm(scratch, { recursive: true, force: true });
  });

  async function doctor(...args: string[]): Promise<void> {
    const program = new Command().exitOverride();
    registerDoctor(program);
    await program.parseAsync(['doctor', ...args], { from: 'user' });
  }

  it('passes a sound one with exit code 0', async () => {
    await doctor('--competition', 'penguins');
    expect(out).toMatch(/ok +No public file holds answers\./);
    expect(out).toContain('its scores can be trusted as far as was looked');
    expect(process.exitCode).toBe(0);
  });

  it('exits with 1 when scores cannot be trusted, and names finding and fix as JSON', async () => {
    const folder = join(scratch, 'leaky');
    await cp(penguins, folder, { recursive: true });
    await cp(join(folder, 'private/answers.csv'), join(folder, 'data/solution.csv'));
    await doctor('--competition', folder, '--json');
    expect(process.exitCode).toBe(1);
    const report = JSON.parse(out) as { sound: boolean; findings: { code: string; severity: string; fix: string }[] };
    expect(report).toMatchObject({ folder, sound: false, findings: [{ code: 'answers_public', severity: 'error', fix: 'Take them out of data/: players read everything there.' }, {}, {}] });
  });

  it('takes a competition that there is not, and a model beside it, for wrong usage', async () => {
    await doctor('--competition', 'pengiuns');
    expect(process.exitCode).toBe(2);
    expect(err).toContain('Did you mean penguins?');
    await doctor('--competition', 'penguins', '--model', 'gpt-4.1');
    expect(process.exitCode).toBe(2);
  });
});
