import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { registerList } from '../../../src/cli/commands/list';
import { registerShow } from '../../../src/cli/commands/show';

describe('podium list and show', () => {
  let home: string;
  let out: string;
  let err: string;

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'podium-home-'));
    vi.stubEnv('PODIUM_HOME', home);
    out = '';
    err = '';
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((out += String(text)), true));
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((err += String(text)), true));
  });

  afterEach(async () => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
    process.exitCode = 0;
    await rm(home, { recursive: true, force: true });
  });

  async function podium(...args: string[]): Promise<void> {
    const program = new Command().exitOverride();
    registerList(program);
    registerShow(program);
    await program.parseAsync(args, { from: 'user' });
  }

  it('lists the bundled competitions for people and as one JSON array', async () => {
    await podium('list');
    expect(out).toMatch(/penguins +bundled +Palmer Penguins +tabular +macro F1 ↑/);
    out = '';
    await podium('list', '--json');
    const entries = JSON.parse(out) as { id: string; direction: string; problem?: string }[];
    expect(entries.map(({ id, direction, problem }) => [id, direction, problem])).toEqual([
      ['breast-cancer', 'maximize', undefined],
      ['debian-sections', 'minimize', undefined],
      ['diabetes-progression', 'minimize', undefined],
      ['digits', 'maximize', undefined],
      ['penguins', 'maximize', undefined],
      ['seattle-weather', 'minimize', undefined],
    ]);
  });

  it('shows a folder of pictures with its size, without the pictures', async () => {
    await podium('show', 'digits');
    expect(out).toContain('data/images/, 1200 files (png), 129600 bytes');
    out = '';
    await podium('show', 'digits', '--json');
    expect(JSON.parse(out)).toMatchObject({ folders: [{ path: 'data/images/', files: 1200, namedBy: { column: 'image', base: 'data/' }, examples: { length: 10 } }] });
    expect(out).not.toContain('base64');
  });

  it('shows a competition with columns, metric and sample', async () => {
    await podium('show', 'penguins');
    expect(out).toMatch(/flipper_length_mm +number +1 missing +178 – 231/);
    out = '';
    await podium('show', 'penguins', '--json');
    expect(JSON.parse(out)).toMatchObject({
      id: 'penguins',
      location: 'bundled:penguins',
      metric: { name: 'f1', label: 'macro F1', direction: 'maximize', range: [0, 1] },
      files: [{ path: 'data/train.csv', rows: 172 }, { path: 'data/test.csv', rows: 172 }, { path: 'data/sample_submission.csv' }],
    });
    expect(process.exitCode).not.toBe(1);
  });

  it('says what exists when the competition does not, with exit code 2 and one JSON object', async () => {
    await podium('show', 'pengiuns', '--json');
    const { error } = JSON.parse(out) as { error: { reason: string; nextStep: string } };
    expect(error.reason).toBe('not_found');
    expect(error.nextStep).toContain('penguins');
    expect(err).toContain('pengiuns');
    expect(process.exitCode).toBe(2);
  });

  it('lists and shows the catalogue of public competitions', async () => {
    await podium('list', '--catalogue', '--benchmark', 'mle-bench', '--max-size', '3MB', '--json');
    const items: unknown = JSON.parse(out);
    expect(items).toEqual(expect.arrayContaining([expect.objectContaining({ id: 'spooky-author-identification', metric: 'log_loss' })]));
    out = '';
    await podium('show', 'titanic', '--json');
    expect(JSON.parse(out)).toMatchObject({ catalogue: true, id: 'titanic', needs: expect.arrayContaining([expect.stringContaining('rules')]) });
    expect(process.exitCode).toBeFalsy();
  });

  it('refuses a filter without the catalogue, and a size that is none', async () => {
    await podium('list', '--medals');
    expect([process.exitCode, err]).toEqual([2, expect.stringContaining('--catalogue')]);
    await podium('list', '--catalogue', '--max-size', 'small');
    expect(err).toContain('500MB');
  });
});
