import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { BenchEdit } from '../../../src/core/run/events';
import { BenchEditing } from '../../../src/vscode/bench/benchEditing';
import { hashOf } from '../../../src/vscode/bench/benchFile';
import { Failures } from '../../../src/vscode/platform/failures';
import { HostError } from '../../../src/vscode/platform/hostError';
import { Storage } from '../../../src/vscode/platform/storage';
import { Workspace } from '../../../src/vscode/platform/workspace';
import { closeAll, freshFolder, MemoryMemento, OfferedRun } from './support';

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

describe('automatic edits', () => {
  let folder: string;
  let versions: string;
  let log: vscode.LogOutputChannel;
  let run: OfferedRun;
  let edits: BenchEditing;
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
    edits = new BenchEditing({ runs: run.source(), workspace: new Workspace(), storage, failures: new Failures(log), virtual });
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
    assert.equal(edits.reviews.edits.length, 1);
  });

  it('never overwrite a file that is another version', async () => {
    const file = join(folder, script);
    const mine = before.replace('y = 2', 'y = 7');
    await writeFile(file, mine);
    run.offer(edit(script, before, after, 'auto'));
    await edits.idle();
    assert.equal(await readFile(file, 'utf8'), mine);
    assert.deepEqual(run.decisions.map((one) => one.decision), ['conflict']);
    assert.equal(edits.reviews.edits.length, 1);
  });

  it('of one step are undone together, and not at all when one of the files has changed since', async () => {
    const [first, second] = [join(folder, script), join(folder, `other-${script}`)];
    await writeFile(first, before);
    await writeFile(second, before);
    for (const name of [script, `other-${script}`]) run.offer({ ...edit(name, before, after, 'auto'), step: 7 });
    await edits.idle();
    await writeFile(second, `${after}mine\n`);
    await assert.rejects(edits.undoStep(), (error) => HostError.is(error, 'edit_conflict'));
    assert.equal(await readFile(first, 'utf8'), after);
    await writeFile(second, after);
    assert.equal((await edits.undoStep()).length, 2);
    assert.deepEqual(await Promise.all([first, second].map((file) => readFile(file, 'utf8'))), [before, before]);
    assert.deepEqual(run.decisions.map((one) => one.decision), ['applied', 'applied', 'undone', 'undone']);
    await assert.rejects(edits.undoStep(), (error) => HostError.is(error, 'nothing_to_undo'));
  });

  it('refuse a path that leaves the bench', async () => {
    run.offer(edit('../outside.py', null, after, 'auto'));
    await edits.idle();
    await assert.rejects(readFile(join(folder, '..', 'outside.py')));
    assert.deepEqual(run.decisions, []);
  });
});
