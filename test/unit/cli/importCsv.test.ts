import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { registerImport } from '../../../src/cli/commands/import';

const penguins = resolve(import.meta.dirname, '../../../media/competitions/penguins/data/train.csv');

describe('podium import csv', () => {
  let place: string;
  let out: string;
  let err: string;

  beforeEach(async () => {
    place = await mkdtemp(join(tmpdir(), 'podium-csv-'));
    vi.stubEnv('PODIUM_HOME', join(place, 'home'));
    [out, err] = ['', ''];
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((out += String(text)), true));
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((err += String(text)), true));
    await mkdir(join(place, 'mine'));
    await cp(penguins, join(place, 'mine', 'train.csv'));
  });

  afterEach(async () => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
    process.exitCode = 0;
    await rm(place, { recursive: true, force: true });
  });

  async function podium(...args: string[]): Promise<unknown> {
    const program = new Command().exitOverride();
    registerImport(program);
    await program.parseAsync(['import', 'csv', join(place, 'mine'), ...args], { from: 'user' });
    return out === '' ? undefined : (JSON.parse(out) as unknown);
  }

  it('makes a competition and prints one object', async () => {
    const competition = join(place, 'birds');
    const answer = await podium('--id', 'id', '--target', 'species', '--metric', 'f1', '--params', '{"average":"macro"}', '--group', 'island', '--test-share', '0.3', '--out', competition, '--json');
    expect(answer).toEqual({ competition, findings: expect.any(Array) });
    expect(process.exitCode ?? 0).toBe(0);
    expect((await readdir(competition)).sort()).toEqual(['competition.yaml', 'data', 'description.md']);
    out = '';
    expect(await podium('--id', 'id', '--target', 'species', '--out', competition, '--json')).toMatchObject({ error: { reason: 'exists' } });
    expect(process.exitCode).toBe(2);
  });

  it('says what it would propose where id, target or place are missing', async () => {
    await podium();
    expect(process.exitCode).toBe(2);
    expect(err).toContain('--id and --target and --out are missing.');
    expect(err).toMatch(/--id id .*called like an id/);
    expect(err).toMatch(/--target species .*Adelie, Chinstrap, Gentoo/);
  });

  it.each([
    ['an unknown metric', ['--metric', 'acuracy'], 'unknown_metric'],
    ['an unknown column', ['--time', 'yeer'], 'no_cut'],
    ['time and group', ['--time', 'year', '--group', 'island'], 'wrong_usage'],
    ['a share of one', ['--test-share', '1'], 'wrong_usage'],
    ['parameters that are no JSON', ['--metric', 'f1', '--params', '{'], 'wrong_usage'],
    ['a folder that is not there', ['--answers', 'nowhere.csv'], 'not_gradable'],
  ])('is wrong usage with %s: one object, nothing written', async (_, args, reason) => {
    expect(await podium('--id', 'id', '--target', 'species', '--out', join(place, 'x'), '--json', ...args)).toMatchObject({ error: { reason, message: expect.any(String) } });
    expect(process.exitCode).toBe(2);
    expect(await readdir(place)).not.toContain('x');
  });

  it('takes names with commas', async () => {
    await writeFile(join(place, 'mine', 'train.csv'), `"a,b",c\n${Array.from({ length: 30 }, (_, row) => `${row},${row % 2}`).join('\n')}\n`);
    expect(await podium('--id', '"a,b"', '--target', 'c', '--out', join(place, 'x'), '--json')).toMatchObject({ competition: join(place, 'x') });
  });
});
