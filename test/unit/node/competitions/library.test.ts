import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CompetitionError, type CompetitionReason } from '../../../../src/node/competitions/competitionError';
import { CompetitionLibrary } from '../../../../src/node/competitions/library';

const bundledFolder = join(import.meta.dirname, '../../../../media/competitions');

describe('CompetitionLibrary', () => {
  let folder: string;
  let home: string;
  let own: string;
  let library: CompetitionLibrary;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'podium-library-'));
    home = join(folder, 'home');
    own = join(folder, 'work', 'own');
    await cp(join(bundledFolder, 'penguins'), own, { recursive: true });
    library = new CompetitionLibrary({ bundledFolder, home, base: join(folder, 'work') });
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function failure(action: Promise<unknown>): Promise<CompetitionError> {
    const error: unknown = await action.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (!CompetitionError.is(error)) throw new Error(`expected a CompetitionError, got ${String(error)}`);
    return error;
  }

  it('loads by id, by bundled:<id>, by a relative folder and by what it calls the location itself', async () => {
    expect((await library.load('penguins')).location).toBe('bundled:penguins');
    expect((await library.load('bundled:penguins')).folder).toBe(join(bundledFolder, 'penguins'));
    const competition = await library.load('./own');
    expect(competition).toMatchObject({ folder: own, location: own, dataFolder: join(own, 'data'), direction: 'maximize', metricLabel: 'macro F1' });
    expect((await library.load(competition.location)).folder).toBe(own);
    expect(competition.sample.split('\n')).toHaveLength(6);
    expect(competition.sample.startsWith('id,species\n')).toBe(true);
  });

  it('prefers a bundled competition to a bench folder of the same name', async () => {
    await mkdir(join(folder, 'work', 'penguins'));
    expect((await library.load('penguins')).location).toBe('bundled:penguins');
  });

  describe('with imported competitions', () => {
    const imported = (): string => join(folder, 'work', 'competitions');

    async function place(name: string, id: string): Promise<string> {
      const target = join(imported(), name);
      await cp(own, target, { recursive: true });
      const file = join(target, 'competition.yaml');
      await writeFile(file, (await readFile(file, 'utf8')).replace(/^id: .*$/m, `id: ${id}`));
      return target;
    }

    it('lists them after the bundled ones, and finds them by id before a bench of that name', async () => {
      const target = await place('from-kaggle', 'titanic');
      await mkdir(join(imported(), 'notes'));
      await cp(target, join(imported(), '.1234.partial'), { recursive: true });
      await mkdir(join(folder, 'work', 'titanic'));
      const entries = await library.list();
      expect(entries.map(({ id, group }) => [id, group]).slice(-2)).toEqual([['seattle-weather', 'bundled'], ['titanic', 'imported']]);
      expect(entries.at(-1)).toMatchObject({ id: 'titanic', location: target, folder: target, metricLabel: 'macro F1' });
      expect(await library.load('titanic')).toMatchObject({ folder: target, location: target });
      expect((await library.load('competitions/from-kaggle')).folder).toBe(target);
    });

    it('names doubles: a bundled id wins, then the folder of that name', async () => {
      await place('penguins', 'penguins');
      await place('a-copy', 'titanic');
      const winner = await place('titanic', 'titanic');
      const problems = Object.fromEntries((await library.list()).filter(({ group }) => group === 'imported').map((entry) => [entry.folder.split('/').at(-1), entry.problem]));
      expect(problems).toEqual({
        penguins: expect.stringContaining('Its id "penguins" is that of a bundled competition. Change "id" in ') as string,
        'a-copy': expect.stringContaining(`Its id "titanic" is that of the one in ${winner}.`) as string,
        titanic: undefined,
      });
      expect((await library.load('penguins')).location).toBe('bundled:penguins');
      expect((await library.load('titanic')).folder).toBe(winner);
    });

    it('lists a broken one with its problem, and loading it by its folder says the same', async () => {
      const target = await place('broken', 'whatever');
      await writeFile(join(target, 'competition.yaml'), 'schema: 1\n');
      expect((await library.list()).at(-1)).toMatchObject({ id: 'broken', group: 'imported', problem: expect.stringMatching(/does not fit the format/) as string });
      expect((await failure(library.load('broken'))).reason).toBe('bad_manifest');
    });

    it('has none without a workspace', async () => {
      await place('titanic', 'titanic');
      const without = new CompetitionLibrary({ bundledFolder, home, base: join(folder, 'work'), workspace: null });
      expect((await without.list()).every(({ group }) => group === 'bundled')).toBe(true);
      expect((await failure(without.load('titanic'))).reason).toBe('not_found');
    });

    it('refuses the id whose bench would be the folder of all of them', async () => {
      await place('odd', 'competitions');
      expect((await library.list()).at(-1)?.problem).toMatch(/name of the folder of all imported ones/);
    });
  });

  it.each<[CompetitionReason, string, RegExp]>([
    ['not_found', 'pengiuns', /Did you mean penguins\?/],
    ['not_found', './nothing', /folder with a competition\.yaml/],
    ['not_found', 'bundled:nothing', /penguins/],
    ['missing_file', '.', /import the data or give another folder/],
  ])('fails with %s for %s and says what to do', async (reason, name, nextStep) => {
    const error = await failure(library.load(name));
    expect(error.reason).toBe(reason);
    expect(error.nextStep).toMatch(nextStep);
  });

  it('names file, line and field of a broken manifest, and lists such a competition with its problem', async () => {
    const file = join(own, 'competition.yaml');
    await writeFile(file, (await readFile(file, 'utf8')).replace('publicShare: 0.5', 'publicShare: half'));
    const error = await failure(library.load('./own'));
    expect(error.reason).toBe('bad_manifest');
    expect(error.message).toMatch(/competition\.yaml .*line \d+: split\.publicShare/);
    const entries = await new CompetitionLibrary({ bundledFolder: join(folder, 'work'), home }).list();
    expect(entries).toMatchObject([{ id: 'own', problem: expect.stringMatching(/split\.publicShare/) as string }]);
  });

  it.each(['description.md', 'data/train.csv', 'data/sample_submission.csv', 'competition.yaml'])('names %s when it is missing', async (path) => {
    await rm(join(own, path));
    const error = await failure(library.load('./own'));
    expect(error.reason).toBe('missing_file');
    expect(error.message).toContain(join(own, path));
  });

  it('refuses links, which could carry a file of the person into a sandbox', async () => {
    const secret = join(folder, 'secret.csv');
    await writeFile(secret, 'id,x\n1,2\n');
    await symlink(secret, join(own, 'data', 'extra.csv'));
    expect((await failure(library.load('./own'))).reason).toBe('bad_file');
    await rm(join(own, 'data'), { recursive: true });
    await symlink(join(bundledFolder, 'penguins', 'data'), join(own, 'data'));
    expect((await failure(library.load('./own'))).reason).toBe('bad_file');
  });

  it('says what is wrong with a data file that is no CSV', async () => {
    await writeFile(join(own, 'data', 'test.csv'), 'id;island\n1;2\n');
    const error = await failure(library.load('./own'));
    expect(error.reason).toBe('bad_file');
    expect(error.message).toMatch(/test\.csv.*separated by ";"/);
  });

  it('keeps answers in PODIUM_HOME by their hash, for the owner only, and repairs a changed copy', async () => {
    const competition = await library.load('./own');
    const file = await competition.answersFile();
    expect(file).toMatch(/home\/answers\/[0-9a-f]{64}\/answers\.csv$/);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(join(home, 'answers'))).mode & 0o777).toBe(0o700);
    const original = await readFile(join(own, 'private', 'answers.csv'), 'utf8');
    expect(await readFile(file, 'utf8')).toBe(original);

    await chmod(file, 0o600);
    await truncate(file, 10);
    expect(await (await library.load('bundled:penguins')).answersFile()).toBe(file);
    expect(await readFile(file, 'utf8')).toBe(original);
    expect(await readdir(join(file, '..'))).toEqual(['answers.csv']);
  });

  it('can be read but not graded without answers', async () => {
    await rm(join(own, 'private'), { recursive: true });
    const competition = await library.load('./own');
    const error = await failure(competition.answersFile());
    expect(error.reason).toBe('no_answers');
    expect(error.message).toContain(join(own, 'private', 'answers.csv'));
  });

  it('keeps the result of the health checks and makes it anew when the data changes', async () => {
    const competition = await library.load('./own');
    const first = await competition.health();
    expect(first.findings.map((finding) => finding.code)).toEqual(['duplicate_rows', 'noise']);
    expect(await competition.health()).toEqual(first);
    const kept = async (): Promise<string[]> => (await readdir(join(home, 'cache', 'health'))).filter((name) => name.endsWith('.json'));
    expect(await kept()).toHaveLength(1);
    await writeFile(join(own, 'data', 'sample_submission.csv'), 'id,species\n');
    expect((await competition.health()).findings.map((finding) => finding.code)).toContain('sample_refused');
    expect(await kept()).toHaveLength(2);
  });
});
