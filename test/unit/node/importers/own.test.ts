import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CsvTable } from '../../../../src/core/grading/csv';
import { grade } from '../../../../src/core/grading/grade';
import { readWhole } from '../../../../src/core/grading/writeCsv';
import { CompetitionLibrary, type LoadedCompetition } from '../../../../src/node/competitions/library';
import { ImportError } from '../../../../src/node/importers/importError';
import { importOwn, type OwnRequest, type OwnResult } from '../../../../src/node/importers/own/importOwn';
import { readOwnFolder } from '../../../../src/node/importers/own/ownFolder';
import { zip } from '../../grading/zip';

let place: string;
let folder: string;
let home: string;
let out: string;
beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), 'podium-own-test-'));
  [folder, home, out] = [join(place, 'My data'), join(place, 'home'), join(place, 'flowers')];
  await mkdir(folder);
});
afterEach(() => rm(place, { recursive: true, force: true }));

async function put(files: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
}

const kinds = ['setosa', 'virginica', 'versicolor'];
const line = (row: number): string => `00${row},"petal, ""long"" ${(row * 7) % 90}",${(row * 13) % 101}.50,${kinds[(row * 5 + (row % 7)) % 3] ?? ''}`;
const table = (from: number, to: number, header = 'id,note,width,species', of = line): string => `${header}\n${Array.from({ length: to - from }, (_, at) => of(from + at)).join('\n')}\n`;
const features = (row: number): string => line(row).slice(0, line(row).lastIndexOf(','));
const truth = (row: number): string => `00${row},${kinds[(row * 5 + (row % 7)) % 3] ?? ''}`;

const usual: OwnRequest = { id: ['id'], target: ['species'], by: { kind: 'row' }, testShare: 0.25, publicShare: 0.5, seed: 0 };
const make = async (request: Partial<OwnRequest> = {}, signal?: AbortSignal): Promise<OwnResult> => importOwn(await readOwnFolder(folder), out, { ...usual, ...request }, { home, ...(signal ? { signal } : {}) });
const load = (): Promise<LoadedCompetition> => new CompetitionLibrary({ bundledFolder: place, home, workspace: null }).load(out);
const codes = (result: OwnResult): string[] => result.findings.map(({ code }) => code);

async function read(path: string): Promise<CsvTable> {
  const whole = readWhole(await readFile(path));
  if (!whole.ok) throw new Error(whole.message);
  return whole.table;
}

const data = (name: string): Promise<CsvTable> => read(join(out, 'data', name));
const cells = (from: CsvTable, name: string): string[] => Array.from({ length: from.rows }, (_, row) => from.columns.get(name)?.text(row) ?? '');
const refused = async (work: Promise<unknown>): Promise<ImportError> => {
  const error: unknown = await work.catch((caught: unknown) => caught);
  if (!ImportError.is(error)) throw new Error(`No refusal but ${String(error)}`);
  expect(await readdir(place)).not.toContain('flowers');
  return error;
};

describe('own data', () => {
  it('says what is under way', async () => {
    await put({ 'train.csv': table(100, 160), 'notes.csv': 'a,b\n1,2\n' });
    const told: string[] = [];
    await importOwn(await readOwnFolder(folder), out, usual, { home, progress: (line) => told.push(line) });
    expect(told[0]).toBe('making the tables');
    expect(told.at(-1)).toBe('checking the competition');
    expect(told).toEqual(expect.arrayContaining(['looking for answers in the other files', 'data/train.csv']));
  });

  it('takes an empty list for an answer where the metric does, and says which rows cannot be graded elsewhere', async () => {
    const tags = Array.from({ length: 100 }, (_, row) => `${row},${row % 3 === 0 ? '' : 'red green'.slice(0, 3 + (row % 2) * 6)}`);
    await put({ 'train.csv': `id,tags\n${tags.join('\n')}\n` });
    const lists = await make({ target: ['tags'], metric: { name: 'f1', params: { list: true, average: 'samples' } } });
    expect(codes(lists)).not.toContain('rows_unlabelled');
    const asked = await data('test.csv');
    expect(asked.rows).toBe(25);
    expect(cells(asked, 'id').filter((id) => Number(id) % 3 === 0).length).toBeGreaterThan(0);
    await rm(out, { recursive: true });
    const labels = await make({ target: ['tags'] });
    expect(labels.findings.find(({ code }) => code === 'rows_unlabelled')?.message).toBe('34 rows without tags are for training: they cannot be graded.');
    expect(cells(await data('test.csv'), 'id').filter((id) => Number(id) % 3 === 0)).toEqual([]);
  });

  it('with training data alone becomes an ordinary competition, whose answers lie in PODIUM_HOME only', async () => {
    await put({ 'train.csv': table(0, 100) });
    const result = await make();
    expect(result.competition).toBe(out);
    expect(result.findings.filter(({ severity }) => severity === 'error')).toEqual([]);
    const competition = await load();
    expect(competition.manifest).toMatchObject({ id: 'flowers', title: 'Flowers', source: { kind: 'own' }, task: 'multiclass', metric: { name: 'accuracy' }, split: { by: 'row' } });
    expect(competition.description).toContain('75 rows are for training and 25 for the test');
    const [train, test] = [await data('train.csv'), await data('test.csv')];
    expect([train.rows, test.rows, test.header]).toEqual([75, 25, ['id', 'note', 'width']]);
    expect(cells(train, 'id').filter((id) => cells(test, 'id').includes(id))).toEqual([]);
    expect(cells(test, 'id')[0]).toMatch(/^00\d/);
    const answers = await readFile(await competition.answersFile());
    const perfect = grade({ answers, submission: answers, metric: 'accuracy', id: ['id'], target: ['species'] });
    expect([perfect.score, perfect.public?.score]).toEqual([1, 1]);
    expect((await readdir(out, { recursive: true })).filter((name) => name.includes('answers'))).toEqual([]);
  });

  it('with answers keeps the test set as it is, whatever order the answers are in, and their Usage', async () => {
    const rows = Array.from({ length: 20 }, (_, at) => 40 + ((at * 7) % 20));
    await put({
      'train.csv': table(0, 40),
      'test.csv': table(40, 60, 'id,note,width', features),
      'answers.csv': `id,species,Usage\n${rows.map((row) => `${truth(row)},${row < 45 ? 'Public' : 'Private'}`).join('\n')}\n`,
      'weather.csv': 'day,rain\n1,2\n2,3\n',
      'description.md': '# Iris\n\nMine.\n',
    });
    await make({ answers: join(folder, 'answers.csv') });
    const competition = await load();
    expect(await readdir(join(out, 'data'))).toEqual(['sample_submission.csv', 'test.csv', 'train.csv', 'weather.csv']);
    expect(await readFile(join(out, 'data', 'train.csv'), 'utf8')).toBe(table(0, 40));
    expect(await readFile(join(out, 'data', 'test.csv'), 'utf8')).toBe(table(40, 60, 'id,note,width', features));
    expect(competition.description).toBe('# Iris\n\nMine.\n');
    const answers = await read(await competition.answersFile());
    expect(cells(answers, 'id')).toEqual(cells(await data('test.csv'), 'id'));
    expect(cells(answers, 'Usage').filter((usage) => usage === 'Public')).toHaveLength(5);
    expect(cells(answers, 'species')).toEqual(Array.from({ length: 20 }, (_, at) => truth(40 + at).split(',')[1]));
  });

  it('takes a test table that holds its answers, and hides them', async () => {
    await put({ 'train.csv': table(0, 40), 'test.csv': table(40, 60) });
    expect(codes(await make())).toContain('test_is_solved');
    expect((await data('test.csv')).header).toEqual(['id', 'note', 'width']);
    expect((await read(await (await load()).answersFile())).rows).toBe(20);
  });

  it('cuts a test set where the test table has no answers, and hides columns that it lacks', async () => {
    await put({ 'train.csv': table(0, 40, 'id,note,width,leak,species', (row) => `${features(row)},${row % 3},${kinds[row % 3] ?? ''}`), 'test.csv': table(40, 60, 'id,note,width', features) });
    expect(codes(await make())).toContain('test_unlabelled');
    expect((await data('test.csv')).header).toEqual(['id', 'note', 'width']);
    expect((await data('train.csv')).header).toEqual(['id', 'note', 'width', 'leak', 'species']);
    expect((await data('unlabelled_test.csv')).rows).toBe(20);
  });

  it('grades one column of probabilities per class against one column of labels', async () => {
    await put({ 'train.csv': table(0, 60), 'sample_submission.csv': 'id,setosa,versicolor,virginica\n1,0.3,0.3,0.4\n' });
    await make();
    const { manifest } = await load();
    expect(manifest).toMatchObject({ metric: { name: 'log_loss', params: { label_column: 'species' } }, submission: { target: ['setosa', 'versicolor', 'virginica'] } });
    expect((await data('sample_submission.csv')).header).toEqual(['id', 'setosa', 'versicolor', 'virginica']);
  });

  it('keeps several targets', async () => {
    await put({ 'train.csv': table(0, 60, 'id,x,a,b', (row) => `${row},${row % 7},${row * 1.5},${(row * 11) % 17}`) });
    await make({ target: ['a', 'b'] });
    expect((await load()).manifest).toMatchObject({ task: 'regression', metric: { name: 'mcrmse' }, submission: { target: ['a', 'b'] } });
    expect((await data('test.csv')).header).toEqual(['id', 'x']);
  });

  it('leaves out every file that holds the answers of cut rows, and says so', async () => {
    const shuffled = Array.from({ length: 80 }, (_, at) => (at * 37) % 80);
    await put({
      'train.csv': table(0, 80),
      'backup/copy.csv': `species;width;id\n${shuffled.map((row) => line(row)).map((text) => `${text.slice(text.lastIndexOf(',') + 1)};${text.split(',').at(-2) ?? ''};${text.split(',')[0] ?? ''}`).join('\n')}\n`,
      'no_ids.csv': `note,width,species\n${shuffled.map((row) => line(row).slice(line(row).indexOf(',') + 1)).join('\n')}\n`,
      'labels.csv': `klass\n${Array.from({ length: 80 }, (_, row) => truth(row).split(',')[1]).join('\n')}\n`,
      'solution.csv': `id,klass\n${shuffled.map(truth).join('\n')}\n`,
      'train.parquet': 'PAR1',
      'model.ipynb': '{}',
      'shops.csv': 'shop,city\na,Rome\n',
      'notes.md': 'Petals.',
    });
    await symlink('/etc/hostname', join(folder, 'linked.csv'));
    const result = await make();
    const errors = result.findings.filter(({ severity }) => severity === 'error');
    expect(errors.map(({ code }) => code)).toEqual(Array(4).fill('answers_public'));
    expect(errors.map(({ message }) => message.split(' ')[0])).toEqual(['backup/copy.csv', 'labels.csv', 'no_ids.csv', 'solution.csv']);
    expect(codes(result)).toEqual(expect.arrayContaining(['not_checked', 'code_left_out', 'links_left_out']));
    expect(await readdir(join(out, 'data'))).toEqual(['notes.md', 'sample_submission.csv', 'shops.csv', 'test.csv', 'train.csv']);
  });

  it('reads semicolons, byte-order marks, CRLF and quoted line ends, and never changes a cell', async () => {
    const rows = Array.from({ length: 30 }, (_, row) => `9007199254740${993 + row};"a ""b"";\r\nc, ${row}";${row % 2}`);
    await put({ 'train.csv': `\uFEFFid;text;y\r\n${rows.join('\r\n')}\r\n` });
    await make({ target: ['y'] });
    const test = await data('test.csv');
    for (const [row, id] of cells(test, 'id').entries()) expect(cells(test, 'text')[row]).toBe(`a "b";\r\nc, ${Number(id.slice(13)) - 993}`);
    expect(test.rows + (await data('train.csv')).rows).toBe(30);
  });

  it('begins from the own script, which nothing runs', async () => {
    await put({ 'train.csv': table(0, 40), 'my model.py': 'raise SystemExit(1)\n' });
    await make({ starter: join(folder, 'my model.py') });
    expect((await load()).starter).toEqual([{ path: 'my_model.py', text: 'raise SystemExit(1)\n' }]);
  });

  it('leaves nothing when it is cancelled', async () => {
    await put({ 'train.csv': table(0, 40) });
    await expect(make({}, AbortSignal.abort())).rejects.toMatchObject({ reason: 'cancelled' });
    expect(await readdir(place)).not.toContain('flowers');
  });
});

describe('own data that does not fit', () => {
  it.each([
    ['a target that is misspelt', { target: ['speces'] }, 'wrong_column', 'Did you mean "species"?'],
    ['an id in other letters', { id: ['ID'] }, 'wrong_column', 'Did you mean "id"?'],
    ['an id that repeats', { id: ['width'], target: ['species'] }, 'wrong_column', '--new-id'],
    ['a column that is both', { target: ['id'] }, 'wrong_column', 'either id or target'],
    ['a new id that is there', { id: ['note'], newId: true }, 'wrong_column', 'another name'],
    ['a group that is no column', { by: { kind: 'group', column: 'shop' } as const }, 'no_cut', 'Name a column'],
    ['a metric for another target', { metric: { name: 'rmse', params: {} } }, 'not_gradable', ''],
    ['answers without a test table', { answers: 'answers.csv' }, 'not_gradable', 'Add the rows'],
    ['a starter that is none', { starter: '/x/model.exe' }, 'bad_starter', '.py'],
  ] as const)('is refused for %s, with what helps', async (_, request, reason, help) => {
    await put({ 'train.csv': table(0, 40, undefined, (row) => line(row).replace(/,\d+\.50,/, `,${row % 9},`)) });
    const error = await refused(make(request as Partial<OwnRequest>));
    expect(error.reason).toBe(reason);
    expect(error.nextStep).toContain(help);
  });

  it('names rows whose answers are missing', async () => {
    await put({ 'train.csv': table(0, 40), 'test.csv': table(40, 60, 'id,note,width', features), 'answers.csv': table(43, 60, 'id,species', truth) });
    expect((await refused(make({ answers: 'answers.csv' }))).message).toContain('lacks the answers to 3 of 20 rows of test.csv, among them "0040"');
  });

  it('refuses decimal commas, tables that are none, and folders without one', async () => {
    await put({ 'train.csv': `id;y\n${Array.from({ length: 20 }, (_, row) => `${row};${row},5`).join('\n')}\n` });
    expect((await refused(make({ target: ['y'] }))).message).toContain('decimal comma ("0,5")');
    await put({ 'train.csv': new Uint8Array([0xff, 0xfe, 0x41, 0x00]) });
    expect((await refused(make())).reason).toBe('bad_table');
    await rm(join(folder, 'train.csv'));
    expect((await refused(make())).message).toContain('holds no CSV file');
    await put({ 'a.csv': 'x\n1\n', 'b.csv': 'x\n1\n' });
    expect((await refused(make())).message).toContain('several tables: a.csv, b.csv');
  });
});

describe('own pictures', () => {
  const png = (row: number): Uint8Array => new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, row]);
  const rows = Array.from({ length: 24 }, (_, row) => row);
  const request = { id: ['no'], target: ['animal'] };
  const csv = (name: (row: number) => string): string => `no,file,animal\n${rows.map((row) => `${row},${name(row)},${row % 2 ? 'cat' : 'dog'}`).join('\n')}\n`;

  it('keep their names where these tell nothing', async () => {
    await put({ 'train.csv': csv((row) => `p${row}.png`), ...Object.fromEntries(rows.map((row) => [`photos/p${row}.png`, png(row)])), 'photos/extra.png': png(99) });
    expect(codes(await make(request))).toContain('pictures_left_out');
    const { manifest, folders } = await load();
    expect(manifest.modality).toBe('image');
    expect(folders).toMatchObject([{ path: 'data/images/', files: 24, namedBy: { column: 'file', base: 'data/images/' } }]);
    expect(cells(await data('test.csv'), 'file')[0]).toMatch(/^p\d+\.png$/);
  });

  it.each([
    ['folders', (row: number) => `${row % 2 ? 'cat' : 'dog'}/${row}.png`],
    ['names', (row: number) => `${row % 2 ? 'cat' : 'dog'}.${row}.png`],
  ])('get numbers for names where %s tell the answer', async (_, name) => {
    await put({ 'train.csv': csv(name), 'pictures.zip': zip(Object.fromEntries(rows.map((row) => [name(row), Buffer.from(png(row))]))) });
    expect(codes(await make(request))).toContain('pictures_renamed');
    const [train, test, answers] = [await data('train.csv'), await data('test.csv'), await read(await (await load()).answersFile())];
    expect((await readdir(join(out, 'data', 'images'))).sort()).toEqual([...cells(train, 'file'), ...cells(test, 'file')].map((file) => file.replace('images/', '')).sort());
    for (const part of [train, test]) {
      for (const [at, file] of cells(part, 'file').entries()) expect((await readFile(join(out, 'data', file))).at(-1)).toBe(Number(cells(part, 'no')[at]));
    }
    expect(`${cells(test, 'file').join()}${(await readdir(out, { recursive: true })).join()}`).not.toMatch(/cat|dog/);
    expect(cells(answers, 'animal').every((animal, at) => animal === (Number(cells(answers, 'no')[at]) % 2 ? 'cat' : 'dog'))).toBe(true);
  });

  it.each([
    ['../evil.png', undefined],
    ['/evil.png', undefined],
    ['p0.png', 0o120777],
  ])('are not unpacked from an archive that holds %s', async (name, mode) => {
    const rest = Object.fromEntries(rows.map((row) => [`p${row}.png`, Buffer.from(png(row))]));
    await put({ 'train.csv': csv((row) => `p${row}.png`), 'images.zip': zip({ ...rest, [name]: '/etc/passwd' }, mode === undefined ? {} : { mode }) });
    expect((await refused(make(request))).reason).toBe('unsafe_archive');
    expect((await readdir(place)).sort()).toEqual(['My data', ...(await readdir(place)).filter((one) => one === 'home')]);
  });

  it('say when a column names none', async () => {
    await put({ 'train.csv': csv((row) => `p${row}.png`) });
    expect((await refused(make({ ...request, image: 'file' }))).message).toContain('0 pictures were found');
    expect((await refused(make({ ...request, image: 'filee' }))).nextStep).toContain('"file"');
  });
});
