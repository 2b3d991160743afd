import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { Observation } from '../../../src/core/environment/observation';
import type { PodiumApi } from '../../../src/vscode/container';
import { ModelCompletions } from '../../../src/vscode/inline/modelCompletions';
import { ModelServer, type Turn } from '../../fakes/modelServer';
import { closeAll, eventually, podium, workspaceRoot } from './support';

const head = 'import pandas as pd\n\ntrain = pd.read_csv("data/train.csv")\ntest = pd.read_csv("data/test.csv")\n';
let number = 0;

/** A script of its own on the bench, in front, with the cursor at its end. */
async function script(text: string): Promise<vscode.TextEditor> {
  const file = join(workspaceRoot(), 'penguins', `inline${(number += 1)}.py`);
  await writeFile(file, text);
  const editor = await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(file));
  const end = editor.document.positionAt(text.length);
  editor.selection = new vscode.Selection(end, end);
  return editor;
}

/** Shows ghost text and takes it, until the document says what is expected. */
async function takeGhostText(document: vscode.TextDocument, expected: string): Promise<void> {
  const before = document.getText();
  await eventually(
    `ghost text was taken; the document is ${JSON.stringify(document.getText())}`,
    async () => {
      if (document.getText() === before) {
        await vscode.commands.executeCommand('podium.suggestHere');
        await new Promise((resolve) => setTimeout(resolve, 300));
        await vscode.commands.executeCommand('editor.action.inlineSuggest.commit');
      }
      return document.getText() === expected;
    },
    20,
  );
}

const podiumDiagnostics = (uri: vscode.Uri): vscode.Diagnostic[] => vscode.languages.getDiagnostics(uri).filter((one) => one.source?.startsWith('Podium'));

async function actions(uri: vscode.Uri, range: vscode.Range): Promise<vscode.CodeAction[]> {
  return vscode.commands.executeCommand<vscode.CodeAction[]>('vscode.executeCodeActionProvider', uri, range, vscode.CodeActionKind.QuickFix.value);
}

describe('help with a person\'s code', () => {
  let api: PodiumApi;
  before(async () => {
    await vscode.workspace.getConfiguration().update('podium.runtime', 'local', vscode.ConfigurationTarget.Workspace);
    api = await podium();
    await vscode.commands.executeCommand('podium.openScript', 'penguins');
  });
  afterEach(closeAll);

  it('is ghost text at the cursor, and none outside of a bench', async () => {
    const editor = await script('import pandas as pd\n\ntrain = pd.read_csv(');
    await takeGhostText(editor.document, 'import pandas as pd\n\ntrain = pd.read_csv("data/train.csv")');
    const outside = await vscode.workspace.openTextDocument({ language: 'python', content: 'train = pd.read_csv(' });
    const none = await api.inline.completions.provideInlineCompletionItems(outside, new vscode.Position(0, 20), { triggerKind: 0, selectedCompletionInfo: undefined }, new vscode.CancellationTokenSource().token);
    assert.deepEqual(none, []);
  });

  it('is offered before what the editor has closed, in a cell after other cells, and not when it is off', async () => {
    const editor = await script(`${head}y = train["sp"]`);
    const at = editor.document.lineAt(4).range.end.translate(0, -2);
    editor.selection = new vscode.Selection(at, at);
    await takeGhostText(editor.document, `${head}y = train["species"]`);

    const notebook = await vscode.workspace.openNotebookDocument(
      'jupyter-notebook',
      new vscode.NotebookData([head, 'train["isl'].map((text) => new vscode.NotebookCellData(vscode.NotebookCellKind.Code, text, 'python'))),
    );
    const cell = notebook.cellAt(1).document;
    const ask = (document: vscode.TextDocument, position: vscode.Position) =>
      api.inline.completions.provideInlineCompletionItems(document, position, { triggerKind: 1, selectedCompletionInfo: undefined }, new vscode.CancellationTokenSource().token);
    // Not on a bench.
    assert.deepEqual(await ask(cell, new vscode.Position(0, 10)), []);

    const file = join(workspaceRoot(), 'penguins', 'cells.ipynb');
    const cells = [head, 'train["isl'].map((source, at) => ({ cell_type: 'code', id: `c${at}`, metadata: {}, execution_count: null, outputs: [], source }));
    await writeFile(file, JSON.stringify({ cells, metadata: { language_info: { name: 'python' } }, nbformat: 4, nbformat_minor: 5 }));
    const onBench = await vscode.workspace.openNotebookDocument(vscode.Uri.file(file));
    const [item] = await ask(onBench.cellAt(1).document, new vscode.Position(0, 10));
    assert.equal(item?.insertText, 'and"]');

    const settings = vscode.workspace.getConfiguration('podium');
    await settings.update('inlineCompletions', 'off', vscode.ConfigurationTarget.Workspace);
    assert.deepEqual(await ask(onBench.cellAt(1).document, new vscode.Position(0, 10)), []);
    await vscode.commands.executeCommand('podium.toggleSuggestions');
    assert.equal((await ask(onBench.cellAt(1).document, new vscode.Position(0, 10))).length, 1);
    await settings.update('inlineCompletions', undefined, vscode.ConfigurationTarget.Workspace);
  });

  it('is a warning with its fix, which goes with its cause', async () => {
    const { document } = await script(`${head}scores = cross_val_score(model, train, train["species"], scoring="accuracy")\n`);
    const [found] = await eventually('a warning', () => podiumDiagnostics(document.uri).length > 0 && podiumDiagnostics(document.uri));
    assert.equal(found?.code, 'other_metric');
    const [fix] = (await actions(document.uri, found.range)).filter((action) => action.title === 'Use scoring="f1_macro"');
    assert.ok(fix?.edit && fix.isPreferred);
    await vscode.workspace.applyEdit(fix.edit);
    assert.match(document.getText(), /scoring="f1_macro"/);
    await eventually('the warning is gone', () => podiumDiagnostics(document.uri).length === 0);
  });

  it('marks the line that failed in a run, mends it by a rule, and shows the score above the script', async () => {
    const { document } = await script(
      `${head}groups = train["iland"].nunique()\nsubmission = test[["id"]].copy()\nsubmission["species"] = "Adelie"\nsubmission.to_csv("submission.csv", index=False)\nprint("SCORE f1 0.2")\n`,
    );
    const failed = await vscode.commands.executeCommand<Observation>('podium.submitFile', document.uri);
    assert.equal(failed?.error?.type, 'KeyError', `${api.lastError()} ${JSON.stringify(failed)}`);
    const [mark] = await eventually('the line is marked', () => podiumDiagnostics(document.uri).length > 0 && podiumDiagnostics(document.uri));
    assert.equal(mark?.range.start.line, 4);
    assert.equal(mark.severity, vscode.DiagnosticSeverity.Error);
    const [fix] = (await actions(document.uri, mark.range)).filter((action) => action.isPreferred);
    assert.equal(fix?.title, 'Use the column island (rule: unknown column)');
    // The mark moves with its line.
    const edit = new vscode.WorkspaceEdit();
    edit.insert(document.uri, new vscode.Position(0, 0), '# mine\n');
    await vscode.workspace.applyEdit(edit);
    assert.equal(podiumDiagnostics(document.uri)[0]?.range.start.line, 5);
    const [again] = (await actions(document.uri, podiumDiagnostics(document.uri)[0]?.range ?? mark.range)).filter((action) => action.isPreferred);
    assert.ok(again?.edit);
    await vscode.workspace.applyEdit(again.edit);
    assert.deepEqual(podiumDiagnostics(document.uri), []);
    const good = await vscode.commands.executeCommand<Observation>('podium.submitFile', document.uri);
    assert.equal(good?.status, 'ok', JSON.stringify(good));
    const titles = await eventually('the last score is in the lens', async () => {
      const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>('vscode.executeCodeLensProvider', document.uri, 10);
      const found = lenses.map((lens) => lens.command?.title ?? '');
      return found.some((title) => /^last: 0\.\d{4}, \d:\d\d$/.test(title)) && found;
    });
    assert.ok(titles.some((title) => title.endsWith('Run and score')));
  }).timeout(180_000);

  it('marks the cell that failed', async () => {
    const file = join(workspaceRoot(), 'penguins', 'fails.ipynb');
    const sources = [head, 'X = train.drop(columns=["id", "species"])\n', 'x = 1\nprint(np.ones(3))\n'];
    const cells = sources.map((source, at) => ({ cell_type: 'code', id: `cell-${at}`, metadata: {}, execution_count: null, outputs: [], source }));
    await writeFile(file, JSON.stringify({ cells, metadata: { language_info: { name: 'python' } }, nbformat: 4, nbformat_minor: 5 }));
    const notebook = await vscode.workspace.openNotebookDocument(vscode.Uri.file(file));
    await vscode.window.showNotebookDocument(notebook);
    const failed = await vscode.commands.executeCommand<Observation>('podium.submitFile', notebook.uri);
    assert.equal(failed?.error?.type, 'NameError', `${api.lastError()} ${JSON.stringify(failed)}`);
    const { document } = notebook.cellAt(2);
    const [mark] = await eventually('the cell is marked', () => podiumDiagnostics(document.uri).length > 0 && podiumDiagnostics(document.uri));
    assert.equal(mark?.range.start.line, 1);
    for (const run of api.runs.runs.filter((one) => one.connection === 'attached')) await run.stop();
  }).timeout(180_000);

  describe('by a chosen model', () => {
    const settings = (): vscode.WorkspaceConfiguration => vscode.workspace.getConfiguration();
    let server: ModelServer | undefined;
    async function choose(turns: readonly Turn[]): Promise<ModelServer> {
      server = await ModelServer.start({ turns });
      await settings().update('podium.model.baseUrl', server.url, vscode.ConfigurationTarget.Global);
      await settings().update('podium.agent', 'scripted', vscode.ConfigurationTarget.Global);
      await eventually('the model is chosen', async () => (await api.models.current()) !== undefined);
      return server;
    }
    afterEach(async () => {
      await settings().update('podium.agent', undefined, vscode.ConfigurationTarget.Global);
      await settings().update('podium.model.baseUrl', undefined, vscode.ConfigurationTarget.Global);
      await server?.close();
      server = undefined;
    });

    it('goes on where nothing is certain, is counted, and ends its request with the person\'s next key', async () => {
      const { requests } = await choose([{ text: 'return X.body_mass_g / X.flipper_length_mm', usage: [300, 20] }, ...Array.from({ length: 8 }, () => ({ kind: 'silence' as const }))]);
      const before = api.inline.spend.today;
      const { document } = await script(`${head}\n\ndef ratio(X):\n    `);
      await takeGhostText(document, `${head}\n\ndef ratio(X):\n    return X.body_mass_g / X.flipper_length_mm`);
      assert.match(requests[0]?.body.messages?.[1]?.content ?? '', /def ratio\(X\):\n {4}<\|cursor\|>/);
      await eventually('the tokens are counted', () => api.inline.spend.today.tokens >= before.tokens + 320);
      assert.equal(api.inline.spend.today.usd, 0, 'an endpoint of this machine costs nothing');
      const source = new vscode.CancellationTokenSource();
      const open = await script(`${head}x = `);
      const waiting = api.inline.completions.provideInlineCompletionItems(open.document, open.selection.active, { triggerKind: 1, selectedCompletionInfo: undefined }, source.token);
      await eventually('the request has arrived', () => requests.some(({ body }) => body.messages?.[1]?.content?.endsWith('x = <|cursor|>')));
      source.cancel();
      assert.deepEqual(await waiting, []);
    });

    it('is not asked in a restricted workspace, not even on request', async () => {
      const { requests } = await choose([{ text: 'y = 1' }]);
      const model = new ModelCompletions(api.models, api.inline.spend, { trusted: false });
      const never = (): never => assert.fail('nothing is put together for a request');
      assert.equal(await model.complete({ before: `${head}restricted = `, after: '' }, never, new vscode.CancellationTokenSource().token, true), null);
      assert.match(model.trouble ?? '', /Restricted Mode/);
      assert.equal(requests.length, 0);
      model.dispose();
    });

    it('mends an error only after the person has seen the change', async () => {
      const code = `${head}width = 7 / 0\n`;
      const { document } = await script(code);
      const failed = await vscode.commands.executeCommand<Observation>('podium.submitFile', document.uri);
      assert.equal(failed?.error?.type, 'ZeroDivisionError', `${api.lastError()} ${JSON.stringify(failed)}`);
      const [mark] = await eventually('the line is marked', () => podiumDiagnostics(document.uri).length > 0 && podiumDiagnostics(document.uri));
      assert.ok(mark);
      const without = await actions(document.uri, mark.range);
      // The command drops why an action is disabled; without a model it has nothing to run.
      assert.equal(without.find((action) => action.title === 'Fix with agent')?.command, undefined);
      assert.ok(without.some((action) => action.command?.command === 'podium.chooseModel'));
      await choose([{ text: 'Nothing divides by zero.\n<<<<<<< OLD\nwidth = 7 / 0\n=======\nwidth = 7\n>>>>>>> NEW\n' }, { text: 'I cannot help.' }]);
      const fix = (await actions(document.uri, mark.range)).find((action) => action.title === 'Fix with agent');
      assert.equal(fix?.command?.command, 'podium.fixWithAgent');
      await vscode.commands.executeCommand('podium.fixWithAgent', document.uri);
      const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
      assert.ok(input instanceof vscode.TabInputTextDiff, api.lastError());
      assert.equal(input.original.toString(), document.uri.toString());
      assert.equal((await vscode.workspace.openTextDocument(input.modified)).getText(), `${head}width = 7\n`);
      assert.equal(document.getText(), code, 'nothing is applied by itself');
      await vscode.commands.executeCommand('podium.applyProposal');
      assert.equal(document.getText(), `${head}width = 7\n`);
      await vscode.commands.executeCommand('podium.fixWithAgent', document.uri);
      assert.match(api.lastError() ?? '', /answered without a change\. I cannot help\./);
      assert.equal(document.getText(), `${head}width = 7\n`);
      for (const run of api.runs.runs.filter((one) => one.connection === 'attached')) await run.stop();
    }).timeout(180_000);
  });
});
