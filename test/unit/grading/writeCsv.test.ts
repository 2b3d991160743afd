import { describe, expect, it } from 'vitest';
import { hasUsage, withUsage } from '../../../src/core/competition/usage';
import { allColumns, readWhole, writeCsv } from '../../../src/core/grading/writeCsv';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

function table(text: string) {
  const read = readWhole(encode(text));
  if (!read.ok) throw new Error(read.message);
  return read.table;
}

describe('writing CSV', () => {
  it('keeps every cell whatever is in it', () => {
    const cells = [['a', 'b"c', ' d '], ['', ' ', 'x,y'], ['line\nend', '\r', 'ü"'], ['7', '', '']];
    const text = `"x,1",y,z\n${cells.map((row) => row.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(',')).join('\n')}\n`;
    const read = table(text);
    const again = table(decode(writeCsv(allColumns(read), [0, 1, 2, 3])));
    expect(again.header).toEqual(['x,1', 'y', 'z']);
    expect(cells.map((row, r) => row.map((_, c) => again.columns.get(again.header[c]!)!.text(r)))).toEqual(cells);
  });

  it('chooses and reorders rows and columns', () => {
    const read = table('a,b\n1,2\n3,4\n');
    expect(decode(writeCsv([...allColumns(read).reverse(), { name: 'c', cells: (row) => `r${row}` }], [1, 0]))).toBe('b,a,c\n4,3,r1\n2,1,r0\n');
  });

  it('says why a file cannot be read', () => {
    expect(readWhole(encode('a;b\n1;2\n'))).toMatchObject({ ok: false });
  });
});

describe('public and private rows', () => {
  const answers = `id,y\n${Array.from({ length: 200 }, (_, k) => `${Math.floor(k / 2)},${k}`).join('\n')}\n`;

  it('draws ids, the same for a seed, rows of an id together', () => {
    const draw = (seed: number, publicShare = 0.3): string => decode(withUsage(table(answers), ['id'], { seed, publicShare }));
    expect(draw(0)).toBe(draw(0));
    expect(draw(0)).not.toBe(draw(1));
    const rows = draw(0).trim().split('\n').slice(1).map((line) => line.split(','));
    expect(rows.filter((row) => row[2] === 'Public')).toHaveLength(60);
    for (let k = 0; k < rows.length; k += 2) expect(rows[k]![2]).toBe(rows[k + 1]![2]);
    expect(draw(0, 1)).not.toContain('Private');
    expect(draw(0, 0.0001)).toContain('Public');
  });

  it('knows answers that say it themselves', () => {
    expect(hasUsage(table('id,Usage\n1,Public\n2,Private\n'))).toBe(true);
    expect(hasUsage(table('id,Usage\n1,Public\n2,5\n'))).toBe(false);
    expect(hasUsage(table('id,y\n1,2\n'))).toBe(false);
  });
});
