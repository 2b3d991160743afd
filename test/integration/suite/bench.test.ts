import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { BenchEdit } from '../../../src/core/run/events';
import { BenchEdits } from '../../../src/vscode/bench/benchEdits';
import { hashOf } from '../../../src/vscode/bench/benchFile';
import { Failures } from '../../../src/vscode/platform/failures';
import { HostError } from '../../../src/vscode/platform/hostError';
import { Storage } from '../../../src/vscode/platform/storage';
import { Workspace } from '../../../src/vscode/platform/workspace';
import { closeAll, eventually, freshFolder, MemoryMemento, OfferedRun } from './support';

const competition = 'bench-test';
const before = 'import pandas as pd\n\nx = 1\ny = 2\nz = 3\n';
const after = 'import pandas as pd\n\nx = 1\ny = 20\nz = 3\nw = 4\n';

const notebook = (cells: { id: string; source: string; outputs?: unknown[] }[]): string =>
  `${JSON.stringify(
    {
      cells: cells.map(({ id, source, outputs = [] }) => ({ cell_type: 'code', id, metadata: { tags: [`tag-${id}`] }, execution_count: null, outputs, source: source.split(/(?<=\n)/) })),
      metadata: { language_info: { name: 'python' } },
      nbformat: 4,
      nbformat_minor: 5,
    },
    null,
    1,
  )}\n`;

describe('bench edits', () => {
  let folder: string;
  let versions: string;
  let log: vscode.LogOutputChannel;
  let run: OfferedRun;
  let edits: BenchEdits;
  const blobs = new Map<string, string>();
  let number = 0;
  /** Another name in every test: the editor keeps closed documents for a while. */
  let script = '';

  const edit = (path: string, base: string | null, next: string, mode: 'auto' | 'review'): BenchEdit => {
    blobs.set(hashOf(next), next);
    if (base !== null) blobs.set(hashOf(base), base);
    number += 1;
    return { id: `e${number}`, attempt: number, path, base: base === null ? null : hashOf(base), next: hashOf(next), mode };
  };

  beforeEach(async () => {
    script = `train${(number += 1)}.py`;
    folder = await freshFolder(competition);
    versions = await freshFolder('versions');
    log = vscode.window.createOutputChannel('Podium test', { log: true });
    run = new OfferedRun(competition, blobs);
    const storage = new Storage(new MemoryMemento(), vscode.Uri.file(await freshFolder('kept')));
    // The editor reads a notebook's next version from a file here, from the run elsewhere.
    const virtual = (_run: string, { next, path }: BenchEdit): vscode.Uri => vscode.Uri.file(join(versions, `${next.slice(0, 12)}-${path}`));
    edits = new BenchEdits(run.source(), new Workspace(), storage, new Failures(log), virtual);
  });

  afterEach(async () => {
    edits.dispose();
    run.dispose();
    log.dispose();
    await closeAll();
  });

  it('change an open text in the editor and save it', async () => {
    const file = join(folder, script);
    await writeFile(file, before);
    const document = await vscode.workspace.openTextDocument(file);
    await vscode.window.showTextDocument(document);
    run.offer(edit(script, before, after, 'auto'));
    await edits.idle();
    assert.equal(document.getText(), after);
    assert.equal(document.isDirty, false);
    assert.equal(await readFile(file, 'utf8'), after);
    assert.deepEqual(run.decisions.map((one) => one.decision), ['applied']);
  });

  it('write a file that is not open, also a new one', async () => {
    run.offer(edit('new.py', null, after, 'auto'));
    await edits.idle();
    assert.equal(await readFile(join(folder, 'new.py'), 'utf8'), after);
    assert.deepEqual(run.decisions.map((one) => one.decision), ['applied']);
  });

  it('change only the differing cells of an open notebook, and keep ids and metadata', async () => {
    const base = notebook([{ id: 'first', source: 'a = 1' }, { id: 'second', source: 'b = 2' }, { id: 'gone', source: 'c = 3' }]);
    const next = notebook([{ id: 'first', source: 'a = 1' }, { id: 'second', source: 'b = 22' }, { id: 'added', source: 'd = 4', outputs: [{ output_type: 'stream', name: 'stdout', text: ['hello\n'] }] }]);
    const file = join(folder, 'solution.ipynb');
    await writeFile(file, base);
    const document = await vscode.workspace.openNotebookDocument(vscode.Uri.file(file));
    await vscode.window.showNotebookDocument(document);
    const first = document.cellAt(0);
    const offered = edit('solution.ipynb', base, next, 'auto');
    await writeFile(join(versions, `${offered.next.slice(0, 12)}-solution.ipynb`), next);
    run.offer(offered);
    await edits.idle();
    assert.deepEqual(document.getCells().map((cell) => cell.document.getText()), ['a = 1', 'b = 22', 'd = 4']);
    assert.equal(document.cellAt(0), first);
    assert.equal(document.isDirty, false);
    const saved = JSON.parse(await readFile(file, 'utf8')) as { cells: { id: string; metadata: unknown; outputs: unknown[] }[] };
    assert.deepEqual(saved.cells.map((cell) => cell.id), ['first', 'second', 'added']);
    assert.deepEqual(saved.cells[1]?.metadata, { tags: ['tag-second'] });
    assert.equal(saved.cells[2]?.outputs.length, 1);
    // The editor's own form of the file counts as the version that was applied.
    const third = notebook([{ id: 'first', source: 'a = 100' }, { id: 'second', source: 'b = 22' }, { id: 'added', source: 'd = 4' }]);
    const again = edit('solution.ipynb', next, third, 'auto');
    await writeFile(join(versions, `${again.next.slice(0, 12)}-solution.ipynb`), third);
    run.offer(again);
    await edits.idle();
    assert.equal(document.cellAt(0).document.getText(), 'a = 100');
    assert.deepEqual(run.decisions.map((one) => one.decision), ['applied', 'applied']);
  });

  it('never touch a document with unsaved changes: the edit waits', async () => {
    const file = join(folder, script);
    await writeFile(file, before);
    const document = await vscode.workspace.openTextDocument(file);
    const editor = await vscode.window.showTextDocument(document);
    await editor.edit((builder) => builder.insert(new vscode.Position(0, 0), '# mine\n'));
    run.offer(edit(script, before, after, 'auto'));
    await edits.idle();
    assert.equal(document.getText(), `# mine\n${before}`);
    assert.equal(await readFile(file, 'utf8'), before);
    assert.deepEqual(run.decisions.map((one) => one.decision), ['conflict']);
    const [waiting] = edits.waiting();
    assert.ok(waiting);
    await assert.rejects(edits.accept(waiting, () => Promise.resolve(true)), (error) => HostError.is(error, 'edit_conflict'));
    // Saved: changes that do not touch are joined.
    await document.save();
    assert.equal(await edits.accept(waiting, () => Promise.resolve(false)), true);
    assert.equal(document.getText(), `# mine\n${after}`);
    assert.equal(edits.waiting().length, 0);
  });

  it('never overwrite a file that is another version', async () => {
    const file = join(folder, script);
    const mine = before.replace('y = 2', 'y = 7');
    await writeFile(file, mine);
    run.offer(edit(script, before, after, 'auto'));
    await edits.idle();
    assert.equal(await readFile(file, 'utf8'), mine);
    const [waiting] = edits.waiting();
    assert.ok(waiting);
    let asked = 0;
    assert.equal(await edits.accept(waiting, () => { asked += 1; return Promise.resolve(false); }), false);
    assert.equal(asked, 1);
    assert.equal(await readFile(file, 'utf8'), mine);
  });

  it('in review mode wait as a diff, are accepted or rejected with words, and can be undone', async () => {
    const file = join(folder, script);
    await writeFile(file, before);
    const first = edit(script, before, after, 'review');
    run.offer(first);
    assert.equal(await readFile(file, 'utf8'), before);
    const [waiting] = edits.waiting();
    assert.ok(waiting);
    assert.equal(edits.find(vscode.Uri.file(file))?.edit.id, first.id);
    await edits.review(waiting);
    const input = await eventually('the diff is open', () => vscode.window.tabGroups.activeTabGroup.activeTab?.input);
    assert.ok(input instanceof vscode.TabInputTextDiff);
    assert.equal(input.modified.scheme, 'podium-edit');
    assert.equal(await edits.accept(waiting, () => Promise.resolve(false)), true);
    assert.equal(await readFile(file, 'utf8'), after);
    assert.equal(edits.canUndo, true);
    assert.match(await edits.undoLast(), new RegExp(`${script}$`));
    assert.equal(await readFile(file, 'utf8'), before);
    await assert.rejects(edits.undoLast(), (error) => HostError.is(error, 'nothing_to_undo'));
    run.offer(edit(script, before, after, 'review'));
    const [second] = edits.waiting();
    assert.ok(second);
    await edits.reject(second, 'keep y');
    assert.equal(await readFile(file, 'utf8'), before);
    assert.deepEqual(run.decisions.at(-1), { id: second.edit.id, decision: 'rejected', words: 'keep y' });
  });

  it('refuse a path that leaves the bench', async () => {
    run.offer(edit('../outside.py', null, after, 'auto'));
    await edits.idle();
    await assert.rejects(readFile(join(folder, '..', 'outside.py')));
    assert.deepEqual(run.decisions, []);
  });
});
