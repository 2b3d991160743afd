import { readdir, readFile, rm, mkdtemp, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCsv } from '../../../../src/core/grading/csv';
import { grade } from '../../../../src/core/grading/grade';
import { ProblemList } from '../../../../src/core/grading/problems';
import type { CompetitionGrade } from '../../../../src/core/grading/result';
import { coveredDirectories, coveredFiles } from '../../../../src/core/runtime/coveredPaths';
import { CompetitionLibrary, type LoadedCompetition } from '../../../../src/node/competitions/library';

const bundledFolder = join(import.meta.dirname, '../../../../media/competitions');
const ids = ['breast-cancer', 'debian-sections', 'diabetes-progression', 'digits', 'penguins', 'seattle-weather'];

type Row = Readonly<Record<string, string>>;

function rowsOf(bytes: Uint8Array): Row[] {
  const problems = new ProblemList();
  const table = readCsv(bytes, (header) => header, problems);
  if (table === null || problems.size > 0) throw new Error('not a clean CSV file');
  return Array.from({ length: table.rows }, (_, row) => Object.fromEntries([...table.columns].map(([name, column]) => [name, column.text(row)])));
}

async function totalBytes(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const sizes = await Promise.all(entries.filter((entry) => entry.isFile()).map(async (entry) => (await stat(join(entry.parentPath, entry.name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

let home: string;
let library: CompetitionLibrary;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'podium-home-'));
  library = new CompetitionLibrary({ bundledFolder, home });
});
afterAll(() => rm(home, { recursive: true, force: true }));

it('bundles exactly these competitions, under 3 MB together', async () => {
  expect((await library.list()).map(({ id, problem }) => ({ id, problem }))).toEqual(ids.map((id) => ({ id, problem: undefined })));
  expect(await totalBytes(bundledFolder)).toBeLessThan(3_000_000);
});

describe.each(ids)('%s', (id) => {
  let competition: LoadedCompetition;
  let files: Record<'train' | 'test' | 'sample', Buffer>;
  let answersBytes: Buffer;
  let answers: Row[];

  const gradeSubmission = (submission: Uint8Array): CompetitionGrade =>
    grade({
      answers: answersBytes,
      submission,
      metric: competition.manifest.metric.name,
      params: competition.manifest.metric.params,
      id: competition.manifest.submission.id,
      target: competition.manifest.submission.target,
    });

  beforeAll(async () => {
    competition = await library.load(id);
    const read = (role: string): Promise<Buffer> =>
      readFile(join(competition.folder, competition.manifest.files.find((file) => file.role === role)?.path ?? `no ${role} file`));
    files = { train: await read('train'), test: await read('test'), sample: await read('sample') };
    answersBytes = await readFile(await competition.answersFile());
    answers = rowsOf(answersBytes);
  });

  it('has matching ids in test set, sample and answers, none of them in the training set', () => {
    const idsOf = (rows: readonly Row[]): (string | undefined)[] => rows.map((row) => row.id).sort();
    const test = idsOf(rowsOf(files.test));
    expect(new Set(test).size).toBe(test.length);
    expect(idsOf(answers)).toEqual(test);
    expect(idsOf(rowsOf(files.sample))).toEqual(test);
    const hidden = new Set(test);
    expect(rowsOf(files.train).filter((row) => hidden.has(row.id ?? ''))).toEqual([]);
  });

  it('says of every answer row whether it is public, in the declared share', () => {
    const shown = answers.filter((row) => row.Usage === 'Public').length;
    expect(answers.every((row) => row.Usage === 'Public' || row.Usage === 'Private')).toBe(true);
    expect(shown / answers.length).toBeCloseTo(competition.manifest.split.publicShare, 2);
  });

  it('shows players no column of the answers but the id', () => {
    const test = competition.profiles.find((profile) => profile.path === 'data/test.csv')?.columns ?? [];
    expect(test.length).toBeGreaterThan(1);
    expect(test.filter((column) => column.role === 'target')).toEqual([]);
    const train = competition.profiles.find((profile) => profile.path === 'data/train.csv')?.columns ?? [];
    expect(train.filter((column) => column.role === 'target')).toHaveLength(1);
  });

  it('has ids that tell nothing: ordering by id does not order the answers', () => {
    const target = Object.keys(answers[0] ?? {}).find((name) => name !== 'id' && name !== 'Usage') ?? '';
    const values = [...answers].sort((a, b) => ((a.id ?? '') < (b.id ?? '') ? -1 : 1)).map((row) => row[target]);
    const changes = values.filter((value, index) => index > 0 && value !== values[index - 1]).length;
    // Drawn by lot, neighbours are equal about as often as two random rows are.
    const counts = new Map<string | undefined, number>();
    for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
    const equal = [...counts.values()].reduce((sum, count) => sum + (count * (count - 1)) / (values.length * (values.length - 1)), 0);
    expect(changes / (values.length - 1)).toBeGreaterThan(0.8 * (1 - equal));
  });

  it('grades the sample submission as valid and below the board of reference solutions', () => {
    const result = gradeSubmission(files.sample);
    expect(result.errors).toEqual([]);
    expect(result).toMatchObject({ valid: true, rows: answers.length, direction: competition.direction });
    expect(result.public).not.toBeNull();
    expect(result.private).not.toBeNull();
    const better = (a: number, b: number): boolean => (competition.direction === 'maximize' ? a > b : a < b);
    expect(competition.board.length).toBeGreaterThanOrEqual(10);
    expect(better(competition.board[0]?.score ?? NaN, result.score ?? NaN)).toBe(true);
    const scores = competition.board.map((entry) => entry.score);
    expect([...scores].sort((a, b) => (better(a, b) ? -1 : 1))).toEqual(scores);
    for (const entry of competition.board) expect([entry.public, entry.private], entry.name).toEqual([expect.any(Number), expect.any(Number)]);
  });

  it('grades the answers themselves as perfect', () => {
    const { target } = competition.manifest.submission;
    const lines = answers.map((row) => [row.id, ...target.map((name) => row[name] ?? (row.section === name ? '1' : '0'))].join(','));
    const result = gradeSubmission(Buffer.from([['id', ...target].join(','), ...lines].join('\n')));
    expect(result.errors).toEqual([]);
    expect(result.score).toBeCloseTo(competition.direction === 'maximize' ? 1 : 0, 12);
  });

  it('has a description that names its columns, and its provenance with the licence beside the data', async () => {
    const test = competition.profiles.find((profile) => profile.path === 'data/test.csv')?.columns ?? [];
    const missing = test.map((column) => column.name).filter((name) => !competition.description.includes(name.replace(/^previous_.*/, 'previous_…')));
    expect(missing).toEqual([]);
    const provenance = await readFile(join(competition.folder, 'PROVENANCE.md'), 'utf8');
    expect(provenance).toMatch(/\*\*Licence\*\*/);
    expect(provenance).toMatch(/SHA256/);
    // An example in the description must not give answers away: it shows lines of the sample.
    const sample = new Set(files.sample.toString('utf8').split('\n'));
    const known = new Set(answers.map((row) => row.id));
    const examples = competition.description.split('\n').filter((line) => known.has(line.split(',', 1)[0]));
    expect(examples.length).toBeGreaterThan(0);
    expect(examples.filter((line) => !sample.has(line))).toEqual([]);
  });
});

describe('seattle-weather', () => {
  const day = 86_400_000;
  /** Days that any public file shows the weather of, in days since 1970. */
  let shown: Set<number>;
  let testDays: number[];

  beforeAll(async () => {
    const { folder } = await library.load('seattle-weather');
    const read = async (name: string): Promise<Row[]> => rowsOf(await readFile(join(folder, 'data', name)));
    const number = (row: Row): number => Date.parse(row.date ?? '') / day;
    const train = (await read('train.csv')).map(number);
    testDays = (await read('test.csv')).map(number);
    // A row shows its day and the one before; a training row the day after as well.
    shown = new Set([...train.flatMap((date) => [date - 1, date, date + 1]), ...testDays.flatMap((date) => [date - 1, date])]);
  });

  it('shows the weather of no day that is an answer, nor of the four days after it', () => {
    expect(testDays).toHaveLength(104);
    expect(testDays.flatMap((date) => [1, 2, 3, 4, 5].map((ahead) => date + ahead)).filter((date) => shown.has(date))).toEqual([]);
  });

  it('trains on days before every test day', () => {
    const first = Math.min(...testDays) - 1;
    expect([...shown].filter((date) => date < first).length).toBe(731);
    expect(first).toBeGreaterThan(Date.parse('2013-12-31') / day);
  });
});

describe('debian-sections', () => {
  it('has no title or description twice, so that no text is in training and test at once', async () => {
    const { folder } = await library.load('debian-sections');
    const rows = (await Promise.all(['train.csv', 'test.csv'].map((name) => readFile(join(folder, 'data', name))))).flatMap(rowsOf);
    for (const column of ['title', 'description']) {
      expect(new Set(rows.map((row) => row[column]?.toLowerCase())).size).toBe(rows.length);
    }
    expect(rows.length).toBeGreaterThan(5000);
    expect(Object.keys(rows[0] ?? {})).not.toContain('package');
  });
});

describe('digits', () => {
  it('has one picture of 8 × 8 pixels for each row and no other, no two alike, and none that says more than pixels', async () => {
    const { dataFolder } = await library.load('digits');
    const rows = (await Promise.all(['train.csv', 'test.csv'].map((name) => readFile(join(dataFolder, name))))).flatMap(rowsOf);
    const named = rows.map((row) => row.image ?? '');
    expect(rows.map((row) => `images/${row.id}.png`)).toEqual(named);
    expect((await readdir(join(dataFolder, 'images'))).map((name) => `images/${name}`).sort()).toEqual([...named].sort());
    const contents = await Promise.all(named.map(async (name) => (await readFile(join(dataFolder, name))).toString('latin1')));
    expect(new Set(contents).size).toBe(1200);
    // Header, pixels, end: no text, no time.
    for (const content of contents) expect(content).toMatch(/^\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x08\0\0\0\x08\x04\0\0\0\0.{4}\0\0\0.IDAT.{51}.{4}\0\0\0\0IEND.{4}$/s);
  });

  it('has as many of each digit on both sides', async () => {
    const { dataFolder, answersFile } = await library.load('digits');
    const counts = (rows: readonly Row[]): Record<string, number> => Object.fromEntries([...'0123456789'].map((digit) => [digit, rows.filter((row) => row.digit === digit).length]));
    expect(new Set(Object.values(counts(rowsOf(await readFile(join(dataFolder, 'train.csv'))))))).toEqual(new Set([50]));
    expect(new Set(Object.values(counts(rowsOf(await readFile(await answersFile())))))).toEqual(new Set([70]));
  });
});

describe('breast-cancer', () => {
  it('shows neither size nor dents of the nuclei', async () => {
    const { profiles } = await library.load('breast-cancer');
    const names = profiles.flatMap((profile) => profile.columns.map((column) => column.name));
    expect(names.filter((name) => /radius|perimeter|area|conca/.test(name))).toEqual([]);
  });
});

it('is healthy, every one: nothing found but how large the noise is', async () => {
  for (const id of ids) {
    const { findings, passed } = await (await library.load(id)).health();
    expect(findings.filter(({ code }) => code !== 'noise' && code !== 'duplicate_rows'), id).toEqual([]);
    expect(findings.filter(({ severity }) => severity !== 'info'), id).toEqual([]);
    expect(passed.length, id).toBeGreaterThanOrEqual(5);
  }
});

describe('sources on a machine', () => {
  /** As in the machine probe: a leading ** any parents, * within one name. */
  const isCovered = (path: string): boolean => {
    const matches = (pattern: string, candidate: string): boolean => {
      const anywhere = pattern.startsWith('**/');
      const body = (anywhere ? pattern.slice(3) : pattern).split('*').map((part) => part.replace(/[.+^${}()|[\]\\]/g, '\\$&')).join('[^/]*');
      return new RegExp(`^${anywhere ? '/(?:.*/)?' : ''}${body}$`).test(candidate);
    };
    const parents = path.split('/').map((_, index, parts) => parts.slice(0, index).join('/')).filter(Boolean);
    return coveredFiles.some((pattern) => matches(pattern, path)) || coveredDirectories.some((pattern) => parents.some((parent) => matches(pattern, parent)));
  };

  it.each(['breast_cancer.csv', 'diabetes_data_raw.csv.gz', 'diabetes_target.csv.gz', 'digits.csv.gz'])('%s of scikit-learn is covered wherever it is installed', (name) => {
    for (const folder of ['/usr/lib/python3/dist-packages', '/usr/local/lib/python3.12/site-packages', '/opt/conda/lib/python3.11/site-packages', '/opt/conda/pkgs/scikit-learn-1.5.2-py311/lib/python3.11/site-packages', '/home/someone/.venv/lib/python3.13/site-packages']) {
      expect(isCovered(`${folder}/sklearn/datasets/data/${name}`), folder).toBe(true);
    }
    expect(isCovered(`/usr/lib/python3/dist-packages/sklearn/svm/${name}`)).toBe(false);
  });

  it.each(['lars', 'mclust', 'dslabs'])('the copies in R\'s %s are covered', (name) => {
    for (const folder of ['/usr/lib/R/site-library', '/usr/local/lib/R/site-library', '/usr/lib/R/library', '/opt/conda/lib/R/library']) expect(isCovered(`${folder}/${name}/data/Rdata.rdb`), folder).toBe(true);
  });
});
