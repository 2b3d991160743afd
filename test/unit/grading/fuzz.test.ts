import { describe, expect, it } from 'vitest';
import { gradeText } from './helpers';

/**
 * Random damage to a valid file, judged by a second reader that is written from the rules alone:
 * on texts, one character after the other, with maps. Both must find the same problems as often,
 * and only a file without any has a score.
 */

/** Problems as `code column` → cells or rows; the rows when the file could be read. */
type Verdict = { readonly counts: ReadonlyMap<string, number>; readonly rows: readonly Row[] };
type Row = ReadonlyMap<string, string>;

interface Task {
  readonly id: readonly string[];
  readonly target: string;
  readonly check: (cell: string) => string | null;
}

/** Records with their fields; `broken` counts fields with broken quotes. */
function splitRecords(text: string): { records: string[][]; broken: number[]; unclosed: boolean } {
  const records: string[][] = [];
  const broken: number[] = [];
  let unclosed = false;
  let rest = text.replace(/^\uFEFF/, '');
  while (rest !== '') {
    const blank = /^[ \t]*(\r\n|\r|\n|$)/.exec(rest);
    if (blank !== null) {
      rest = rest.slice(blank[0].length);
      continue;
    }
    const fields: string[] = [];
    let bad = 0;
    for (;;) {
      if (rest.startsWith('"')) {
        const closed = /^"((?:[^"]|"")*)"/.exec(rest);
        if (closed === null) {
          fields.push(rest.slice(1).replaceAll('""', '"'));
          [rest, unclosed] = ['', true];
          bad++;
          break;
        }
        fields.push(closed[1]!.replaceAll('""', '"'));
        rest = rest.slice(closed[0].length);
        const behind = /^[^,\r\n]*/.exec(rest)![0];
        if (behind !== '') bad++;
        rest = rest.slice(behind.length);
      } else {
        const plain = /^[^,\r\n]*/.exec(rest)![0];
        fields.push(plain);
        rest = rest.slice(plain.length);
      }
      if (!rest.startsWith(',')) break;
      rest = rest.slice(1);
    }
    rest = rest.replace(/^(\r\n|\r|\n)/, '');
    records.push(fields);
    broken.push(bad);
  }
  return { records, broken, unclosed };
}

function judge(text: string, known: ReadonlySet<string>, task: Task): Verdict {
  const counts = new Map<string, number>();
  const add = (code: string, column = '', count = 1): void => void (count > 0 && counts.set(`${code} ${column}`, (counts.get(`${code} ${column}`) ?? 0) + count));
  const { records, broken, unclosed } = splitRecords(text);
  const [header, ...body] = records;
  if (header === undefined) {
    add('empty_file');
    return { counts, rows: [] };
  }
  broken.forEach((count, record) => (record === 0 || !(unclosed && records.length === 1) ? add('bad_quoting', '', count) : undefined));
  if (unclosed && records.length === 1) return { counts, rows: [] };
  if (header.length === 1 && /[;\t|]/.test(header[0]!)) {
    counts.clear();
    add('bad_quoting', '', broken[0]);
    add('wrong_separator');
    return { counts, rows: [] };
  }
  header.forEach((name, k) => header.indexOf(name) < k && add('duplicate_column', name));
  for (const name of [...task.id, task.target]) if (!header.includes(name)) add('missing_column', name);
  if (body.length === 0) add('no_rows');
  body.forEach((fields) => fields.length !== header.length && add('bad_row'));
  const once = header.filter((name) => header.indexOf(name) === header.lastIndexOf(name));
  const rows = body.map((fields) => new Map(once.filter((name) => header.indexOf(name) < fields.length).map((name) => [name, fields[header.indexOf(name)]!])));
  checkIds(rows, once, known, unclosed, task, add);
  for (const row of rows) {
    const cell = row.get(task.target);
    const code = cell === undefined ? null : task.check(cell);
    if (code !== null) add(code, task.target);
  }
  return { counts, rows };
}

function checkIds(
  rows: readonly Row[], columns: readonly string[], known: ReadonlySet<string>, unclosed: boolean, task: Task,
  add: (code: string, column?: string, count?: number) => void,
): void {
  if (!task.id.every((name) => columns.includes(name))) return;
  const name = task.id.join(', ');
  const seen = new Set<string>();
  for (const row of rows) {
    const cells = task.id.map((column) => row.get(column));
    const first = cells.find((cell) => cell === undefined || cell === '');
    if (cells.includes(undefined) && first === undefined) continue;
    if (first === '') add('empty_id', name);
    else {
      const id = JSON.stringify(cells);
      if (!known.has(id)) add('unknown_ids', name);
      else if (seen.has(id)) add('duplicate_ids', name);
      seen.add(id);
    }
  }
  if (!unclosed) add('missing_ids', name, [...known].filter((id) => !seen.has(id)).length);
}

function numberCode(cell: string): string | null {
  if (/^[ \t]*$/.test(cell)) return 'empty_value';
  if (/^[ \t]*[+-]?inf(inity)?[ \t]*$/i.test(cell)) return 'not_finite';
  if (!/^[ \t]*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?[ \t]*$/i.test(cell)) return 'not_a_number';
  return Number.isFinite(Number(cell)) ? null : 'not_finite';
}

const pieces = [
  '"', '"', '""', ',', ',', '\n', '\r', '\r\n', ' ', '\t', ';', '|', '\uFEFF', '0', '1', '9', '.', '-', '+', 'e', 'E5', 'e999', 'NaN', 'inf', '-Infinity',
  'é', '日', '𝒳', 'id', 'y', '\n\n', '\n \t\n', '"\n"', ',,', '0x1', '1_0', '"a""b"', 'true',
];

/** Deterministic numbers in [0, 1). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state ^ (state >>> 15)) / 2 ** 32;
  };
}

function damage(text: string, random: () => number): string {
  const below = (n: number): number => Math.min(n - 1, Math.floor(Math.abs(random()) * n));
  let result = text;
  for (let times = below(4); times > 0; times--) {
    const at = below(result.length + 1);
    const to = Math.min(result.length, at + below(4));
    const lines = result.split('\n');
    const line = below(lines.length);
    switch (below(8)) {
      case 0: case 1: case 2: result = result.slice(0, at) + pieces[below(pieces.length)]! + result.slice(at); break;
      case 3: result = result.slice(0, at) + result.slice(to); break;
      case 4: result = result.slice(0, at) + pieces[below(pieces.length)]! + result.slice(to); break;
      case 5: result = [...lines.slice(0, line), ...lines.slice(line + 1)].join('\n'); break;
      case 6: result = [...lines, lines[line]!].join('\n'); break;
      case 7: result = result.replace(/[^,\r\n"]+/g, (field) => (random() < 0.3 ? `"${field}"` : field)); break;
    }
  }
  return result;
}

const numbers: Task = { id: ['id'], target: 'y', check: numberCode };
const tuples: Task = { id: ['a', 'id'], target: 'y', check: numberCode };
const texts: Task = { id: ['id'], target: 'y', check: (cell) => (cell === '' ? 'empty_value' : null) };

describe('damaged files', () => {
  it.each([
    ['numbers', 'mae', numbers, 'id,y\n7,1\n07,2.5\n"x,1",-3e1\n"q""q",4\n', 'y,id,note\n1,7,\n2,07,n\n-30,"x,1",\n4.5,"q""q","a\nb"\n'],
    ['tuples', 'mae', tuples, 'a,id,y\n1,23,1\n12,3,2\n1,2,3\n', 'id,a,y\n3,12,.5\n23,1,1\n2,1,5.\n'],
    ['texts', 'accuracy', texts, 'id,y\na,red\nb,blue\nc,"green, dark"\n', 'id,y\nb,blue\na,red\nc,"green\n"\n'],
  ] as const)('%s: never throw, and show what a reader written from the rules finds', (_name, metric, task, answers, submission) => {
    const truth = judge(answers, new Set(), task).rows;
    const idOf = (row: Row): string => JSON.stringify(task.id.map((name) => row.get(name)));
    const known = new Map(truth.map((row) => [idOf(row), row.get(task.target)!]));
    const random = generator(7);
    let valid = 0;
    for (let round = 0; round < 4000; round++) {
      const file = damage(submission, random);
      const result = gradeText(answers, file, metric, {}, { id: task.id, target: [task.target] });
      const { counts, rows } = judge(file, new Set(known.keys()), task);
      const found = new Map<string, number>();
      for (const { code, column = '', count } of result.errors) {
        const key = `${code} ${['missing_ids', 'unknown_ids', 'duplicate_ids', 'empty_id'].includes(code) ? task.id.join(', ') : column}`;
        found.set(key, (found.get(key) ?? 0) + count);
      }
      expect([...found].sort(), JSON.stringify(file)).toEqual([...counts].sort());
      expect(result.valid, JSON.stringify(file)).toBe(counts.size === 0);
      if (!result.valid) continue;
      valid++;
      const losses = rows.map((row) => {
        const [y, p] = [known.get(idOf(row))!, row.get(task.target)!];
        return metric === 'mae' ? Math.abs(Number(y) - Number(p)) : Number(y === p);
      });
      expect(result.score, JSON.stringify(file)).toBeCloseTo(losses.reduce((a, b) => a + b, 0) / losses.length, 9);
    }
    expect(valid).toBeGreaterThan(100);
    expect(valid).toBeLessThan(3900);
  });

  it('a NUL character anywhere leaves no score', () => {
    const file = 'id,y\na,red\nb,"blue"\n';
    for (let at = 0; at <= file.length; at++) {
      const result = gradeText(file, `${file.slice(0, at)}\0${file.slice(at)}`, 'accuracy');
      expect(result.errors.map(({ code }) => code), String(at)).toContain('not_text');
    }
  });
});
