import { readFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Session } from './support/session';

let session: Session;

/** Number of attempts that the run panel shows as graded. */
async function validAttempts(): Promise<number> {
  const panel = await session.webview('[role="grid"]');
  return panel.locator('[role="row"]').filter({ hasText: /Valid(?!at)|Best|Tie|No gain/ }).count();
}

describe('a person opens VS Code, picks a competition and presses Start', () => {
  beforeAll(async () => {
    session = await Session.start({
      settings: { 'podium.runtime': 'local', 'podium.budget.minutes': 4, 'podium.budget.attempts': 7, 'workbench.colorTheme': 'Default Dark Modern' },
      viewport: { width: 1440, height: 900 },
    });
  });
  afterAll(async () => {
    await session?.stop();
  });
  afterEach(({ task }) => session.explain(task.name, task.result?.state));

  it('finds the competitions in the sidebar', async () => {
    const { page } = session;
    await page.getByRole('tab', { name: /^Podium/ }).first().click();
    for (const title of ['Palmer Penguins', 'Seattle Weather', 'Debian Sections']) {
      await page.getByRole('treeitem', { name: new RegExp(title) }).waitFor();
    }
    expect(await page.getByRole('treeitem', { name: /Penguins/ }).count()).toBe(1);
  });

  it('reads the competition page', async () => {
    await session.page.getByRole('treeitem', { name: /Palmer Penguins/ }).click();
    const competition = await session.webview('table, [role="table"]');
    await competition.getByRole('heading', { name: 'Palmer Penguins' }).waitFor();
    await competition.getByText('macro F1').first().waitFor();
    await competition.getByText('train.csv').first().waitFor();
    await competition.getByText(/reference solutions/).first().waitFor();
    await competition.getByText(/Differences under .* are noise/).first().waitFor();
    await session.picture('competition-page');
  });

  it('starts the agent and sees attempts graded while it runs', async () => {
    const competition = await session.webview('table, [role="table"]');
    await competition.getByRole('button', { name: 'Start with agent' }).click();
    const panel = await session.webview('[role="grid"]', 120_000);
    await panel.getByRole('row').filter({ hasText: /baseline/ }).filter({ hasText: /Valid(?!at)|Best/ }).waitFor({ timeout: 120_000 });
    await expect.poll(validAttempts, { timeout: 180_000, interval: 500 }).toBeGreaterThanOrEqual(3);
    await session.picture('run-panel-running');
  });

  it('reloads the window and the run goes on', async () => {
    const before = await validAttempts();
    await session.reload();
    await session.webview('[role="grid"]', 120_000);
    await expect.poll(validAttempts, { timeout: 240_000, interval: 1000 }).toBeGreaterThan(before);
  });

  it('sees the end: private scores and the final choice', async () => {
    const panel = await session.webview('[role="grid"]');
    await panel.getByText(/Ended at/).first().waitFor({ timeout: 280_000 });
    await panel.getByText('Private', { exact: true }).first().waitFor();
    await session.picture('run-panel-ended');
    await session.picture('sidebar', { x: 0, y: 36, width: 352, height: 640 });
    const best = await panel.getByText(/^Final file/).first().textContent();
    expect(best).toMatch(/#\d+/);
  });

  it('finds the agent\'s files on the bench and no private score in the journal', async () => {
    const bench = join(session.workspace, 'penguins');
    expect(existsSync(join(bench, 'train.py'))).toBe(true);
    expect(existsSync(join(bench, 'data', 'train.csv'))).toBe(true);
    const runs = join(session.workspace, '.podium', 'runs');
    const journals = await session.evaluate(async (vscode, folder) => {
      const entries = await vscode.workspace.fs.readDirectory(vscode.Uri.file(folder));
      return entries.map(([name]) => name);
    }, runs);
    expect(journals.length).toBeGreaterThan(0);
    for (const name of journals) {
      const journal = join(runs, name, 'journal.jsonl');
      if (!existsSync(journal)) continue;
      const text = await readFile(journal, 'utf8');
      expect(text).toContain('"run_finished"');
      expect(text).not.toMatch(/"private":\{"score"/);
    }
  });

  it.each([
    ['light', 'Default Light Modern'],
    ['high-contrast', 'Default High Contrast'],
  ])('is readable in %s', async (name, theme) => {
    await session.evaluate(async (vscode, value) => {
      await vscode.workspace.getConfiguration('workbench').update('colorTheme', value, vscode.ConfigurationTarget.Global);
    }, theme);
    const panel = await session.webview('[role="grid"]');
    await session.page.waitForTimeout(1000);
    const [foreground, background] = await panel.evaluate(() => {
      const style = getComputedStyle(document.body);
      return [style.color, getComputedStyle(document.documentElement).getPropertyValue('--vscode-editor-background')];
    });
    expect(foreground).not.toBe(background);
    await session.picture(`run-panel-${name}`);
  });
});
