import { cp, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { registerImport } from '../../../src/cli/commands/import';
import { commandLine } from './commandLine';

const penguins = resolve(import.meta.dirname, '../../../media/competitions/penguins/data/train.csv');

describe('podium import csv', () => {
  const cli = commandLine(registerImport);
  beforeEach(async () => {
    await mkdir(join(cli.folder, 'mine'));
    await cp(penguins, join(cli.folder, 'mine', 'train.csv'));
  });

  async function podium(...args: string[]): Promise<unknown> {
    await cli.run('import', 'csv', join(cli.folder, 'mine'), ...args);
    return cli.out === '' ? undefined : (JSON.parse(cli.out) as unknown);
  }

  it('makes a competition and prints one object', async () => {
    const competition = join(cli.folder, 'birds');
    const answer = await podium('--id', 'id', '--target', 'species', '--metric', 'f1', '--params', '{"average":"macro"}', '--group', 'island', '--test-share', '0.3', '--out', competition, '--json');
    expect(answer).toEqual({ competition, findings: expect.any(Array) });
    expect(process.exitCode ?? 0).toBe(0);
    expect((await readdir(competition)).sort()).toEqual(['competition.yaml', 'data', 'description.md']);
    expect(await podium('--id', 'id', '--target', 'species', '--out', competition, '--json')).toMatchObject({ error: { reason: 'exists' } });
    expect(process.exitCode).toBe(2);
  });

  it('says what it would propose where id, target or place are missing', async () => {
    await podium();
    expect(process.exitCode).toBe(2);
    expect(cli.err).toContain('--id and --target and --out are missing.');
    expect(cli.err).toMatch(/--id id .*called like an id/);
    expect(cli.err).toMatch(/--target species .*Adelie, Chinstrap, Gentoo/);
  });

  it.each([
    ['an unknown metric', ['--metric', 'acuracy'], 'unknown_metric'],
    ['an unknown column', ['--time', 'yeer'], 'no_cut'],
    ['time and group', ['--time', 'year', '--group', 'island'], 'wrong_usage'],
    ['a share of one', ['--test-share', '1'], 'wrong_usage'],
    ['parameters that are no JSON', ['--metric', 'f1', '--params', '{'], 'wrong_usage'],
    ['a folder that is not there', ['--answers', 'nowhere.csv'], 'not_gradable'],
  ])('is wrong usage with %s: one object, nothing written', async (_, args, reason) => {
    expect(await podium('--id', 'id', '--target', 'species', '--out', join(cli.folder, 'x'), '--json', ...args)).toMatchObject({ error: { reason, message: expect.any(String) } });
    expect(process.exitCode).toBe(2);
    expect(await readdir(cli.folder)).not.toContain('x');
  });

  it('takes names with commas', async () => {
    await writeFile(join(cli.folder, 'mine', 'train.csv'), `"a,b",c\n${Array.from({ length: 30 }, (_, row) => `${row},${row % 2}`).join('\n')}\n`);
    expect(await podium('--id', '"a,b"', '--target', 'c', '--out', join(cli.folder, 'x'), '--json')).toMatchObject({ competition: join(cli.folder, 'x') });
  });
});
