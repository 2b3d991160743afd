import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { starterFiles } from '../../../../src/core/agent/starter';
import { firstBenchFile, scriptOfBench } from '../../../../src/core/agent/starterNames';
import { CompetitionError } from '../../../../src/node/competitions/competitionError';
import { CompetitionLibrary } from '../../../../src/node/competitions/library';
import { writeCompetition, type CompetitionDraft } from '../../../../src/node/competitions/writeCompetition';
import { CancelledError } from '../../../../src/core/errors';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function draft(change: Partial<CompetitionDraft> = {}): CompetitionDraft {
  return {
    manifest: {
      schema: 1, id: 'own', title: 'Own', summary: 'A task.', source: { kind: 'own', name: 'me', url: 'https://example.org', licence: 'CC0' },
      modality: 'tabular', task: 'binary', files: [{ path: 'data/sample.csv', role: 'sample', description: '' }],
      submission: { id: ['id'], target: ['y'] }, metric: { name: 'accuracy' }, split: { seed: 0, publicShare: 0.5, by: 'row' },
    },
    description: 'Text',
    files: new Map([['data/sample.csv', { bytes: 'id,y\n1,0\n2,0\n' }]]),
    answers: { bytes: bytes('id,y,Usage\n1,1,Public\n2,0,Private\n') },
    ...change,
  };
}

describe('writing a competition folder', () => {
  let folder: string;
  let home: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'podium-write-'));
    home = join(folder, 'home');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));
  const library = () => new CompetitionLibrary({ bundledFolder: folder, home, base: folder });

  it('makes one that loads, with its answers in PODIUM_HOME', async () => {
    await writeCompetition(join(folder, 'own'), draft({ board: 'name,score\na,0.5\n' }), { home });
    const competition = await library().load('./own');
    expect(competition).toMatchObject({ description: 'Text\n', board: [{ name: 'a', score: 0.5 }] });
    expect(await readFile(await competition.answersFile(), 'utf8')).toBe('id,y,Usage\n1,1,Public\n2,0,Private\n');
    expect(await readdir(folder)).toEqual(['home', 'own']);
  });

  it('needs neither licence nor address for own data, and begins from the own script', async () => {
    const { source, ...rest } = draft().manifest;
    const files = new Map([...draft().files, ['starter/model.py', { bytes: 'print(1)\n' }]]);
    await writeCompetition(join(folder, 'own'), draft({ manifest: { ...rest, source: { kind: source.kind, name: 'me' } }, files }), { home });
    const competition = await library().load('./own');
    expect(competition.manifest.source).toEqual({ kind: 'own', name: 'me' });
    expect(competition.starter).toEqual([{ path: 'model.py', text: 'print(1)\n' }]);
    expect(starterFiles(competition).map(({ path }) => path)).toEqual(['model.py', 'explore.ipynb']);
    expect([firstBenchFile(competition), scriptOfBench({ starter: [{ path: 'a.ipynb', text: '' }] })]).toEqual(['model.py', 'train.py']);
    await symlink('/etc/hostname', join(folder, 'own', 'starter', 'link.py'));
    await expect(library().load('./own')).rejects.toSatisfy((error) => CompetitionError.is(error, 'bad_file'));
  });

  it('notices answers that were changed or are of another machine', async () => {
    await writeCompetition(join(folder, 'own'), draft(), { home });
    const competition = await library().load('./own');
    await writeFile(await competition.answersFile(), 'id,y\n1,0\n');
    await expect(competition.answersFile()).rejects.toSatisfy((error) => CompetitionError.is(error, 'no_answers'));
    const elsewhere = await new CompetitionLibrary({ bundledFolder: folder, home: join(folder, 'other'), base: folder }).load('./own');
    await expect(elsewhere.answersFile()).rejects.toThrow(/Import the competition again|are not in/);
  });

  it.each([
    ['a place that is taken', 'exists', {}, async (place: string) => { await mkdir(place); await writeFile(join(place, 'mine'), ''); }],
    ['a path out of the folder', 'bad_file', { files: new Map([['data/../../x', { bytes: '' }]]) }, undefined],
    ['a path beside the data', 'bad_file', { files: new Map([['competition.yaml', { bytes: '' }]]) }, undefined],
    ['a draft that could not be read again', 'bad_manifest', { manifest: { ...draft().manifest, metric: { name: 'guess' } } }, undefined],
  ] as const)('refuses %s and leaves nothing', async (_, reason, change, before) => {
    const place = join(folder, 'own');
    await before?.(place);
    await expect(writeCompetition(place, draft(change), { home })).rejects.toSatisfy((error) => CompetitionError.is(error, reason));
    const left = (await readdir(folder)).filter((name) => name !== 'home' && !(before && name === 'own'));
    expect(left).toEqual([]);
  });

  it('refuses links in what it copies', async () => {
    const from = join(folder, 'from');
    await mkdir(from);
    await symlink('/etc/hostname', join(from, 'link.csv'));
    const files = new Map([...draft().files, ['data/more', { from }]]) as CompetitionDraft['files'];
    await expect(writeCompetition(join(folder, 'own'), draft({ files }), { home })).rejects.toThrow(/is a link/);
    expect(await readdir(folder)).not.toContain('own');
  });

  it('leaves no half folder when cancelled', async () => {
    await expect(writeCompetition(join(folder, 'own'), draft(), { home, signal: AbortSignal.abort() })).rejects.toSatisfy((error) => CancelledError.is(error));
    expect(await readdir(folder)).toEqual(['home']);
  });
});
