import { describe, expect, it } from 'vitest';
import { encodeText } from '../../../../src/core/grading/bytes';
import type { ColumnProfile } from '../../../../src/core/competition/manifest';
import { profileCsv } from '../../../../src/core/competition/profile';

const roles = { id: ['id'], target: ['y'] };

function columns(csv: string): Record<string, ColumnProfile> {
  const result = profileCsv('data/train.csv', encodeText(csv), roles);
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return Object.fromEntries(result.profile.columns.map((column) => [column.name, column]));
}

describe('profileCsv', () => {
  it('tells numbers, categories, dates, text and ids apart', () => {
    const csv = `id,n,c,d,t,y
1,1.5,red,2024-01-31,"a long, quoted sentence",0
2,-2e1,red,2024-02-01,another sentence with words,1
3,7,blue,2024-02-02T10:00:00Z,yet another line of words,1
`;
    const found = columns(csv);
    expect(Object.fromEntries(Object.values(found).map(({ name, kind, role }) => [name, `${kind} ${role}`]))).toEqual({
      id: 'id id', n: 'number feature', c: 'category feature', d: 'date feature', t: 'text feature', y: 'number target',
    });
    expect(found.n).toMatchObject({ range: [-20, 7], unique: 3 });
    expect(found.c?.top).toEqual([{ value: 'red', count: 2 }, { value: 'blue', count: 1 }]);
  });

  it('finds no most frequent value where all differ', () => {
    const { file } = columns('id,file\n1,a.png\n2,b.png\n3,c.png');
    expect(file).toMatchObject({ kind: 'category', unique: 3 });
    expect(file).not.toHaveProperty('top');
  });

  it('puts every number into one of 12 bins, the largest into the last', () => {
    const csv = `id,n\n${Array.from({ length: 25 }, (_, i) => `${i},${i}`).join('\n')}`;
    const { histogram } = columns(csv).n ?? {};
    expect(histogram).toEqual([2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3]);
  });

  it('bins numbers whose difference would overflow, and constants', () => {
    expect(columns('id,n\n1,-1.7e308\n2,1.7e308').n?.histogram).toEqual([1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
    expect(columns('id,n\n1,3\n2,3').n).toMatchObject({ range: [3, 3], histogram: [2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0] });
  });

  it('counts missing cells, keeps the column a number, and shows them as null', () => {
    const result = profileCsv('data/train.csv', encodeText('id,n\n1,\n2,NA\n3,4\n'), roles);
    expect(result).toMatchObject({
      ok: true,
      profile: { rows: 3, columns: [{}, { kind: 'number', missing: 2, unique: 1 }], head: [['1', null], ['2', null], ['3', '4']] },
    });
  });

  it('calls a column of names that mostly repeat or are single words a category, at most five of them shown', () => {
    const csv = `id,c\n${Array.from({ length: 40 }, (_, i) => `${i},name${i % 8}`).join('\n')}`;
    expect(columns(csv).c).toMatchObject({ kind: 'category', unique: 8 });
    expect(columns(csv).c?.top).toHaveLength(5);
  });

  it('gives the problems of a file that is no CSV', () => {
    const result = profileCsv('data/train.csv', encodeText('a;b\n1;2\n'), roles);
    expect(result).toMatchObject({ ok: false, problems: [{ code: 'wrong_separator' }] });
  });
});
