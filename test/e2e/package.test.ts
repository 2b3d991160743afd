import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Frame, Locator } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Installed } from './support/installed';

let podium: Installed;
const panel = (): Promise<Frame> => podium.webview('[role="grid"]', 120_000);
const dialog = (): Locator => podium.page.getByRole('dialog').filter({ has: podium.page.getByRole('button') }).first();
const rows = async (): Promise<number> => (await panel()).locator('[role="row"]').filter({ hasText: /Valid(?!at)|Best|Tie|No gain/ }).count();

/** Opens an edit that waits, as the panel offers it. */
async function review(): Promise<void> {
  const button = (await podium.webview('.bar vscode-button[aria-label^="Review edit"]', 200_000)).getByRole('button', { name: /^Review edit/ });
  await button.click();
  const pick = podium.page.getByRole('option', { name: /Palmer Penguins/ }).first();
  const diff = podium.page.locator('.monaco-diff-editor').first();
  await diff.or(pick).first().waitFor({ timeout: 60_000 });
  if (await pick.isVisible()) await pick.click();
  await diff.waitFor();
}

/** What lies on the bench: name → text. */
async function bench(): Promise<Map<string, string>> {
  const folder = join(podium.workspace, 'penguins');
  const names = (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isFile()).map(({ name }) => name);
  return new Map(await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name), 'utf8')] as const)));
}

/** Events of the one run in the workspace. */
async function journal(): Promise<string> {
  const runs = join(podium.workspace, '.podium', 'runs');
  const [run] = (await readdir(runs)).filter((name) => !name.startsWith('.'));
  return readFile(join(runs, run ?? 'none', 'journal.jsonl'), 'utf8');
}

describe('what a person gets who installs the VSIX', () => {
  beforeAll(async () => {
    podium = await Installed.start({ 'podium.runtime': 'local', 'workbench.colorTheme': 'Default Dark Modern' }, { width: 1440, height: 900 });
  });
  afterAll(async () => {
    await podium?.stop();
  });
  afterEach(({ task }) => podium?.explain(task.name, task.result?.state));

  it('is there without its sources', () => {
    expect(existsSync(join(podium.extensionFolder, 'dist', 'extension.js'))).toBe(true);
    expect(existsSync(join(podium.extensionFolder, 'src'))).toBe(false);
  });

  it('shows competitions before the folder is trusted, and starts nothing', async () => {
    const { page } = podium;
    await page.getByRole('tab', { name: /^Podium/ }).first().click();
    for (const title of ['Palmer Penguins', 'Seattle Weather', 'Debian Sections', 'Breast Cancer', 'Diabetes Progression', 'Handwritten Digits']) {
      await page.getByRole('treeitem', { name: new RegExp(title) }).first().waitFor();
    }
    await page.getByRole('treeitem', { name: /Palmer Penguins/ }).click();
    const competition = await podium.webview('main.competition');
    await competition.getByText('A run cannot start here yet').waitFor();
    await podium.picture('package-restricted');
    await competition.getByRole('button', { name: 'Manage workspace trust' }).click();
    await page.getByRole('button', { name: 'Trust', exact: true }).click();
    await page.getByText('You trust this folder').waitFor();
    // It lies over the page as a dialog of its own.
    await page.getByRole('button', { name: /^Close/ }).last().click();
    await page.locator('.monaco-modal-editor-block').waitFor({ state: 'hidden' });
    await competition.getByText('A run cannot start here yet').waitFor({ state: 'detached' });
  });

  it('has the agent\'s edits wait for review', async () => {
    const competition = await podium.webview('main.competition');
    await competition.getByRole('button', { name: /^Edits: .*Change$/ }).click();
    await podium.page.getByRole('option', { name: /Review each change/ }).click();
    await competition.getByRole('button', { name: /^Edits: Review.*Change$/i }).waitFor();
    await podium.picture('package-browse');
  });

  it('starts the agent and watches its first attempt', async () => {
    const competition = await podium.webview('main.competition');
    await competition.getByRole('button', { name: 'Start with agent' }).click();
    await (await panel()).getByRole('row').filter({ hasText: /baseline/ }).filter({ hasText: /Valid(?!at)|Best/ }).waitFor({ timeout: 120_000 });
    await podium.picture('package-watch');
  });

  it('accepts an edit', async () => {
    await review();
    await podium.picture('package-review');
    await podium.command('Podium: Accept Edit');
    await expect.poll(async () => [...(await bench()).keys()], { timeout: 30_000 }).toHaveLength(1);
  });

  it('rejects the next one and says why', async () => {
    const { page } = podium;
    const before = await bench();
    await review();
    await podium.command('Podium: Reject Edit…');
    await page.locator('.quick-input-widget input:visible').fill('Keep it simple.');
    await podium.picture('package-reject');
    await page.keyboard.press('Enter');
    await expect.poll(journal, { timeout: 30_000 }).toContain('"decision":"rejected","words":"Keep it simple."');
    expect(await bench()).toEqual(before);
  });

  it('reloads the window in mid-run, and the run goes on', async () => {
    const before = await rows();
    await podium.reload();
    await expect.poll(rows, { timeout: 200_000, interval: 1000 }).toBeGreaterThan(before);
  });

  it('submits by hand and sees the score', async () => {
    const { page } = podium;
    await podium.command('Podium: Open Script');
    const pick = page.getByRole('option', { name: /Palmer Penguins/ }).first();
    const tab = page.getByRole('tab', { name: /^train\.py/ });
    await tab.or(pick).first().waitFor();
    if (await pick.isVisible()) await pick.click();
    await tab.waitFor();
    await podium.command('Podium: Run and Submit Current File');
    await page.getByText(/#\d+: 0\.\d+ macro F1, public/).first().waitFor({ timeout: 120_000 });
    await page.getByRole('tab', { name: /^Run 1/ }).click();
    await (await panel()).getByRole('row').filter({ hasText: 'Your train.py' }).filter({ hasText: /\d\.\d{4}/ }).waitFor();
    await podium.picture('package-submitted');
  });

  it('is asked before private scores are revealed', async () => {
    await podium.command('Podium: Reveal Private Scores');
    await dialog().getByText(/Reveal the private scores of run 1 now\?/).waitFor();
    await podium.picture('package-reveal');
    await dialog().getByRole('button', { name: 'Cancel' }).click();
    await dialog().waitFor({ state: 'hidden' });
    expect(await journal()).not.toContain('private_revealed');
  });

  it('stops the run', async () => {
    const shown = await panel();
    await shown.getByRole('button', { name: 'Stop' }).click();
    await shown.getByText(/^Stopped at/).first().waitFor({ timeout: 60_000 });
    expect(await journal()).toContain('"type":"run_finished"');
    await podium.picture('package-stopped');
  });

  it('is asked before a run is removed', async () => {
    const { page } = podium;
    await podium.command('Podium: Clean Up…');
    await page.getByRole('checkbox', { name: /Run 1/ }).first().click();
    await page.getByRole('button', { name: 'OK' }).click();
    await dialog().getByText(/cannot be taken back/).first().waitFor();
    await podium.picture('package-clean-up');
    await dialog().getByRole('button', { name: 'Remove' }).click();
    await expect.poll(async () => (await readdir(join(podium.workspace, '.podium', 'runs'))).filter((name) => !name.startsWith('.')), { timeout: 30_000 }).toEqual([]);
  });
});
