import { describe, expect, it } from 'vitest';
import { fileDiff, markedTokens } from '../../../webview/runPanel/detail/fileDiff';
import { readableText } from '../../../webview/runPanel/detail/notebookText';
import { pythonLines } from '../../../webview/runPanel/detail/python';
import { attemptFiles } from '../../fixtures/runView';

const message = attemptFiles();
const file = message.type === 'attempt' ? message.files[0] : undefined;
if (!file) throw new Error('the fixture has no file');
const text = (tokens: readonly { text: string }[]): string => tokens.map((token) => token.text).join('');

describe('Python highlighting', () => {
  const sources = [
    file.text,
    'x = """one\ntwo # no comment\n""" # yes\n',
    "s = 'open\ny = f\"{a!r}\" + rb'\\''\n",
    '"""never closed\nx = 1',
    '',
    '\n\n',
    'für = "ä" if x >= 1_000.5e-3 else None\t# Ende',
  ];
  it.each(sources)('loses no character of %j', (source) => {
    expect(pythonLines(source).map(text).join('\n')).toBe(source);
  });

  it('knows keywords, strings over lines, numbers and comments', () => {
    const lines = pythonLines('def f():\n    """a\n    b"""\n    return 12  # ok');
    expect(lines[0]?.[0]).toEqual({ kind: 'keyword', text: 'def' });
    expect(lines[2]).toEqual([{ kind: 'string', text: '    b"""' }]);
    expect(lines[3]?.filter((token) => token.kind !== 'plain').map((token) => token.kind)).toEqual(['keyword', 'number', 'comment']);
  });
});

describe('diff', () => {
  const diff = fileDiff('train.py', file.before, file.text);

  it('counts and numbers the changed lines', () => {
    expect([diff.added, diff.removed]).toEqual([6, 3]);
    const after = file.text.split('\n');
    const before = (file.before ?? '').split('\n');
    for (const line of diff.lines) {
      if (line.after !== null) expect(text(line.tokens)).toBe(after[line.after - 1]);
      else if (line.before !== null) expect(text(line.tokens)).toBe(before[line.before - 1]);
    }
  });

  it('heads a hunk with its class or function', () => {
    expect(diff.lines[0]).toMatchObject({ kind: 'head', tokens: [{ text: 'class GroupMedian(BaseEstimator, TransformerMixin):' }] });
  });

  it('marks the words that differ within a pair of lines and keeps the text whole', () => {
    const line = diff.lines.find((candidate) => candidate.kind === 'added' && text(candidate.tokens).includes('groupby'));
    if (!line) throw new Error('no such line');
    const parts = markedTokens(line);
    expect(text(parts)).toBe(text(line.tokens));
    expect(text(parts.filter((part) => part.marked))).toContain('groupby');
    expect(text(parts.filter((part) => part.marked))).not.toContain('self.fill_');
  });

  it('shows a new file as added only, and an equal one as nothing', () => {
    const fresh = fileDiff('a.py', null, 'x = 1\ny = 2\n');
    expect([fresh.added, fresh.removed]).toEqual([2, 0]);
    expect(fileDiff('a.py', 'x = 1\n', 'x = 1\n').lines).toEqual([]);
  });
});

describe('notebooks', () => {
  it('are read as cells', () => {
    const content = JSON.stringify({ cells: [{ cell_type: 'markdown', source: ['Hello\n', 'you'] }, { cell_type: 'code', source: 'x = 1' }] });
    expect(readableText('a.ipynb', content)).toBe('# %% [markdown]\n# Hello\n# you\n\n# %%\nx = 1');
  });
  it('that are broken stay as they are', () => {
    expect(readableText('a.ipynb', '{"cells": 1}')).toBe('{"cells": 1}');
    expect(readableText('a.ipynb', '{')).toBe('{');
    expect(readableText('a.py', '{"cells": []}')).toBe('{"cells": []}');
  });
});
