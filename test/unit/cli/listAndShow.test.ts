import { describe, expect, it } from 'vitest';
import { registerList } from '../../../src/cli/commands/list';
import { registerShow } from '../../../src/cli/commands/show';
import { commandLine } from './commandLine';

describe('podium list and show', () => {
  const podium = commandLine(registerList, registerShow);

  it('lists the bundled competitions for people and as one JSON array', async () => {
    await podium.run('list');
    expect(podium.out).toMatch(/penguins +bundled +Palmer Penguins +tabular +macro F1 ↑/);
    await podium.run('list', '--json');
    const entries = JSON.parse(podium.out) as { id: string; direction: string; problem?: string }[];
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
    await podium.run('show', 'digits');
    expect(podium.out).toContain('data/images/, 1200 files (png), 129600 bytes');
    await podium.run('show', 'digits', '--json');
    expect(JSON.parse(podium.out)).toMatchObject({ folders: [{ path: 'data/images/', files: 1200, namedBy: { column: 'image', base: 'data/' }, examples: { length: 10 } }] });
    expect(podium.out).not.toContain('base64');
  });

  it('shows a competition with columns, metric and sample', async () => {
    await podium.run('show', 'penguins');
    expect(podium.out).toMatch(/flipper_length_mm +number +1 missing +178 – 231/);
    await podium.run('show', 'penguins', '--json');
    expect(JSON.parse(podium.out)).toMatchObject({
      id: 'penguins',
      location: 'bundled:penguins',
      metric: { name: 'f1', label: 'macro F1', direction: 'maximize', range: [0, 1] },
      files: [{ path: 'data/train.csv', rows: 172 }, { path: 'data/test.csv', rows: 172 }, { path: 'data/sample_submission.csv' }],
    });
    expect(process.exitCode).not.toBe(1);
  });

  it('says what exists when the competition does not, with exit code 2 and one JSON object', async () => {
    await podium.run('show', 'pengiuns', '--json');
    const { error } = JSON.parse(podium.out) as { error: { reason: string; nextStep: string } };
    expect(error.reason).toBe('not_found');
    expect(error.nextStep).toContain('penguins');
    expect(podium.err).toContain('pengiuns');
    expect(process.exitCode).toBe(2);
  });

  it('lists and shows the catalogue of public competitions', async () => {
    await podium.run('list', '--catalogue', '--benchmark', 'mle-bench', '--max-size', '3MB', '--json');
    const items: unknown = JSON.parse(podium.out);
    expect(items).toEqual(expect.arrayContaining([expect.objectContaining({ id: 'spooky-author-identification', metric: 'log_loss' })]));
    await podium.run('show', 'titanic', '--json');
    expect(JSON.parse(podium.out)).toMatchObject({ catalogue: true, id: 'titanic', needs: expect.arrayContaining([expect.stringContaining('rules')]) });
    expect(process.exitCode).toBeFalsy();
  });

  it('refuses a filter without the catalogue, and a size that is none', async () => {
    await podium.run('list', '--medals');
    expect([process.exitCode, podium.err]).toEqual([2, expect.stringContaining('--catalogue')]);
    await podium.run('list', '--catalogue', '--max-size', 'small');
    expect(podium.err).toContain('500MB');
  });
});
