import { describe, expect, it } from 'vitest';
import { failureOfJob, signatureOf } from '../../../src/core/environment/failure';
import { editDistance, hintsFor } from '../../../src/core/environment/hints';
import { HeadAndTail, headChars, tailChars } from '../../../src/core/environment/outputText';
import { checkPath, checkWritable, globToRegExp } from '../../../src/core/environment/paths';

const facts = { columns: ['Age', 'Fare'], files: ['data/train.csv', 'data/test.csv'], libraries: ['sklearn', 'pandas'] };

describe('paths', () => {
  it.each(['../x', 'a/../../x', '/etc/passwd', 'C:\\x', 'a\\b', '', '.', 'a\0b', 'x'.repeat(300)])('%j is refused', (path) => expect(checkPath(path).ok).toBe(false));
  it('has one form', () => expect(checkPath('./a//b/./c.py')).toEqual({ ok: true, path: 'a/b/c.py' }));
  it.each(['data/x.csv', 'data', './data/../data/x', 'n.ipynb', 'N.IPYNB'])('%j is not written', (path) => expect(checkWritable(path).ok).toBe(false));
  it('knows globs', () => {
    expect(globToRegExp('**/*.py').test('a/b.py')).toBe(true);
    expect(globToRegExp('**/*.py').test('b.py')).toBe(true);
    expect(globToRegExp('*.py').test('a/b.py')).toBe(false);
    expect(globToRegExp('a?.py').test('ab.py')).toBe(true);
    expect(globToRegExp('a.py').test('axpy')).toBe(false);
  });
});

describe('signature', () => {
  it('is equal for equal causes', () => {
    const one = signatureOf('KeyError', "'Fare' not found at /work/a1/train.py:12 in 0x7f00 after 3.5 s");
    expect(one).toBe(signatureOf('KeyError', "'Age' not found at /work/a23/sub/other.py:7 in 0xffff after 12 s"));
    expect(one).not.toBe(signatureOf('ValueError', "'Fare' not found"));
    expect(one).not.toMatch(/\d|Fare|work/);
  });
});

describe('failure of a job', () => {
  const exception = {
    type: 'KeyError',
    message: "'Far'",
    frames: [
      { file: 'train.py', line: 3, source: 'main()' },
      { file: 'lib/prep.py', line: 9, source: 'df["Far"]' },
      { file: '/usr/lib/python3/pandas/core.py', line: 100, source: 'raise' },
    ],
  };

  it('points at the innermost place in the player\'s own files and helps', () => {
    const failure = failureOfJob({ status: 'failed', exitCode: 1, seconds: 1, exception }, 60, 'a3', new Set(['train.py', 'lib/prep.py']), facts);
    expect(failure).toMatchObject({ type: 'KeyError', place: { file: 'lib/prep.py', line: 9 } });
    expect(failure?.hints[0]).toContain('Fare');
  });

  it.each([
    ['timeout', 'timeout'],
    ['out_of_memory', 'out_of_memory'],
    ['disk_full', 'disk_full'],
    ['lost', 'lost'],
  ] as const)('%s is told in our own words', (status, type) => {
    expect(failureOfJob({ status, exitCode: null, seconds: 60 }, 60, 'a1', new Set(), facts)?.type).toBe(type);
  });

  it('is none for a job that is done', () => expect(failureOfJob({ status: 'done', exitCode: 0, seconds: 1 }, 60, 'a1', new Set(), facts)).toBeUndefined());
});

describe('hints', () => {
  it.each([
    ['ModuleNotFoundError', "No module named 'lightgbm.basic'", 'lightgbm'],
    ['FileNotFoundError', "No such file: 'train.csv'", 'data/train.csv'],
    ['ValueError', 'could not convert string to float: "a"', 'Encode'],
    ['ValueError', 'Input X contains NaN.', 'Impute'],
    ['ValueError', 'The feature names should match those that were passed during fit.', 'align'],
    ['ValueError', "Found unknown categories ['x'] in column 0", 'ignore'],
    ['RuntimeError', 'CUDA out of memory', 'batch'],
    ['MemoryError', '', 'float32'],
    ['timeout', '', 'fewer folds'],
    ['TypeError', "f() got an unexpected keyword argument 'squared'", 'squared'],
    ['UnicodeDecodeError', 'x', 'latin-1'],
    ['RuntimeError', 'CUDA is not available', 'CPU'],
    ['missing_ids', '', 'sample submission'],
    ['missing_column', '', 'columns'],
    ['not_finite', '', 'Fill'],
    ['row_sum', '', 'Clip'],
  ])('%s %s', (type, message, word) => expect(hintsFor(type, message, facts).join(' ')).toContain(word));

  it('are none for an error that no rule knows', () => expect(hintsFor('OddError', 'x', facts)).toEqual([]));
  it('measure edits', () => expect([editDistance('kitten', 'sitting'), editDistance('', 'ab'), editDistance('a', 'a')]).toEqual([3, 2, 0]));
});

describe('output', () => {
  it('keeps head and tail of any split and counts the rest', () => {
    const text = Array.from({ length: 20_000 }, (_, i) => String(i % 10)).join('');
    for (const size of [1, 7, 2_500, 6_001, 20_000]) {
      const shown = new HeadAndTail();
      for (let at = 0; at < text.length; at += size) shown.push(text.slice(at, at + size));
      expect(shown.get()).toEqual({ head: text.slice(0, headChars), tail: text.slice(-tailChars), omitted: text.length - headChars - tailChars });
    }
  });
  it('shows a short text once', () => {
    const shown = new HeadAndTail();
    shown.push('abc');
    expect(shown.get()).toEqual({ head: 'abc', tail: '', omitted: 0 });
  });
});
