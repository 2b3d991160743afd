import { describe, expect, it } from 'vitest';
import { checkHealth } from '../../../../src/core/competition/health';
import { columnLeak, ordered } from '../../../../src/core/competition/leaks';
import { manifestSchema, type BoardEntry, type Manifest } from '../../../../src/core/competition/manifest';
import { encodeText } from '../../../../src/core/grading/bytes';

const manifest: Manifest = manifestSchema.parse({
  schema: 1,
  id: 'plants',
  title: 'Plants',
  summary: 'Which plant?',
  source: { kind: 'own', name: 'Ours', url: 'https://example.org/', licence: 'CC0 1.0' },
  modality: 'tabular',
  task: 'multiclass',
  files: [
    { path: 'data/train.csv', role: 'train', description: '' },
    { path: 'data/test.csv', role: 'test', description: '' },
    { path: 'data/sample.csv', role: 'sample', description: '' },
  ],
  submission: { id: ['id'], target: ['plant'] },
  metric: { name: 'accuracy' },
  split: { seed: 1, publicShare: 0.5, by: 'row' },
});

const plants = ['oak', 'elm', 'ash'];
/** 60 rows whose label follows no column: the height is scrambled by a step coprime to the rows. */
const rows = Array.from({ length: 60 }, (_, row) => ({ id: `r${row}`, plant: plants[(row * 7 + (row % 5)) % 3] ?? '', height: (row * 37) % 60 }));
const csv = (header: string, lines: readonly string[]): Uint8Array => encodeText([header, ...lines].join('\n'));
const answers = csv('id,plant,Usage', rows.map(({ id, plant }, row) => `${id},${plant},${row % 2 ? 'Public' : 'Private'}`));
const clean = {
  train: csv('id,height,plant', rows.map(({ plant, height }, row) => `t${row},${height + 100},${plant}`)),
  test: csv('id,height', rows.map(({ id, height }) => `${id},${height}`)),
  sample: csv('id,plant', rows.map(({ id }) => `${id},oak`)),
};

function codesOf(changed: Partial<typeof clean>, extra: readonly (readonly [string, Uint8Array])[] = []): string[] {
  const { train, test, sample } = { ...clean, ...changed };
  const files = new Map([['data/train.csv', train], ['data/test.csv', test], ['data/sample.csv', sample], ...extra]);
  return checkHealth({ manifest, files, answers, board: [] }).findings.map((finding) => finding.code);
}

describe('checkHealth', () => {
  it('finds nothing but the noise in a clean competition', () => {
    expect(codesOf({})).toEqual(['noise']);
    const files = new Map([['data/train.csv', clean.train], ['data/test.csv', clean.test], ['data/sample.csv', clean.sample]]);
    const { findings, passed } = checkHealth({ manifest, files, answers, board: [] });
    // About a third of the labels are wrong: √(⅔·⅓·…/30) lies between 0.05 and 0.1.
    const se = Number(/under ([\d.]+) /.exec(findings[0]?.message ?? '')?.[1]);
    expect(se).toBeGreaterThan(0.04);
    expect(se).toBeLessThan(0.1);
    expect(passed).toHaveLength(6);
  });

  it.each<[string, string, Partial<typeof clean>]>([
    ['a sample with an id too few', 'sample_refused', { sample: csv('id,plant', rows.slice(1).map(({ id }) => `${id},oak`)) }],
    ['a sample that is the answers', 'sample_is_answers', { sample: csv('id,plant', rows.map(({ id, plant }) => `${id},${plant}`)) }],
    ['a copy of the answer under another name', 'column_leak', { test: csv('id,kind', rows.map(({ id, plant }) => `${id},${plant}`)) }],
    ['the answer as a code', 'column_leak', { test: csv('id,code', rows.map(({ id, plant }) => `${id},${plants.indexOf(plant) * 10}`)) }],
    ['a test file with the target', 'answers_public', { test: csv('id,plant', rows.map(({ id, plant }) => `${id},${plant}`)) }],
    ['a test file sorted by the answer', 'order_leak', { test: csv('id,height', [...rows].sort((a, b) => (a.plant < b.plant ? -1 : 1)).map(({ id, height }) => `${id},${height}`)) }],
    ['the answer of the row before', 'lagged_answers', { test: csv('id,height,before', rows.map(({ id, height }, row) => `${id},${height},${rows[row - 1]?.plant ?? ''}`)) }],
    ['test ids in the training set', 'train_ids_in_test', { train: csv('id,height,plant', rows.map(({ id, height }) => `${id},${height + 100},fir`)) }],
    ['test rows that repeat training rows', 'duplicate_rows', { train: csv('id,height,plant', rows.map(({ height, plant }, row) => `t${row},${height},${plant}`)) }],
  ])('finds %s', (_what, code, changed) => {
    expect(codesOf(changed)).toContain(code);
  });

  it('finds the answers file itself among the public files', () => {
    expect(codesOf({}, [['data/solution.csv', answers]])).toContain('answers_public');
  });

  const turned = [...rows].reverse();
  it.each<[string, Uint8Array]>([
    ['under another name', csv('id,kind', rows.map(({ id, plant }) => `${id},${plant}`))],
    ['with another name for the id too, in another order', csv('nr,kind', turned.map(({ id, plant }) => `${id},${plant}`))],
    ['with the features of the test rows and no id', csv('height,kind', turned.map(({ height, plant }) => `${height},${plant}`))],
    ['with another separator', csv('id;plant', turned.map(({ id, plant }) => `${id};${plant}`))],
  ])('finds answers in a further file %s', (_how, file) => {
    expect(codesOf({}, [['data/further.tsv', file]])).toEqual(['answers_public', 'noise']);
  });

  it('takes no further file for answers that says something else of the test rows', () => {
    expect(codesOf({}, [['data/further.csv', csv('id,soil', rows.map(({ id }, row) => `${id},${plants[row % 3] ?? ''}`))]])).toEqual(['noise']);
    const mostly = csv('id,plant', rows.map(({ id }, row) => `${id},${row === 7 ? 'elm' : 'oak'}`));
    const files = new Map([['data/test.csv', clean.test], ['data/sample.csv', clean.sample], ['data/soil.csv', csv('id,above', rows.map(({ id }) => `${id},oak`))]]);
    expect(checkHealth({ manifest, files, answers: mostly, board: [] }).findings.map(({ code }) => code)).not.toContain('answers_public');
  });

  it('finds answers to rows that the test file lacks', () => {
    expect(codesOf({ test: csv('id,height', rows.slice(5).map(({ id, height }) => `${id},${height}`)) })).toEqual(['test_rows_missing', 'noise']);
    // Rows of pictures are named by other files.
    expect(codesOf({ test: csv('id,height', rows.map(({ id, height }) => `${id}.png,${height}`)) })).toEqual(['noise']);
  });

  it('does not take training rows for answers whose ids are the same numbers', () => {
    const train = csv('id,height,plant', rows.map(({ id, plant, height }, row) => `${id},${height + 100},${row % 3 ? 'fir' : plant}`));
    expect(codesOf({ train })).toEqual(['train_ids_in_test', 'noise']);
  });

  it('finds answers of several columns, and some of the answers', () => {
    const two = { ...manifest, submission: { ...manifest.submission, target: ['plant', 'size'] } };
    const both = csv('id,plant,size', rows.map(({ id, plant, height }) => `${id},${plant},${height}`));
    const some = csv('id,size,plant', rows.slice(0, 9).map(({ id, plant, height }) => `${id},${height},${plant}`));
    const { findings } = checkHealth({ manifest: two, files: new Map([['data/extra.csv', some]]), answers: both, board: [] });
    expect(findings).toContainEqual(expect.objectContaining({ code: 'answers_public', message: 'data/extra.csv holds 9 of 60 answers.' }));
  });

  describe('with a grader in Python', () => {
    const own: Manifest = { ...manifest, grader: { python: 'grader/grade.py', form: 'function', name: 'grade', direction: 'maximize', label: 'score', seconds: 1, memoryGb: 1 } };
    const found = (sample: Uint8Array): string[] => checkHealth({ manifest: own, files: new Map([['data/test.csv', clean.test], ['data/sample.csv', sample]]), answers, board: [] }).findings.map(({ code }) => code);
    it('compares the sample with the answers cell by cell', () => {
      expect(found(clean.sample)).toEqual([]);
      expect(found(csv('id,plant', [...rows].reverse().map(({ id, plant }) => `${id},${plant}`)))).toEqual(['sample_is_answers']);
      expect(found(csv('id,kind', rows.map(({ id }) => `${id},oak`)))).toEqual(['sample_refused']);
    });
    it('does not look into answers that are JSON lines', () => {
      const lines: Manifest = { ...own, answers: { sha256: '0'.repeat(64), file: 'answers.jsonl' } };
      expect(checkHealth({ manifest: lines, files: new Map(), answers: encodeText('{"a":1}'), board: [] }).findings).toMatchObject([{ code: 'not_checked', severity: 'info' }]);
    });
  });

  describe('of the board', () => {
    const board = (scores: readonly number[]) => scores.map((score, place) => ({ name: `Place ${place + 1}`, score }));
    const found = (entries: readonly BoardEntry[], changed: Partial<Manifest> = {}, teams?: number): string[] =>
      checkHealth({ manifest: { ...manifest, ...changed }, files: new Map(), answers, board: entries, ...(teams === undefined ? {} : { teams }) }).findings.map(({ code }) => code).filter((code) => /board|direction/.test(code));
    it('finds nothing in a sound one', () => {
      expect(found(board([0.9, 0.8, 0.7, 0.7]))).toEqual([]);
      expect(checkHealth({ manifest, files: new Map(), answers, board: board([0.9, 0.8]) }).passed).toContain('The board fits the metric.');
    });
    it.each<[string, string, readonly number[]]>([
      ['only zeros', 'board_all_zero', [0, 0, 0]],
      ['one score for all', 'board_constant', [0.5, 0.5, 0.5]],
      ['an order against the metric', 'direction_conflict', [0.1, 0.2, 0.3]],
      ['a mark for no score', 'board_sentinel', [999999, 0.9, 0.8]],
      ['percent where the metric is a share', 'board_out_of_range', [91, 88, 75]],
      ['as many entries as a page has', 'board_truncated', Array.from({ length: 20 }, (_, place) => 0.9 - place / 100)],
    ])('finds %s', (_what, code, scores) => {
      expect(found(board(scores))).toContain(code);
    });
    it('compares with the number of teams, where that is known', () => {
      expect(found(board([0.9, 0.8, 0.7]), {}, 100)).toEqual(['board_truncated']);
      expect(found(board([0.9, 0.8, 0.7]), {}, 3)).toEqual([]);
    });
    it('looks at the two boards of one file apart', () => {
      const entries: BoardEntry[] = [...[0.9, 0.8].map((score, i) => ({ name: `a${i}`, score, private: score })), ...[0, 0].map((score, i) => ({ name: `b${i}`, score, public: score }))];
      const { findings } = checkHealth({ manifest, files: new Map(), answers, board: entries });
      expect(findings.filter(({ code }) => code.startsWith('board')).map(({ message }) => message)).toEqual([expect.stringMatching(/^Public board: Every score/)]);
    });
    it('expects neither medals nor a whole field of reference solutions', () => {
      const source = { ...manifest.source, kind: 'bundled' as const };
      expect(found(board(Array.from({ length: 20 }, (_, place) => 0.9 - place / 100)), { source })).toEqual([]);
    });
  });

  describe('of the description', () => {
    const found = (description: string): string[] => checkHealth({ manifest, files: new Map([['data/train.csv', clean.train], ['data/test.csv', clean.test]]), answers, board: [], description }).findings.map(({ code }) => code);
    it.each([
      ['prose', 'Predict the plant, by its height, id by id.'],
      ['the submission', '```\nid,plant\nr0,oak\n```'],
      ['the submission in another order, in a span', 'Columns `id, plant`.'],
      ['a public file', 'The training file: `id,height,plant`'],
      ['a shortened header', 'id,plant,…\nr0,oak'],
      ['one whose middle is left out', '`id,...plant`'],
      ['a line of Markdown that is broken by a backslash', 'id,plant\\\nr0,oak'],
      ['a row of placeholders', 'id,plant\nid,{the plant}'],
    ])('accepts %s', (_what, text) => {
      expect(found(text)).not.toContain('columns_differ');
    });
    it.each([
      ['another target', '```\nid,species\nr0,oak\n```'],
      ['a target in other letters', '`id,Plant`'],
      ['a column more', 'id,plant,height_in_cm\nr0,oak,1'],
    ])('finds %s', (_what, text) => {
      expect(found(text)).toContain('columns_differ');
    });
  });

  it('names the columns that differ where there are many', () => {
    const target = Array.from({ length: 9 }, (_, k) => `plant_${k}`);
    const many = { ...manifest, submission: { ...manifest.submission, target } };
    const shown = `id,${target.join(',').replace('plant_8', 'fern')}`;
    const { findings } = checkHealth({ manifest: many, files: new Map(), answers, board: [], description: shown });
    expect(findings.find(({ code }) => code === 'columns_differ')?.message).toBe('The description shows a file with fern, which the grader does not read, and without plant_8, which it reads.');
  });

  it('misses a sample submission', () => {
    const files = manifest.files.filter(({ role }) => role !== 'sample');
    expect(checkHealth({ manifest: { ...manifest, files }, files: new Map(), answers, board: [] }).findings).toContainEqual(expect.objectContaining({ code: 'no_sample', severity: 'warning' }));
  });

  it('never shows an answer', () => {
    const files = new Map([['data/test.csv', answers], ['data/train.csv', answers], ['data/sample.csv', answers]]);
    const text = JSON.stringify(checkHealth({ manifest, files, answers, board: [] }));
    expect(text).not.toMatch(/oak|elm|ash/);
  });

  it('says that it could not look when the answers are no table', () => {
    const { findings } = checkHealth({ manifest, files: new Map(), answers: encodeText(''), board: [] });
    expect(findings).toMatchObject([{ code: 'not_checked', severity: 'error' }]);
  });
});

describe('columnLeak', () => {
  const labels = Array.from({ length: 40 }, (_, row) => (row % 4 < 2 ? 'a' : 'b'));
  it('lets useful features pass that settle only part of the rows', () => {
    expect(columnLeak(labels.map((label, row) => (row % 4 === 0 ? 'sure' : row % 2 ? 'x' : 'y')), labels)).toBeUndefined();
    expect(columnLeak(labels.map((_, row) => String(row)), labels)).toBeUndefined();
  });
  it('finds the answer in another unit', () => {
    const celsius = labels.map((_, row) => String((row * 13) % 29));
    expect(columnLeak(celsius.map((value) => String(Number(value) * 1.8 + 32)), celsius)).toMatch(/unit/);
    expect(columnLeak(celsius.map((value, row) => String(Number(value) * 1.8 + (row % 3))), celsius)).toBeUndefined();
  });
});

describe('ordered', () => {
  it('sees blocks of classes and rising numbers, and not a shuffle', () => {
    expect(ordered([...Array<string>(10).fill('b'), ...Array<string>(10).fill('a')])).toBe(true);
    expect(ordered(Array.from({ length: 20 }, (_, row) => String(row * 2)))).toBe(true);
    expect(ordered(Array.from({ length: 20 }, (_, row) => String((row * 7) % 20)))).toBe(false);
    expect(ordered(Array.from({ length: 20 }, (_, row) => (row % 2 ? 'a' : 'b')))).toBe(false);
  });
});
