import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { closeAll, eventually, podium } from './support';

describe('competition page', () => {
  afterEach(closeAll);

  it('opens once per competition, in a panel without retained context', async () => {
    const { openPanels } = await podium();
    await vscode.commands.executeCommand('podium.openCompetition', 'penguins');
    await vscode.commands.executeCommand('podium.openCompetition', 'penguins');
    assert.deepEqual(openPanels().competitions, ['penguins']);
    const tab = await eventually('the page is in front', () => {
      const active = vscode.window.tabGroups.activeTabGroup.activeTab;
      return active?.input instanceof vscode.TabInputWebview ? active : undefined;
    });
    assert.equal(tab.label, 'Palmer Penguins');
    await closeAll();
    await eventually('the page is forgotten', () => openPanels().competitions.length === 0);
  });
});

describe('bench', () => {
  afterEach(closeAll);

  it('opens the notebook and the script of a competition, made when they are not there', async () => {
    await vscode.commands.executeCommand('podium.openScript', 'seattle-weather');
    const script = await eventually('the script is open', () => vscode.window.activeTextEditor?.document.uri.fsPath.endsWith('train.py') && vscode.window.activeTextEditor.document);
    assert.match(script.getText(), /data\/train\.csv/);
    assert.match(script.getText(), /to_csv\("submission\.csv", index=False\)/);
    await vscode.commands.executeCommand('podium.openNotebook', 'seattle-weather');
    const notebook = await eventually('the notebook is open', () => vscode.window.activeNotebookEditor?.notebook);
    assert.equal(notebook.notebookType, 'jupyter-notebook');
    assert.ok(notebook.cellCount > 3);
    const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>('vscode.executeCodeLensProvider', script.uri);
    assert.ok(lenses.some((lens) => lens.command?.command === 'podium.submitFile'));
  });
});
