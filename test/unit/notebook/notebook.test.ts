import { describe, expect, it } from 'vitest';
import { clearOutputs, deleteCell, editCell, findCell, insertCell, setOutputs } from '../../../src/core/notebook/cells';
import { emptyNotebook, parseNotebook, serializeNotebook } from '../../../src/core/notebook/notebook';
import { NotebookError } from '../../../src/core/notebook/notebookError';

/** As VS Code writes it: sorted keys, one space, a line end at the end. */
const file = `{
 "cells": [
  {
   "cell_type": "markdown",
   "id": "intro",
   "metadata": {
    "tags": [
     "keep"
    ]
   },
   "source": [
    "# Title\\n",
    "text"
   ]
  },
  {
   "cell_type": "code",
   "execution_count": 3,
   "id": "load",
   "metadata": {
    "vendor": {
     "deep": [
      1,
      null,
      "x"
     ]
    }
   },
   "outputs": [
    {
     "data": {
      "application/vnd.custom+json": {
       "b": 1
      },
      "text/plain": [
       "42"
      ]
     },
     "execution_count": 3,
     "metadata": {},
     "output_type": "execute_result"
    }
   ],
   "source": [
    "x = 1\\n",
    "x + 41"
   ],
   "unknown": true
  }
 ],
 "metadata": {
  "custom": {
   "who": "other program"
  },
  "kernelspec": {
   "display_name": "Python 3",
   "language": "python",
   "name": "python3"
  }
 },
 "nbformat": 4,
 "nbformat_minor": 5
}
`;

const reason = (expected: string) => (error: unknown) => NotebookError.is(error) && error.reason === expected;
const thrown = (run: () => unknown): unknown => {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
};

describe('reading and writing', () => {
  it('gives back the bytes that it read', () => {
    expect(serializeNotebook(parseNotebook(file))).toBe(file);
  });

  it('keeps the indent of the file', () => {
    const wide = `${JSON.stringify(JSON.parse(file), undefined, 4)}\n`;
    expect(serializeNotebook(parseNotebook(wide))).toBe(wide);
  });

  it('reads sources written as one text and leaves them so', () => {
    const text = '{"cells":[{"cell_type":"code","id":"a","metadata":{},"source":"a\\nb","outputs":[],"execution_count":null}],"metadata":{},"nbformat":4,"nbformat_minor":5}';
    const notebook = parseNotebook(text);
    expect(notebook.cells[0]?.source).toBe('a\nb');
    expect(JSON.parse(serializeNotebook(notebook))).toEqual(JSON.parse(text));
  });

  it('reads cells that lack what newer formats have', () => {
    const notebook = parseNotebook('{"cells":[{"cell_type":"code"},{"cell_type":"code"}],"nbformat":4,"nbformat_minor":2}');
    expect(notebook.cells.map((cell) => [cell.source, cell.executionCount, cell.outputs])).toEqual([['', null, []], ['', null, []]]);
  });

  it('gives cells without ids the same ids on every reading, and writes them as format 4.5', () => {
    const old = '{"cells":[{"cell_type":"code","source":"x"},{"cell_type":"code","source":"x"},{"cell_type":"code","source":"y"}],"metadata":{},"nbformat":4,"nbformat_minor":2}';
    const [once, twice] = [parseNotebook(old), parseNotebook(old)];
    const ids = once.cells.map((cell) => cell.id);
    expect(new Set(ids).size).toBe(3);
    expect(twice.cells.map((cell) => cell.id)).toEqual(ids);
    const written = parseNotebook(serializeNotebook(once));
    expect(written.cells.map((cell) => cell.id)).toEqual(ids);
    expect(written.raw.nbformat_minor).toBe(5);
  });

  it('replaces ids that are doubled or not allowed, and keeps the first', () => {
    const notebook = parseNotebook('{"cells":[{"cell_type":"code","id":"a","source":"1"},{"cell_type":"code","id":"a","source":"2"},{"cell_type":"code","id":"not an id!","source":"3"}],"nbformat":4,"nbformat_minor":5}');
    expect(notebook.cells[0]?.id).toBe('a');
    expect(new Set(notebook.cells.map((cell) => cell.id)).size).toBe(3);
    for (const cell of notebook.cells) expect(cell.id).toMatch(/^[A-Za-z0-9_-]{1,64}$/);
  });

  it('takes an empty file for an empty notebook', () => {
    expect(parseNotebook(' \n').cells).toEqual([]);
  });

  it('keeps a key named __proto__ as data', () => {
    const text = '{"cells":[],"metadata":{"__proto__":{"polluted":1}},"nbformat":4,"nbformat_minor":5}';
    const written = serializeNotebook(parseNotebook(text));
    expect(written).toContain('"__proto__"');
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it.each([
    ['not JSON', '{"cells": [', 'malformed'],
    ['a list', '[]', 'malformed'],
    ['no cells', '{"nbformat":4}', 'malformed'],
    ['a cell of unknown kind', '{"cells":[{"cell_type":"heading","source":"x"}],"nbformat":4}', 'malformed'],
    ['a cell that is no object', '{"cells":["x"],"nbformat":4}', 'malformed'],
    ['a source of numbers', '{"cells":[{"cell_type":"code","source":[1]}],"nbformat":4}', 'malformed'],
    ['format 3', '{"worksheets":[],"nbformat":3,"nbformat_minor":0}', 'unsupported'],
    ['format 5', '{"cells":[],"nbformat":5}', 'unsupported'],
  ])('says what is wrong with %s', (_, text, why) => {
    expect(thrown(() => parseNotebook(text))).toSatisfy(reason(why));
  });
});

describe('operations', () => {
  const notebook = parseNotebook(file);

  it('inserts first, or after a cell', () => {
    const first = insertCell(notebook, undefined, 'code', 'import os');
    expect(first.notebook.cells.map((cell) => cell.id)).toEqual([first.id, 'intro', 'load']);
    const middle = insertCell(notebook, 'intro', 'markdown', 'text');
    expect(middle.notebook.cells.map((cell) => cell.id)).toEqual(['intro', middle.id, 'load']);
    expect(findCell(middle.notebook, middle.id).raw).toEqual({ cell_type: 'markdown', id: middle.id, metadata: {}, source: ['text'] });
    expect(notebook.cells).toHaveLength(2);
  });

  it('gives new cells ids that are free and repeatable', () => {
    const once = insertCell(insertCell(emptyNotebook(), undefined, 'code', 'x').notebook, undefined, 'code', 'x');
    expect(new Set(once.notebook.cells.map((cell) => cell.id)).size).toBe(2);
    expect(insertCell(notebook, 'load', 'code', 'y').id).toBe(insertCell(notebook, 'load', 'code', 'y').id);
    expect(insertCell(notebook, undefined, 'code', 'x', 'wanted').id).toBe('wanted');
    expect(insertCell(notebook, undefined, 'code', 'x', 'load').id).not.toBe('load');
  });

  it('edits a source, keeps the cell\'s other fields and drops outputs of the old code', () => {
    const cell = findCell(editCell(notebook, 'load', 'y = 2\n'), 'load');
    expect(cell.raw).toEqual({ cell_type: 'code', execution_count: null, id: 'load', metadata: { vendor: { deep: [1, null, 'x'] } }, outputs: [], source: ['y = 2\n'], unknown: true });
  });

  it('changes nothing when the source is the same', () => {
    expect(editCell(notebook, 'load', 'x = 1\nx + 41')).toBe(notebook);
  });

  it('deletes', () => {
    expect(deleteCell(notebook, 'intro').cells.map((cell) => cell.id)).toEqual(['load']);
  });

  it('stores outputs in the form of the format', () => {
    const stored = findCell(
      setOutputs(notebook, 'load', [
        { output_type: 'stream', name: 'stdout', text: 'a\nb\n' },
        { output_type: 'display_data', data: { 'image/png': 'iVBO', 'text/html': '<b>\n</b>', 'application/json': '{"a":[1]}', 'application/x+json': 'broken' }, metadata: { n: 1 } },
        { output_type: 'execute_result', data: { 'text/plain': '1' }, metadata: {}, execution_count: 7 },
        { output_type: 'error', ename: 'E', evalue: 'v', traceback: ['l1'] },
      ], 7),
      'load',
    );
    expect(stored.executionCount).toBe(7);
    expect(stored.outputs).toEqual([
      { output_type: 'stream', name: 'stdout', text: ['a\n', 'b\n'] },
      { output_type: 'display_data', data: { 'image/png': 'iVBO', 'text/html': ['<b>\n', '</b>'], 'application/json': { a: [1] }, 'application/x+json': 'broken' }, metadata: { n: 1 } },
      { output_type: 'execute_result', data: { 'text/plain': ['1'] }, metadata: {}, execution_count: 7 },
      { output_type: 'error', ename: 'E', evalue: 'v', traceback: ['l1'] },
    ]);
  });

  it('refuses outputs for text cells and cells that are not there', () => {
    expect(thrown(() => setOutputs(notebook, 'intro', [], null))).toSatisfy(reason('not_code'));
    for (const run of [() => editCell(notebook, 'gone', ''), () => deleteCell(notebook, 'gone'), () => insertCell(notebook, 'gone', 'code', '')]) {
      expect(thrown(run)).toSatisfy(reason('no_such_cell'));
    }
    expect(String((thrown(() => findCell(notebook, 'gone')) as NotebookError).nextStep)).toContain('intro, load');
  });

  it('clears outputs', () => {
    const cleared = findCell(clearOutputs(notebook), 'load');
    expect([cleared.outputs, cleared.executionCount]).toEqual([[], null]);
  });
});
