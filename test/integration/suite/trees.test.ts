import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { CompetitionNode } from '../../../src/vscode/views/competitionsTree';
import { podium } from './support';

async function children(tree: vscode.TreeDataProvider<CompetitionNode>, node?: CompetitionNode): Promise<CompetitionNode[]> {
  return (await tree.getChildren(node)) ?? [];
}

describe('Competitions view', () => {
  it('shows the six bundled competitions with metric, kind and a command', async () => {
    const { trees } = await podium();
    const [group, ...rest] = await children(trees.competitions);
    assert.ok(group);
    assert.equal(rest.length, 0);
    const items = await Promise.all((await children(trees.competitions, group)).map((node) => trees.competitions.getTreeItem(node)));
    assert.deepEqual(items.map((item) => item.label).sort(), ['Breast Cancer', 'Debian Sections', 'Diabetes Progression', 'Handwritten Digits', 'Palmer Penguins', 'Seattle Weather']);
    for (const item of items) {
      assert.equal(item.contextValue, 'competition.bundled');
      assert.equal(item.command?.command, 'podium.openCompetition');
      assert.ok(item.id && item.description && item.accessibilityInformation?.label, String(item.label));
    }
    const penguins = items.find((item) => item.label === 'Palmer Penguins');
    assert.match(String(penguins?.description), /macro F1/i);
    assert.deepEqual(penguins?.iconPath, new vscode.ThemeIcon('table'));
  });

  it('keeps ids, so that a selection survives a refresh', async () => {
    const { trees } = await podium();
    const ids = async (): Promise<(string | undefined)[]> => {
      const [group] = await children(trees.competitions);
      return Promise.all((await children(trees.competitions, group)).map(async (node) => (await trees.competitions.getTreeItem(node)).id));
    };
    const before = await ids();
    await vscode.commands.executeCommand('podium.refresh');
    assert.deepEqual(await ids(), before);
  });
});

describe('Runs view', () => {
  it('is empty in a new workspace, so that the welcome text shows', async () => {
    const { trees, ready } = await podium();
    await ready();
    assert.deepEqual(await trees.runs.getChildren(), []);
  });
});
