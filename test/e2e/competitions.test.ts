import { cp, readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Session } from './support/session';

const fixtures = resolve(import.meta.dirname, '..', 'fixtures', 'importers');

let session: Session;

const option = (name: RegExp) => session.quickInput.getByRole('option', { name }).first();
const tree = () => session.page.getByRole('tree', { name: 'Competitions' });

describe('a person looks for a competition', () => {
  beforeAll(async () => {
    session = await Session.start({ settings: { 'podium.runtime': 'local' }, viewport: { width: 1280, height: 800 } });
    await session.page.getByRole('tab', { name: /^Podium/ }).first().click();
    await tree().getByRole('treeitem', { name: /^Palmer Penguins/ }).first().waitFor();
  });
  afterAll(() => session?.stop());
  afterEach(async ({ task }) => {
    await session.explain(task.name, task.result?.state);
    if (/^(imports|checks)/.test(task.name)) await session.evaluate(async (vscode) => void (await vscode.commands.executeCommand('workbench.action.closeAllEditors')), null);
  });

  it('filters the catalogue by words and facets, is told when nothing fits, and sees what a filter leaves', async () => {
    const { page } = session;
    await session.command('Podium: Filter Competitions…');
    await session.asks(/^Words in title/);
    await page.keyboard.type('no such words');
    await option(/No competition fits.*type other words/).waitFor();
    await page.keyboard.press('Enter');
    await session.picture('catalogue-1-nothing');
    await page.keyboard.press('Control+A');
    await page.keyboard.type('classification');
    for (const [facet, value] of [['Kind of data', /^Text/], ['Benchmark', /^MLE-bench/], ['Medals', /^With medals/], ['Size of the download', /^At most 100 MB/], ['Metric', /^mean columnwise roc auc|^mcrmse|^log loss|roc auc/]] as const) {
      await option(new RegExp(`^${facet}`)).click();
      await session.asks(new RegExp(`^${facet}`));
      await option(/^Any/).waitFor();
      await session.picture(`catalogue-2-${facet.slice(0, 4)}`);
      await option(value).click();
      await session.asks(/^Words in title/);
    }
    await session.picture('catalogue-3-filter');
    await option(/Show \d+ competition/).click();
    await page.getByText(/^Catalogue: “classification”, Text,.*at most 100 MB, MLE-bench, with medals \(\d+ of 216\)/).waitFor();
    await tree().getByRole('treeitem', { name: /^Toxic Comment/ }).click();
  });

  it('reads what is needed to get it, in every theme and width, and by keyboard', async () => {
    const { page } = session;
    const view = await session.webview('main.competition');
    await view.getByRole('heading', { name: /^Toxic Comment/ }).waitFor();
    await view.getByText(/download is 55\.2 MB/).waitFor();
    for (const way of ['Get from Kaggle…', 'Import from MLE-bench…', 'Import from MLE-Dojo…', 'Open rules']) await view.getByRole('button', { name: way }).waitFor();
    for (const [name, theme] of [['dark', 'Default Dark Modern'], ['high-contrast', 'Default High Contrast'], ['light', 'Default Light Modern']] as const) {
      await session.evaluate(async (vscode, wanted) => void (await vscode.workspace.getConfiguration('workbench').update('colorTheme', wanted, vscode.ConfigurationTarget.Global)), theme);
      await view.locator(`body.vscode-${name}`).waitFor();
      await session.picture(`catalogue-4-${name}`);
    }
    await page.setViewportSize({ width: 760, height: 800 });
    expect(await view.evaluate(() => globalThis.document.documentElement.scrollWidth <= globalThis.document.documentElement.clientWidth)).toBe(true);
    await session.picture('catalogue-5-narrow');
    await page.setViewportSize({ width: 1280, height: 800 });
    await view.getByRole('button', { name: 'Import from MLE-Dojo…' }).focus();
    await page.keyboard.press('Enter');
    await session.choosePath('Checkout of MLE-Dojo', join(fixtures, 'mle-dojo'));
    await session.choosePath('Prepared data of MLE-Dojo: one folder for each competition', join(fixtures, 'mle-dojo', 'data'));
    await session.asks(/^Competitions to import/);
    await page.keyboard.press('Escape');
    await session.command('Podium: Clear Competition Filter');
  });

  it('imports several definitions of MLE-Dojo, goes back once, and reads the report', async () => {
    const { page } = session;
    await session.command('Podium: Import from MLE-Dojo…');
    await session.choosePath('Checkout of MLE-Dojo', join(fixtures, 'mle-dojo'));
    await session.choosePath('Prepared data of MLE-Dojo: one folder for each competition', join(fixtures, 'mle-dojo', 'data'));
    await session.asks(/^Competitions to import/);
    const row = (name: RegExp) => session.quickInput.getByRole('checkbox', { name }).first();
    await row(/own-task.*its own grader in Python, data ready/).waitFor();
    await session.picture('import-1-definitions');
    await row(/^Bengali/).click();
    await page.keyboard.press('Enter');
    await session.asks(/^One folder is made/);
    await page.keyboard.press('Control+Alt+Minus');
    await session.asks(/^Competitions to import/);
    await session.quickInput.getByRole('checkbox', { name: /^Bengali/, checked: false }).first().waitFor();
    await page.keyboard.press('Enter');
    await session.asks(/^One folder is made/);
    await option(/^competitions, in this workspace|^competitions.*in this workspace/).click();
    const report = await session.webview('.markdown-body table');
    await report.getByText(/^3 competitions imported/).waitFor();
    await report.getByText(/Graded by its own grader in Python/).first().waitFor();
    await session.picture('import-2-report');
    expect((await readdir(join(session.workspace, 'competitions'))).sort()).toEqual(['own-task', 'spooky-author-identification', 'titanic']);
    await tree().getByRole('treeitem', { name: /^Titanic.*1 warning/ }).waitFor();
  });

  it('imports the only definition of MLE-bench that it wants', async () => {
    const { page } = session;
    await session.command('Podium: Import from MLE-bench…');
    await session.choosePath('Checkout of MLE-bench', join(fixtures, 'mle-bench'));
    await session.choosePath('Prepared data of MLE-bench: one folder for each competition', join(fixtures, 'mle-bench', 'data'));
    await session.asks(/^Competitions to import/);
    await session.picture('import-3-mle-bench');
    // All of them are taken away, then one is checked.
    const all = session.quickInput.getByRole('checkbox', { name: 'Toggle all checkboxes' });
    await all.click();
    await session.quickInput.getByText('5 Selected').waitFor();
    await all.click();
    await session.quickInput.getByText('0 Selected').waitFor();
    await session.quickInput.getByRole('checkbox', { name: /^Largest Error/ }).first().click();
    await session.quickInput.getByText('1 Selected').waitFor();
    await page.keyboard.press('Enter');
    await session.asks(/^One folder is made/);
    await page.keyboard.press('Enter');
    const report = await session.webview('.markdown-body table');
    await report.getByText(/^1 competition imported/).waitFor();
    await tree().getByRole('treeitem', { name: /^Largest Error/ }).first().waitFor();
    await session.picture('import-4-report');
  });

  it('checks a competition from its row: what is wrong, how much, and what to do', async () => {
    const { page } = session;
    await session.rowAction(tree().getByRole('treeitem', { name: /^Titanic/ }), 'Check Competition…');
    const report = await session.webview('.markdown-body table');
    await report.getByRole('heading', { name: /Titanic.*: 1 warning/ }).waitFor();
    await report.getByRole('row', { name: /Warning.*ranks and medals are too good.*Fetch the whole board/ }).waitFor();
    await session.picture('check-1-warning');
    // Somebody leaves the answers where players look.
    await cp(join(fixtures, 'mle-dojo', 'data', 'titanic', 'data', 'private', 'test_answer.csv'), join(session.workspace, 'competitions', 'titanic', 'data', 'answers.csv'));
    await session.command('Podium: Check Competition…');
    await session.asks(/^Pick a competition/);
    await page.keyboard.type('titanic');
    await page.keyboard.press('Enter');
    await report.getByRole('heading', { name: /Titanic.*: 1 error, 1 warning/ }).waitFor();
    await report.getByText(/cannot be trusted/).waitFor();
    await session.picture('check-2-error');
    await tree().getByRole('treeitem', { name: /^Titanic.*answers readable/ }).locator('.monaco-tl-twistie').click();
    await tree().getByRole('treeitem', { name: /^error: .*answers/ }).first().waitFor();
    await session.picture('check-3-tree');
  });
});
