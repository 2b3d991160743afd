import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { registerDoctor } from '../../../src/cli/commands/doctor';
import { commandLine } from './commandLine';

const penguins = join(import.meta.dirname, '../../../media/competitions/penguins');

describe('podium doctor --competition', () => {
  const podium = commandLine(registerDoctor);
  const doctor = (...args: string[]): Promise<void> => podium.run('doctor', ...args);

  it('passes a sound one with exit code 0', async () => {
    await doctor('--competition', 'penguins');
    expect(podium.out).toMatch(/ok +No public file holds answers\./);
    expect(podium.out).toContain('its scores can be trusted as far as was looked');
    expect(process.exitCode).toBe(0);
  });

  it('exits with 1 when scores cannot be trusted, and names finding and fix as JSON', async () => {
    const folder = join(podium.folder, 'leaky');
    await cp(penguins, folder, { recursive: true });
    await cp(join(folder, 'private/answers.csv'), join(folder, 'data/solution.csv'));
    await doctor('--competition', folder, '--json');
    expect(process.exitCode).toBe(1);
    const report = JSON.parse(podium.out) as { sound: boolean; findings: { code: string; severity: string; fix: string }[] };
    expect(report).toMatchObject({ folder, sound: false, findings: [{ code: 'answers_public', severity: 'error', fix: 'Take them out of data/: players read everything there.' }, {}, {}] });
  });

  it('takes a competition that there is not, and a model beside it, for wrong usage', async () => {
    await doctor('--competition', 'pengiuns');
    expect(process.exitCode).toBe(2);
    expect(podium.err).toContain('Did you mean penguins?');
    await doctor('--competition', 'penguins', '--model', 'gpt-4.1');
    expect(process.exitCode).toBe(2);
  });
});
