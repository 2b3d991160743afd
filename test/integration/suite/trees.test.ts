import assert from 'node:assert/strict';
import { cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { CatalogueItem } from '../../../src/core/competition/catalogueSearch';
import type { CompetitionNode } from '../../../src/vscode/views/competitionsTree';
import { closeAll, eventually, podium, workspaceRoot } from './support';

async function children(tree: vscode.TreeDataProvider<CompetitionNode>, node?: CompetitionNode): Promise<CompetitionNode[]> {
  return (await tree.getChildren(node)) ?? [];
}

describe('Competitions view', () => {
  it('shows the six bundled competitions with metric, kind and a command', async () => {
    const { trees } = await podium();
    const [group, ...rest] = await children(trees.competitions);
    assert.ok(group);
    assert.deepEqual(rest, [{ kind: 'group', group: 'catalogue' }]);
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

describe('The catalogue', () => {
  after(async () => {
    await vscode.commands.executeCommand('podium.clearCompetitionFilter');
    await closeAll();
  });
  const group: CompetitionNode = { kind: 'group', group: 'catalogue' };

  it('is grouped by kind of data, counts, and a filter makes it one list that the view tells of', async () => {
    const { trees } = await podium();
    const kinds = await children(trees.competitions, group);
    const items = await Promise.all(kinds.map((node) => trees.competitions.getTreeItem(node)));
    assert.deepEqual(items.map((item) => [item.label, item.description]), [['Tabular', '105'], ['Time series', '10'], ['Text', '33'], ['Images', '51'], ['Other data', '17']]);
    assert.equal((await trees.competitions.getTreeItem(group)).description, '216');

    await vscode.commands.executeCommand('podium.filterCompetitions', { search: 'spooky', benchmark: 'mle-bench' });
    const [found, ...more] = await children(trees.competitions, group);
    assert.ok(found);
    assert.equal(more.length, 0);
    const item = await trees.competitions.getTreeItem(found);
    assert.equal(item.label, 'Spooky Author Identification');
    assert.match(String(item.description), /log loss, \d/);
    assert.equal((await trees.competitions.getTreeItem(group)).description, '1 of 216');

    await vscode.commands.executeCommand('podium.filterCompetitions', { search: 'there is no such thing' });
    const [reason] = await children(trees.competitions, group);
    assert.equal(reason?.kind, 'reason');
    await vscode.commands.executeCommand('podium.clearCompetitionFilter');
    assert.equal((await children(trees.competitions, group)).length, 5);
  });

  it('has a page for each, also for one that is asked for by its id', async () => {
    const { openPanels } = await podium();
    await vscode.commands.executeCommand('podium.browseCatalogue', 'spooky-author-identification');
    assert.deepEqual(openPanels().catalogue, ['spooky-author-identification']);
  });
});

describe('Imported competitions', () => {
  const folder = (): string => join(workspaceRoot(), 'competitions');
  after(async () => {
    await closeAll();
    await rm(folder(), { recursive: true, force: true });
  });

  async function imported(): Promise<vscode.TreeItem[] | undefined> {
    const { trees } = await podium();
    const nodes = await children(trees.competitions);
    const group = nodes.find((node) => node.kind === 'group' && node.group === 'imported');
    return group && Promise.all((await children(trees.competitions, group)).map((node) => trees.competitions.getTreeItem(node)));
  }

  it('appear when their folder does, play by their id, and go when it goes', async () => {
    const { trees, openPanels } = await podium();
    assert.equal(await imported(), undefined);
    const bundled = join(vscode.extensions.getExtension('podium.podium')?.extensionPath ?? '', 'media', 'competitions', 'penguins');
    const made = join(workspaceRoot(), 'elsewhere');
    await cp(bundled, made, { recursive: true });
    const manifest = join(made, 'competition.yaml');
    await writeFile(manifest, (await readFile(manifest, 'utf8')).replace(/^id: .*$/m, 'id: our-birds').replace(/^title: .*$/m, 'title: Our Birds'));
    await mkdir(folder());
    await rename(made, join(folder(), 'birds'));
    const [item] = await eventually('the new competition', async () => ((await imported())?.length === 1 ? imported() : undefined)) ?? [];
    assert.equal(item?.label, 'Our Birds');
    assert.equal(item?.contextValue, 'competition.imported');
    await vscode.commands.executeCommand('podium.openCompetition', 'our-birds');
    assert.ok(openPanels().competitions.includes('our-birds'));

    const document = await vscode.workspace.openTextDocument(join(folder(), 'birds', 'competition.yaml'));
    const edit = new vscode.WorkspaceEdit();
    edit.insert(document.uri, new vscode.Position(0, 0), 'nonsense: 1\n');
    await vscode.workspace.applyEdit(edit);
    await document.save();
    const [broken] = await eventually('the problem', async () => ((await imported())?.[0]?.contextValue === 'brokenCompetition' ? imported() : undefined)) ?? [];
    assert.equal(broken?.description, 'cannot be played');
    assert.equal(broken?.command?.command, 'vscode.open');
    assert.deepEqual((await children(trees.competitions)).map((node) => node.kind === 'group' && node.group), ['bundled', 'imported', 'catalogue']);

    await rm(folder(), { recursive: true });
    await eventually('the group to go', async () => (await imported()) === undefined);
  });
});

describe('Check Competition', () => {
  const folder = (): string => join(workspaceRoot(), 'competitions', 'leaky');
  after(async () => {
    await closeAll();
    await rm(join(workspaceRoot(), 'competitions'), { recursive: true, force: true });
  });

  it('shows what is wrong in the view, once it was asked for, and in a report with what to do', async () => {
    const { trees } = await podium();
    const bundled = join(vscode.extensions.getExtension('podium.podium')?.extensionPath ?? '', 'media', 'competitions', 'penguins');
    await cp(bundled, folder(), { recursive: true });
    const manifest = join(folder(), 'competition.yaml');
    await writeFile(manifest, (await readFile(manifest, 'utf8')).replace(/^id: .*$/m, 'id: leaky'));
    await cp(join(folder(), 'private', 'answers.csv'), join(folder(), 'data', 'old.csv'));
    await vscode.commands.executeCommand('podium.refresh');
    const row = async (): Promise<CompetitionNode> => {
      const [node] = await children(trees.competitions, { kind: 'group', group: 'imported' });
      assert.ok(node);
      return node;
    };
    assert.equal((await trees.competitions.getTreeItem(await row())).description, 'macro F1');

    await vscode.commands.executeCommand('podium.checkCompetition', 'leaky');
    const node = await row();
    assert.equal((await trees.competitions.getTreeItem(node)).description, 'answers readable');
    const [finding, ...more] = await Promise.all((await children(trees.competitions, node)).map((child) => trees.competitions.getTreeItem(child)));
    assert.match(String(finding?.label), /data\/old\.csv holds the answers/);
    assert.equal(more.length, 0);
    const report = await vscode.workspace.openTextDocument(vscode.Uri.from({ scheme: 'podium-report', path: '/Check of Palmer Penguins.md' }));
    assert.match(report.getText(), /1 error/);
    assert.match(report.getText(), /Take them out of data/);
  });
});

describe('Imports from benchmarks', () => {
  const folder = (): string => join(workspaceRoot(), 'competitions');
  after(async () => {
    await closeAll();
    await rm(folder(), { recursive: true, force: true });
  });

  it('put what has data into the workspace, keep what succeeded, and report on each', async () => {
    const { trees } = await podium();
    const checkout = join(vscode.extensions.getExtension('podium.podium')?.extensionPath ?? '', 'test', 'fixtures', 'importers', 'mle-dojo');
    await vscode.commands.executeCommand('podium.importMleDojo', { checkout, data: join(checkout, 'data'), only: ['titanic', 'spooky-author-identification'] });
    const nodes = await children(trees.competitions, { kind: 'group', group: 'imported' });
    const items = await Promise.all(nodes.map((node) => trees.competitions.getTreeItem(node)));
    assert.deepEqual(items.map((item) => item.contextValue), ['competition.imported', 'competition.imported']);

    // Once more: both are there already, which is told and harms nothing.
    await vscode.commands.executeCommand('podium.importMleDojo', { checkout, data: join(checkout, 'data'), only: ['titanic'] });
    const report = await vscode.workspace.openTextDocument(vscode.Uri.from({ scheme: 'podium-report', path: '/Import from MLE-Dojo.md' }));
    // The editor reads a report again some time after it was replaced.
    await eventually('the second report', () => report.getText().includes('0 competitions imported, 1 failed'));
    assert.match(report.getText(), /is there already/);

    const [entry] = (await children(trees.competitions, { kind: 'modality', modality: 'text', items: (await catalogueOf(trees.competitions)).filter(({ id }) => id === 'spooky-author-identification') })) ?? [];
    assert.ok(entry);
    assert.match(String((await trees.competitions.getTreeItem(entry)).description), /^imported, log loss/);
  });

  /** What the group of all text competitions holds. */
  async function catalogueOf(tree: vscode.TreeDataProvider<CompetitionNode>): Promise<readonly CatalogueItem[]> {
    return (await children(tree, { kind: 'group', group: 'catalogue' })).flatMap((node) => (node.kind === 'modality' ? node.items : []));
  }
});

describe('Runs view', () => {
  it('is empty in a new workspace, so that the welcome text shows', async () => {
    const { trees, ready } = await podium();
    await ready();
    assert.deepEqual(await trees.runs.getChildren(), []);
  });
});
