import { describe, expect, it } from 'vitest';
import { bytes, codes, gradeText, problem } from './helpers';

const answers = 'id,y\na,1\nb,2\nc,4\n';
const good = 'id,y\na,1\nb,2\nc,5\n';
const mae = (submission: string | Uint8Array) => gradeText(answers, submission, 'mae');

describe('reading a file', () => {
  it.each([
    ['plain', good],
    ['byte-order mark', `\uFEFF${good}`],
    ['CRLF', good.replaceAll('\n', '\r\n')],
    ['CR', good.replaceAll('\n', '\r')],
    ['no last line end', good.trimEnd()],
    ['blank lines and lines of spaces anywhere', `\n  \n${good.replaceAll('\n', '\n \t\n')}   `],
    ['all quoted', '"id","y"\n"a","1"\n"b","2"\n"c","5"\n'],
    ['other column order', 'y,id\n1,a\n2,b\n5,c\n'],
    ['other row order', 'id,y\nc,5\na,1\nb,2\n'],
    ['spaces and tabs around numbers', 'id,y\na, 1\nb,2\t\nc,\t5 \n'],
  ])('accepts %s', (_name, submission) => {
    const result = mae(submission);
    expect(result.errors).toEqual([]);
    expect(result.score).toBeCloseTo(1 / 3, 12);
  });

  it('reads quoted commas, line ends and doubled quotes in ids', () => {
    const odd = 'id,y\n"a,b",1\n"c\r\nd",2\n"e""f",3\n"",9\n'.replace('"",9\n', '');
    expect(gradeText(odd, odd, 'mae').score).toBe(0);
    expect(gradeText(odd, 'id,y\n"e""f",3\n"c\nd",2\n"a,b",1\n', 'mae').errors.map((e) => e.code)).toContain('unknown_ids');
  });

  it('takes a quote inside an unquoted field as a character', () => {
    const file = 'id,y\n5" disk,1\n6" disk,2\n';
    expect(gradeText(file, file, 'mae').score).toBe(0);
  });

  it.each([
    ['not_text: a NUL', 'id,y\na,1\nb,\0\nc,5\n', 'not_text'],
    ['not_text: invalid UTF-8', Uint8Array.of(0x69, 0x64, 0x2c, 0x79, 0x0a, 0xff, 0x2c, 0x31), 'not_text'],
    ['not_text: a surrogate in UTF-8', Uint8Array.of(0x69, 0x64, 0x0a, 0xed, 0xa0, 0x80), 'not_text'],
    ['not_text: UTF-16 with mark', new Uint8Array(new Uint16Array([0xfeff, 0x69, 0x64, 0x0a]).buffer), 'not_text'],
    ['not_text: UTF-16 without mark', new Uint8Array(new Uint16Array([0x69, 0x64, 0x0a]).buffer), 'not_text'],
    ['empty_file', '', 'empty_file'],
    ['empty_file: blank lines only', ' \n\t\n', 'empty_file'],
    ['no_rows', 'id,y\n', 'no_rows'],
    ['wrong_separator ;', good.replaceAll(',', ';'), 'wrong_separator'],
    ['wrong_separator tab', good.replaceAll(',', '\t'), 'wrong_separator'],
    ['wrong_separator |', good.replaceAll(',', '|'), 'wrong_separator'],
    ['bad_quoting: text after the quote', 'id,y\na,1\n"b"x,2\nc,5\n', 'bad_quoting'],
    ['bad_quoting: never closed', 'id,y\na,1\nb,2\n"c,5\n', 'bad_quoting'],
    ['bad_row: too few', 'id,y\na,1\nb\nc,5\n', 'bad_row'],
    ['bad_row: too many', 'id,y\na,1,9\nb,2\nc,5\n', 'bad_row'],
    ['missing_column', 'id,z\na,1\nb,2\nc,5\n', 'missing_column'],
    ['duplicate_column', 'id,y,y\na,1,1\nb,2,2\nc,5,5\n', 'duplicate_column'],
  ])('reports %s', (_name, submission, code) => {
    const result = mae(submission);
    expect(result.valid).toBe(false);
    expect(result.score).toBeNull();
    expect(codes(result)).toContain(code);
    expect(problem(result, code as 'bad_row').fix).toBeTruthy();
  });

  it('counts lines as an editor does: header, blank lines and line ends inside quotes', () => {
    const result = gradeText('id,y\n"x\ny",1\nb,2\nc,3\n', '\r\nid,y\r\n"x\ny",1\r\n\r\nb,oops\rc,3', 'mae');
    expect(problem(result, 'not_a_number')).toMatchObject({ line: 6, column: 'y', count: 1, examples: ['oops'] });
  });

  it('points to a column that was meant', () => {
    const result = mae('ID,Y\na,1\nb,2\nc,5\n');
    expect(result.errors.filter((e) => e.code === 'missing_column').map((e) => e.fix)).toEqual([
      expect.stringContaining('Rename "ID" to "id"'),
      expect.stringContaining('Rename "Y" to "y"'),
    ]);
  });

  it('says no more about a file whose header never ends', () => {
    expect(codes(mae('"id,y\na,1\nb,2\nc,5\n'))).toEqual(['bad_quoting']);
  });

  it('reports all problems at once', () => {
    const result = gradeText(
      'id,y,z\na,1,1\nb,2,1\nc,4,1\nd,5,1\n',
      'id,y,z\na,NaN,1\na,2,1\nq,inf,1\nb,,1\n,5,1\nc,7\n',
      'mae',
    );
    expect(codes(result)).toEqual(
      ['bad_row', 'duplicate_ids', 'empty_id', 'empty_value', 'missing_ids', 'not_a_number', 'not_finite', 'unknown_ids'],
    );
    expect(problem(result, 'missing_ids')).toMatchObject({ count: 1, examples: ['d'], column: 'id' });
    expect(problem(result, 'unknown_ids')).toMatchObject({ count: 1, examples: ['q'], line: 4 });
    expect(problem(result, 'duplicate_ids')).toMatchObject({ count: 1, examples: ['a'], line: 3 });
    expect(problem(result, 'empty_id')).toMatchObject({ count: 1, line: 6 });
  });

  it('shows at most 20 examples of at most 40 characters and counts all', () => {
    const ids = Array.from({ length: 50 }, (_, i) => `${'very long identifier number '.repeat(3)}${i}`);
    const result = gradeText(`id,y\n${ids.map((id) => `${id},1\n`).join('')}`, `id,y\n${ids.map((id) => `x${id},1\n`).join('')}`, 'mae');
    for (const code of ['unknown_ids', 'missing_ids'] as const) {
      const found = problem(result, code);
      expect(found.count).toBe(50);
      expect(found.examples.length).toBeLessThanOrEqual(20);
      expect(found.examples.length).toBeGreaterThan(0);
      for (const example of found.examples) expect([...example].length).toBeLessThanOrEqual(40);
    }
  });

  it('keeps ids exact: no trimming, no folding, no number parsing', () => {
    const ids = ['7', '07', '7.0', ' 7', 'é', 'e\u0301', 'A', 'a', '9007199254740993', '9007199254740992'];
    const file = `id,y\n${ids.map((id, i) => `${id},${i}\n`).join('')}`;
    expect(gradeText(file, file, 'mae').score).toBe(0);
    expect(codes(gradeText('id,y\n7,1\n', 'id,y\n7.0,1\n', 'mae'))).toEqual(['missing_ids', 'unknown_ids']);
  });

  it('never joins the columns of a tuple id', () => {
    const file = 'a,b,y\nx,yz,1\nxy,z,2\n';
    expect(gradeText(file, 'b,a,y\nz,xy,2\nyz,x,1\n', 'mae', {}, { id: ['a', 'b'] }).score).toBe(0);
    expect(codes(gradeText(file, 'a,b,y\nxyz,,1\nxy,z,2\n', 'mae', {}, { id: ['a', 'b'] }))).toEqual(['empty_id', 'missing_ids']);
  });

  it('warns of further columns and ignores them', () => {
    const result = mae('id,note,y\na,NaN,1\nb,,2\nc,x,5\n');
    expect(result.valid).toBe(true);
    expect(result.warnings).toMatchObject([{ code: 'extra_column', column: 'note' }]);
  });

  it('tells as much of a hostile header as of any other', () => {
    const many = Array.from({ length: 90_000 }, (_, i) => `c${i >> 1}`).join(',');
    for (const header of [`${'x'.repeat(3_000_000)},${'y'.repeat(3_000_000)}`, many, `id,y,${many}`, ','.repeat(5_000_000)]) {
      const result = mae(`${header}\n`);
      expect(result.valid).toBe(false);
      expect(JSON.stringify(result).length).toBeLessThan(200_000);
    }
    expect(codes(mae(`id,y${','.repeat(200_000)}\n`))).toEqual(['not_text']);
  });

  it('takes no endless row of digits for a number', () => {
    expect(codes(mae(`id,y\na,1\nb,2\nc,${'9'.repeat(5000)}\n`))).toEqual(['not_a_number']);
  });

  it('does not change its input', () => {
    const file = bytes('id,y\n"a""b",1\nb,2\n');
    const before = file.slice();
    gradeText(file, file, 'mae');
    expect(file).toEqual(before);
  });
});
