import { describe, expect, it } from 'vitest';
import type { JobEvent } from '../../../src/core/runtime/runtime';
import { insertCell, setOutputs } from '../../../src/core/notebook/cells';
import { emptyNotebook, type CellKind, type Notebook } from '../../../src/core/notebook/notebook';
import { asTerminal, bounded, cutMiddle, OutputCollector } from '../../../src/core/notebook/outputs';
import { codeCells, toScript } from '../../../src/core/notebook/script';
import { notebookText, viewNotebook, withoutColours } from '../../../src/core/notebook/textView';

function build(...cells: [id: string, kind: CellKind, source: string][]): Notebook {
  let notebook = emptyNotebook();
  let after: string | undefined;
  for (const [id, kind, source] of cells) {
    ({ notebook, id: after } = insertCell(notebook, after, kind, source, id));
  }
  return notebook;
}

const print = (cell: string, text: string, stream: 'stdout' | 'stderr' = 'stdout'): JobEvent => ({ type: 'output', stream, text, cell });

describe('collecting outputs of a job', () => {
  it('joins text of one stream until something else comes', () => {
    const collector = new OutputCollector();
    const picture = { output_type: 'display_data' as const, data: { 'image/png': 'x' }, metadata: {} };
    for (const event of [print('a', '1'), print('a', '2\n'), print('a', 'w', 'stderr'), print('b', 'other'), { type: 'cell_output' as const, cell: 'a', output: picture }, print('a', '3')]) {
      collector.add(event);
    }
    collector.add({ type: 'cell_done', cell: 'a', ok: true, executionCount: 5, seconds: 1 });
    expect(collector.ids).toEqual(['a', 'b']);
    expect(collector.of('a')).toEqual({
      executionCount: 5,
      outputs: [
        { output_type: 'stream', name: 'stdout', text: '12\n' },
        { output_type: 'stream', name: 'stderr', text: 'w' },
        picture,
        { output_type: 'stream', name: 'stdout', text: '3' },
      ],
    });
    expect(collector.of('never ran')).toEqual({ outputs: [], executionCount: null });
  });

  it('leaves out text that belongs to no cell, and milestones', () => {
    const collector = new OutputCollector();
    collector.add({ type: 'output', stream: 'stdout', text: 'x' });
    collector.add({ type: 'milestone', milestone: { name: 'trained', at: 1 } });
    expect(collector.ids).toEqual([]);
  });

  it('shows a progress bar as it stands at the end', () => {
    const collector = new OutputCollector();
    for (const text of ['\r 10%', '\r 50%', '\r100%', '\ndone\n']) collector.add(print('a', text, 'stderr'));
    expect(collector.of('a').outputs).toEqual([{ output_type: 'stream', name: 'stderr', text: '100%\ndone\n' }]);
  });

  it.each([
    ['abc\rX', 'Xbc'],
    ['ab\b\bX', 'Xb'],
    ['a\r\nb\r\n', 'a\nb\n'],
    ['\b\bx', 'x'],
    ['plain\n', 'plain\n'],
  ])('carries out control characters of %j', (text, shown) => {
    expect(asTerminal(text)).toBe(shown);
  });
});

describe('bounds', () => {
  it('keeps beginning and end of a long text and says how much is missing', () => {
    const cut = cutMiddle(`begin${'x'.repeat(1000)}end`, 100);
    expect(cut).toMatch(/^begin.*908 characters left out.*end$/s);
  });

  it('drops a picture that is too large and names it', () => {
    const [output] = bounded([{ output_type: 'display_data', data: { 'image/png': 'x'.repeat(5000), 'text/plain': '<Figure>' }, metadata: {} }], 1000);
    expect(output).toMatchObject({ data: { 'text/plain': '[not kept for its size: image/png]\n<Figure>' } });
  });

  it('bounds all outputs of a cell together', () => {
    const outputs = bounded(Array.from({ length: 20 }, () => ({ output_type: 'display_data' as const, data: { 'text/plain': 'y'.repeat(10_000) }, metadata: {} })), 20_000);
    expect(JSON.stringify(outputs).length).toBeLessThan(40_000);
  });

  it('cuts a traceback without end', () => {
    const [output] = bounded([{ output_type: 'error', ename: 'E', evalue: 'v'.repeat(9000), traceback: Array.from({ length: 1000 }, () => 'frame '.repeat(20)) }], 2000);
    expect(JSON.stringify(output).length).toBeLessThan(4000);
  });
});

describe('the view for models', () => {
  const base = build(['t', 'markdown', '# Title'], ['c', 'code', 'train.head()']);

  it('shows text, names pictures with their size, prefers plain text to HTML', () => {
    const notebook = setOutputs(base, 'c', [
      { output_type: 'stream', name: 'stdout', text: '\u001b[31mred\u001b[0m\n' },
      { output_type: 'execute_result', data: { 'text/plain': 'table', 'text/html': '<table/>', 'image/png': 'x'.repeat(20_480) }, metadata: {}, execution_count: 2 },
    ], 2);
    expect(viewNotebook(notebook)).toEqual([
      { id: 't', kind: 'markdown', source: '# Title', executionCount: null, outputs: '' },
      { id: 'c', kind: 'code', source: 'train.head()', executionCount: 2, outputs: 'red\ntable\n[image/png, 20 KB]' },
    ]);
    expect(notebookText(notebook)).toBe('--- markdown cell t\n# Title\n--- code cell c [2]\ntrain.head()\n--- output\nred\ntable\n[image/png, 20 KB]');
  });

  it('names the error when the traceback does not end with it', () => {
    const notebook = setOutputs(base, 'c', [{ output_type: 'error', ename: 'KeyError', evalue: "'x'", traceback: ['\u001b[0;31mTraceback\u001b[0m'] }], null);
    expect(viewNotebook(notebook)[1]?.outputs).toBe("Traceback\nKeyError: 'x'");
  });

  it('trims', () => {
    const notebook = setOutputs(base, 'c', [{ output_type: 'stream', name: 'stdout', text: 'z'.repeat(100_000) }], null);
    const view = viewNotebook(notebook, { sourceChars: 100, outputChars: 300 })[1];
    expect(view?.outputs.length).toBeLessThan(400);
    expect(view?.outputs).toContain('99700 characters left out');
  });

  it('removes colours', () => {
    expect(withoutColours('\u001b[1;31mE\u001b[0m \u001b[38;5;28mx\u001b[39m')).toBe('E x');
  });
});

describe('code of a notebook', () => {
  const notebook = build(['t', 'markdown', 'Text\n\nmore'], ['a', 'code', 'import os\n%matplotlib inline\n!ls\ny = (5\n  % 3)'], ['e', 'code', ' \n'], ['s', 'code', '%%bash\nls'], ['b', 'code', 'x = 1\nx']);

  it('lists the cells that run', () => {
    expect(codeCells(notebook).map((cell) => cell.id)).toEqual(['a', 's', 'b']);
  });

  it('joins them into a script whose lines lead back to the cells', () => {
    const script = toScript(notebook);
    expect(script.code).toBe(
      ['# %% [markdown] t', '# Text', '#', '# more', '', '# %% a', 'import os', '# %matplotlib inline', '# !ls', 'y = (5', '  % 3)', '', '# %% s', '# %%bash', '# ls', '', '# %% b', 'x = 1', 'x', ''].join('\n'),
    );
    expect(script.locate(18)).toEqual({ cell: 'b', line: 1 });
    expect(script.locate(11)).toEqual({ cell: 'a', line: 5 });
    expect(script.locate(1)).toBeUndefined();
    expect(script.locate(99)).toBeUndefined();
  });

  it('is empty for an empty notebook', () => {
    expect(toScript(emptyNotebook()).code).toBe('');
  });
});
