import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { BenchEdit } from '../../../src/core/run/events';
import { BenchEditing } from '../../../src/vscode/bench/benchEditing';
import { hashOf } from '../../../src/vscode/bench/benchFile';
import { changesIn } from '../../../src/vscode/bench/review/places';
import type { FileReview } from '../../../src/vscode/bench/review/reviews';
import { Failures } from '../../../src/vscode/platform/failures';
import { Storage } from '../../../src/vscode/platform/storage';
import { Workspace } from '../../../src/vscode/platform/workspace';
import { closeAll, eventually, freshFolder, MemoryMemento, OfferedRun } from './support';

const competition = 'review-test';
const base = 'import pandas as pd\n\nx = 1\ny = 2\n\ndef f():\n    return x\n\nz = 3\n';
const next = base.replace('y = 2\n', 'y = 20\nw = 4\n').replace('z = 3\n', 'z = 30\n');

const notebook = (cells: { id: string; source: string; outputs?: unknown[] }[]): string =>
  JSON.stringify({
    cells: cells.map(({ id, source, outputs = [] }) => ({ cell_type: 'code', id, metadata: {}, execution_count: null, outputs, source: source.split(/(?<=\n)/) })),
    metadata: { language_info: { name: 'python' } },
    nbformat: 4,
    nbformat_minor: 5,
  });

describe('the review of an edit', () => {
  let folder: string;
  let log: vscode.LogOutputChannel;
  let run: OfferedRun;
  let memento: MemoryMemento;
  let kept: vscode.Uri;
  let editing: BenchEditing;
  const blobs = new Map<string, string>();
  let number = 0;
  let script = '';

  const offer = (path: string, from: string | null, to: string): BenchEdit => {
    blobs.set(hashOf(to), to);
    if (from !== null) blobs.set(hashOf(from), from);
    const edit: BenchEdit = { id: `r${(number += 1)}`, attempt: 1, path, base: from === null ? null : hashOf(from), next: hashOf(to), mode: 'review', step: number };
    run.offer(edit);
    return edit;
  };
  const open = (): BenchEditing => new BenchEditing({ runs: run.source(), workspace: new Workspace(), storage: new Storage(memento, kept), failures: new Failures(log) });
  const only = async (): Promise<FileReview> => {
    const [review] = await editing.reviews.refresh();
    assert.ok(review, 'an edit waits');
    return review;
  };
  const never = (): Promise<boolean> => Promise.reject(new Error('nobody should be asked'));

  beforeEach(async () => {
    script = `review${(number += 1)}.py`;
    folder = await freshFolder(competition);
    log = vscode.window.createOutputChannel('Podium test', { log: true });
    run = new OfferedRun(competition, blobs);
    memento = new MemoryMemento();
    kept = vscode.Uri.file(await freshFolder('kept'));
    editing = open();
  });

  afterEach(async () => {
    editing.dispose();
    run.dispose();
    log.dispose();
    await closeAll();
  });

  it('accepts one change of an open script so that the editor can undo it, and rejects the other with words', async () => {
    const file = join(folder, script);
    await writeFile(file, base);
    const document = await vscode.workspace.openTextDocument(file);
    await vscode.window.showTextDocument(document);
    const { id } = offer(script, base, next);
    const review = await only();
    assert.deepEqual(changesIn(document, editing.reviews).map(({ start, end }) => [start, end]), [[3, 4], [8, 9]]);
    assert.equal(await editing.reviews.accept(review, [0], never), 1);
    assert.equal(document.getText(), base.replace('y = 2\n', 'y = 20\nw = 4\n'));
    assert.equal(document.isDirty, false);
    // The other one has moved with it.
    assert.deepEqual(changesIn(document, editing.reviews).map(({ start, end }) => [start, end]), [[9, 10]]);
    await editing.reviews.reject(await only(), [1], 'z stays');
    assert.equal(await readFile(file, 'utf8'), base.replace('y = 2\n', 'y = 20\nw = 4\n'));
    assert.deepEqual(await editing.reviews.refresh(), []);
    assert.deepEqual(run.decisions, [
      { id, decision: 'partly', hunks: [{ change: 0, accepted: true, where: 'line 4' }], left: 1 },
      { id, decision: 'partly', hunks: [{ change: 1, accepted: false, where: 'line 9', text: '-z = 3\n+z = 30', words: 'z stays' }] },
    ]);
    await vscode.commands.executeCommand('undo');
    assert.equal(document.getText(), base);
  });

  it('writes a closed file and a new one, and takes the last step back', async () => {
    const file = join(folder, script);
    await writeFile(file, base.replaceAll('\n', '\r\n'));
    offer(script, base.replaceAll('\n', '\r\n'), next);
    await editing.reviews.accept(await only(), [0, 1], never);
    assert.equal(await readFile(file, 'utf8'), next.replaceAll('\n', '\r\n'));
    await editing.undoStep();
    assert.equal(await readFile(file, 'utf8'), base.replaceAll('\n', '\r\n'));
    offer('made.py', null, next);
    await editing.reviews.accept(await only(), [0], never);
    assert.equal(await readFile(join(folder, 'made.py'), 'utf8'), next);
  });

  it('puts a change into a document with unsaved work where it does not touch it, and leaves it unsaved', async () => {
    const file = join(folder, script);
    await writeFile(file, base);
    const document = await vscode.workspace.openTextDocument(file);
    const editor = await vscode.window.showTextDocument(document);
    await editor.edit((builder) => builder.insert(new vscode.Position(2, 0), 'mine = 1\n'));
    offer(script, base, next);
    const review = await only();
    assert.deepEqual(review.waiting.map(({ state }) => state), ['waits', 'waits']);
    await editing.reviews.accept(review, [1], never);
    assert.equal(document.getText(), base.replace('x = 1\n', 'mine = 1\nx = 1\n').replace('z = 3\n', 'z = 30\n'));
    assert.equal(document.isDirty, true);
    assert.equal(await readFile(file, 'utf8'), base);
  });

  it('shows a place that the person changed as a conflict, asks before replacing it, and leaves the rest decidable', async () => {
    const file = join(folder, script);
    const mine = base.replace('y = 2\n', 'y = 7\n');
    await writeFile(file, mine);
    offer(script, base, next);
    const review = await only();
    assert.deepEqual(review.waiting.map(({ state }) => state), ['conflict', 'waits']);
    let asked = 0;
    assert.equal(await editing.reviews.accept(review, [0, 1], () => { asked += 1; return Promise.resolve(false); }), 1);
    assert.equal(asked, 1);
    assert.equal(await readFile(file, 'utf8'), mine.replace('z = 3\n', 'z = 30\n'));
    assert.equal(await editing.reviews.accept(await only(), [0], () => Promise.resolve(true)), 1);
    assert.equal(await readFile(file, 'utf8'), next);
    assert.equal(run.decisions.at(-1)?.decision, 'accepted');
  });

  it('writes nothing over what changed while the person was asked', async () => {
    const file = join(folder, script);
    await writeFile(file, base.replace('y = 2\n', 'y = 7\n'));
    offer(script, base, next);
    const now = `mine = 1\n${base.replace('y = 2\n', 'y = 8\n')}`;
    const asked = async (): Promise<boolean> => writeFile(file, now).then(() => true);
    await assert.rejects(editing.reviews.accept(await only(), [0, 1], asked), { reason: 'edit_conflict' });
    assert.equal(await readFile(file, 'utf8'), now);
    assert.equal(run.decisions.length, 0);
    // A cell that was changed meanwhile as well; the others may have moved.
    const before = notebook([{ id: 'first', source: 'a = 1' }]);
    const path = `asked${number}.ipynb`;
    await writeFile(join(folder, path), notebook([{ id: 'first', source: 'a = 7' }]));
    offer(path, before, notebook([{ id: 'first', source: 'a = 2' }]));
    const mine = notebook([{ id: 'first', source: 'b = 1\na = 8' }]);
    const review = (await editing.reviews.refresh()).find(({ edit }) => edit.path === path);
    assert.ok(review);
    await assert.rejects(editing.reviews.accept(review, [0], async () => writeFile(join(folder, path), mine).then(() => true)), { reason: 'edit_conflict' });
    assert.equal(await readFile(join(folder, path), 'utf8'), mine);
  });

  it('goes on after a reload of the window where it was', async () => {
    await writeFile(join(folder, script), base);
    offer(script, base, next);
    await editing.reviews.reject(await only(), [0], undefined);
    editing.dispose();
    editing = open();
    const review = await only();
    assert.deepEqual(review.waiting.map((change) => change.number), [1]);
  });

  it('remembers what it decided while no runner answered, and tells when one does', async () => {
    await writeFile(join(folder, script), base);
    offer(script, base, next);
    const review = await only();
    run.connection = 'lost';
    await editing.reviews.accept(review, [0], never);
    assert.equal(run.decisions.length, 0);
    assert.deepEqual((await only()).waiting.map((change) => change.number), [1]);
    run.attachAgain();
    await eventually('the runner is told', () => run.decisions.length === 1);
    assert.equal(run.decisions[0]?.left, 1);
  });

  it('of a notebook accepts a change inside a cell, a new and a deleted cell one by one, and keeps outputs', async () => {
    const stream = { output_type: 'stream', name: 'stdout', text: ['hello\n'] };
    const before = notebook([{ id: 'first', source: 'a = 1\nb = 2\nc = 3', outputs: [stream] }, { id: 'gone', source: 'old = 1' }, { id: 'last', source: 'd = 4' }]);
    const after = notebook([{ id: 'first', source: 'a = 10\nb = 2\nc = 30' }, { id: 'added', source: 'e = 5' }, { id: 'last', source: 'd = 4' }]);
    const file = join(folder, 'solution.ipynb');
    await writeFile(file, before);
    const document = await vscode.workspace.openNotebookDocument(vscode.Uri.file(file));
    await vscode.window.showNotebookDocument(document);
    offer('solution.ipynb', before, after);
    const { waiting } = await only();
    assert.deepEqual(waiting.map(({ what }) => ('type' in what ? what.type : '')), ['text', 'text', 'insert', 'delete'].sort((a, b) => order(waiting, a) - order(waiting, b)));
    const numberOf = (type: string): number => waiting.find(({ what }) => 'type' in what && what.type === type)?.number ?? -1;
    assert.deepEqual(changesIn(document.cellAt(0).document, editing.reviews).map(({ start, end }) => [start, end]), [[0, 1], [2, 3]]);
    await editing.reviews.accept(await only(), [0], never);
    assert.equal(document.cellAt(0).document.getText(), 'a = 10\nb = 2\nc = 3');
    assert.equal(document.cellAt(0).outputs.length, 1);
    await editing.reviews.accept(await only(), [numberOf('insert')], never);
    await editing.reviews.accept(await only(), [numberOf('delete')], never);
    await editing.reviews.reject(await only(), [1], 'c stays');
    assert.deepEqual(document.getCells().map((cell) => cell.document.getText()), ['a = 10\nb = 2\nc = 3', 'e = 5', 'd = 4']);
    const saved = JSON.parse(await readFile(file, 'utf8')) as { cells: { id: string; outputs: unknown[] }[] };
    assert.deepEqual(saved.cells.map((cell) => cell.id), ['first', 'added', 'last']);
    assert.equal(saved.cells[0]?.outputs.length, 1);
    assert.equal(run.decisions.at(-1)?.hunks?.[0]?.where, 'cell first, line 3');
  });

  it('of a closed notebook writes the file', async () => {
    const before = notebook([{ id: 'first', source: 'a = 1' }]);
    const after = notebook([{ id: 'first', source: 'a = 2' }, { id: 'second', source: 'b = 2' }]);
    const file = join(folder, `closed${number}.ipynb`);
    await writeFile(file, before);
    offer(`closed${number}.ipynb`, before, after);
    await editing.reviews.accept(await only(), [0, 1], never);
    const saved = JSON.parse(await readFile(file, 'utf8')) as { cells: { id: string; source: string[] }[] };
    assert.deepEqual(saved.cells.map(({ id, source }) => [id, source.join('')]), [['first', 'a = 2'], ['second', 'b = 2']]);
  });

  it('ends by itself when the person has written the same', async () => {
    const file = join(folder, script);
    await writeFile(file, base);
    offer(script, base, next);
    await only();
    await writeFile(file, next);
    await editing.reviews.refresh();
    await editing.idle();
    assert.deepEqual(run.decisions.map(({ decision }) => decision), ['accepted']);
  });

  it('never writes by showing', async () => {
    const file = join(folder, script);
    await writeFile(file, base);
    const document = await vscode.workspace.openTextDocument(file);
    await vscode.window.showTextDocument(document);
    offer(script, base, next);
    await only();
    await new Promise((resolve) => setTimeout(resolve, 500));
    assert.equal(document.isDirty, false);
    assert.equal(document.getText(), base);
    assert.equal(await readFile(file, 'utf8'), base);
  });
});

const order = (waiting: FileReview['waiting'], type: string): number => waiting.findIndex(({ what }) => 'type' in what && what.type === type);
