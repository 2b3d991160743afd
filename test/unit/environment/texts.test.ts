import { describe, expect, it } from 'vitest';
import { failureOfJob, signatureOf } from '../../../src/core/environment/failure';
import { failedWords } from '../../../src/core/environment/freshRun';
import { editDistance, hintsFor } from '../../../src/core/environment/hints';
import { counted, HeadAndTail, headChars, linesOf, tailChars } from '../../../src/core/environment/outputText';
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

  it('says which allocation was too large, and where', () => {
    const refused = { type: 'MemoryError', message: 'Unable to allocate 7.28 TiB for an array', frames: [{ file: 'train.py', line: 2, source: 'np.zeros(10**12)' }] };
    const failure = failureOfJob({ status: 'out_of_memory', exitCode: 1, seconds: 1, peakMemoryMb: 39, exception: refused }, 60, 'a1', new Set(['train.py']), facts);
    expect(failure).toMatchObject({ type: 'out_of_memory', message: 'Unable to allocate 7.28 TiB for an array (39 MB used).', place: { file: 'train.py', line: 2 } });
    const killed = failureOfJob({ status: 'out_of_memory', exitCode: null, seconds: 1, peakMemoryMb: 4000 }, 60, 'a1', new Set(), facts);
    expect(killed?.message).toBe('The memory limit was reached (4000 MB used); the process was killed.');
  });

  it.each([
    [134, 'SIGABRT'],
    [-11, 'SIGSEGV'],
    [3, 'exit code 3.'],
  ])('exit code %i is told as %s', (exitCode, word) => {
    expect(failureOfJob({ status: 'failed', exitCode, seconds: 1 }, 60, 'a1', new Set(), facts)?.message).toContain(word);
  });

  it('is one sentence with place and reason', () => {
    const helper = failureOfJob({ status: 'failed', exitCode: 1, seconds: 1, exception }, 60, 'a3', new Set(['train.py', 'lib/prep.py']), facts);
    expect(failedWords('train.py', 1, helper)).toBe("train.py failed after 1.0 s (lib/prep.py, line 9): KeyError: 'Far'");
    const late = failureOfJob({ status: 'timeout', exitCode: null, seconds: 2.02 }, 2, 'a3', new Set(), facts);
    expect(failedWords('train.py', 2.02, late)).toBe('train.py failed after 2.0 s: Stopped after its time limit of 2 s.');
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
    ['gpu_out_of_memory', 'CUDA out of memory. Tried to allocate 20.00 MiB. Process 91 has 15.88 GiB memory in use.', 'batch'],
    ['gpu_out_of_memory', 'CUDA out of memory. Tried to allocate 20.00 MiB. Process 91 has 15.88 GiB memory in use.', 'another card'],
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

  it('tell a column that the table lacks from a wrong name', () => {
    expect(hintsFor('KeyError', "'Fare'", facts)[0]).toMatch(/"Fare" is a column of the data, but not of this table/);
    expect(hintsFor('KeyError', "'nothing like it'", facts)[0]).toContain('Columns of the data: Age, Fare.');
    expect(hintsFor('ModuleNotFoundError', "No module named 'pandsa'", facts)[0]).toContain('Did you mean "pandas"?');
  });
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
  it('counts lines as an editor does, and in words', () => {
    expect([linesOf('a\nb\n'), linesOf('a\nb'), linesOf('')].map((lines) => lines.length)).toEqual([2, 2, 0]);
    expect([counted(0, 'line'), counted(1, 'line'), counted(2, 'line')]).toEqual(['0 lines', '1 line', '2 lines']);
  });
  it('shows a short text once', () => {
    const shown = new HeadAndTail();
    shown.push('abc');
    expect(shown.get()).toEqual({ head: 'abc', tail: '', omitted: 0 });
  });
});
