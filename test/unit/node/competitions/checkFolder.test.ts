import { cp, mkdtemp, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkFolder, knownHealth } from '../../../../src/node/competitions/checkFolder';
import { CompetitionLibrary } from '../../../../src/node/competitions/library';

const bundledFolder = join(import.meta.dirname, '../../../../media/competitions');

describe('the check of a competition folder', () => {
  let scratch: string;
  let home: string;
  let folder: string;
  beforeEach(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'podium-check-'));
    home = join(scratch, 'home');
    folder = join(scratch, 'penguins');
    await cp(join(bundledFolder, 'penguins'), folder, { recursive: true });
  });
  afterEach(() => rm(scratch, { recursive: true, force: true }));

  const edit = async (path: string, change: (text: string) => string): Promise<void> => writeFile(join(folder, path), change(await readFile(join(folder, path), 'utf8')));
  const codes = async (): Promise<string[]> => (await checkFolder(folder, { home })).findings.map(({ code }) => code);

  it('passes a sound one: nothing found but the noise', async () => {
    const { findings, passed } = await checkFolder(folder, { home });
    expect(findings.filter(({ severity }) => severity !== 'info')).toEqual([]);
    expect(passed).toEqual(expect.arrayContaining(['Every file that it names is there.', 'No public file holds answers.', 'The board fits the metric.']));
  });

  it.each<[string, string, () => Promise<void>]>([
    ['a data file that is missing', 'missing_file', () => rm(join(folder, 'data/train.csv'))],
    ['a description that is missing', 'missing_file', () => rm(join(folder, 'description.md'))],
    ['a file without content', 'bad_file', () => truncate(join(folder, 'data/test.csv'), 0)],
    ['a git-LFS pointer in place of the data', 'bad_file', () => writeFile(join(folder, 'data/train.csv'), 'version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 1\n')],
    ['a link among the data', 'bad_file', () => symlink('/etc/hostname', join(folder, 'data/extra.csv'))],
    ['a board that cannot be read', 'bad_file', () => writeFile(join(folder, 'leaderboard.csv'), 'team\nA\n')],
    ['a manifest that breaks the format', 'bad_manifest', () => edit('competition.yaml', (text) => text.replace('publicShare: 0.5', 'publicShare: half'))],
    ['answers that are missing', 'no_answers', () => rm(join(folder, 'private'), { recursive: true })],
    ['answers in a file that the manifest does not name', 'answers_public', () => cp(join(folder, 'private/answers.csv'), join(folder, 'data/old.csv'))],
    ['answers in a packed file', 'answers_public', async () => writeFile(join(folder, 'data/old.csv.gz'), gzipSync(await readFile(join(folder, 'private/answers.csv'))))],
    ['answers with tabs between', 'answers_public', async () => writeFile(join(folder, 'data/old.txt'), (await readFile(join(folder, 'private/answers.csv'), 'utf8')).replaceAll(',', '\t'))],
    ['answers in the folder of a competition that is played by hand', 'answers_in_folder', () => edit('competition.yaml', (text) => text.replace('kind: bundled', 'kind: own'))],
    ['a description with other columns', 'columns_differ', () => edit('description.md', (text) => `${text}\n\`id,kind\`\n`)],
    ['a board of zeros', 'board_all_zero', () => writeFile(join(folder, 'leaderboard.csv'), 'name,score\nA,0\nB,0\n')],
  ])('finds %s, with what to do', async (_what, code, plant) => {
    await plant();
    const { findings } = await checkFolder(folder, { home });
    const found = findings.find((finding) => finding.code === code);
    expect(findings.map((finding) => finding.code)).toContain(code);
    expect(found?.fix).not.toBe('');
  });

  it('names every missing file at once', async () => {
    await rm(join(folder, 'data/train.csv'));
    await rm(join(folder, 'data/test.csv'));
    expect(await codes()).toEqual(['missing_file', 'missing_file']);
  });

  it('is remembered until a text changes, and costs nothing to ask for', async () => {
    expect(await knownHealth(folder, home)).toBeUndefined();
    const health = await checkFolder(folder, { home });
    expect(await knownHealth(folder, home)).toEqual(health);
    await edit('description.md', (text) => `${text}\nMore.\n`);
    expect(await knownHealth(folder, home)).toBeUndefined();
  });

  it('passes every bundled competition, thoroughly too', async () => {
    const library = new CompetitionLibrary({ bundledFolder, home });
    for (const { id } of await library.list()) {
      const { health } = await library.check(id, { thorough: true });
      expect(health.findings.filter(({ severity }) => severity !== 'info'), id).toEqual([]);
    }
  });
});
