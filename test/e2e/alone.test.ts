import { readdir, readFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Frame } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Session } from './support/session';

let session: Session;

async function openPage(title: RegExp): Promise<void> {
  const item = session.page.getByRole('treeitem', { name: title }).first();
  // A press on the icon of a view that is shown would hide it.
  if (!(await item.isVisible())) await session.page.getByRole('tab', { name: /^Podium/ }).first().click();
  await item.click();
}

/** The frame of the competition page with this title. */
async function pageOf(title: string): Promise<Frame> {
  let found: Frame | undefined;
  await expect.poll(async () => {
    for (const frame of session.page.frames()) {
      const count = await frame.locator('main.competition').getByRole('heading', { name: title }).count().catch(() => 0);
      if (count > 0) found = frame;
    }
    return found !== undefined;
  }, { timeout: 60_000 }).toBe(true);
  if (!found) throw new Error(`no page of ${title}`);
  return found;
}

/** Text of a file in the newest run folder of the workspace. */
async function ofNewestRun(...path: string[]): Promise<string> {
  const runs = join(session.workspace, '.podium', 'runs');
  const [newest] = (await readdir(runs, { withFileTypes: true })).filter((entry) => entry.isDirectory()).map(({ name }) => name).sort().reverse();
  return readFile(join(runs, newest ?? 'none', ...path), 'utf8');
}

describe('a person plays alone, and reviews what an agent changes', () => {
  beforeAll(async () => {
    session = await Session.start({
      settings: { 'podium.runtime': 'local', 'podium.edits': 'review', 'podium.budget.minutes': 4, 'podium.budget.attempts': 2, 'editor.quickSuggestions': false },
      viewport: { width: 1440, height: 900 },
    });
  });
  afterAll(async () => {
    await session?.stop();
  });
  afterEach(({ task }) => session.explain(task.name, task.result?.state));

  it('starts alone and gets a script that can be run', async () => {
    await openPage(/Seattle Weather/);
    await (await pageOf('Seattle Weather')).getByRole('button', { name: 'Start alone' }).click();
    await session.page.getByRole('tab', { name: /^train\.py/ }).waitFor({ timeout: 120_000 });
    expect(existsSync(join(session.workspace, 'seattle-weather', 'data', 'train.csv'))).toBe(true);
  });

  it('edits it, runs it, submits it, and sees the score', async () => {
    const { page } = session;
    await page.getByRole('tab', { name: /^train\.py/ }).click();
    await page.locator('.monaco-editor .view-lines').first().click();
    await page.keyboard.press('Control+Home');
    await page.keyboard.type('# My first change.\n');
    await session.command('Podium: Run and Submit Current File');
    await page.getByText(/last: \d+\.\d+/).first().waitFor({ timeout: 120_000 });
    expect(await ofNewestRun('attempts', '1', 'code', 'train.py')).toMatch(/^# My first change\.\n/);
    expect(await readFile(join(session.workspace, 'seattle-weather', 'train.py'), 'utf8')).toMatch(/^# My first change\.\n/);
  });

  it('finds the attempt with its score in the run panel', async () => {
    await session.page.getByRole('tab', { name: /^Run 1/ }).click();
    const panel = await session.webview('[role="grid"]');
    await panel.getByRole('row').filter({ hasText: 'Your train.py' }).filter({ hasText: /human.*Best.*\d\.\d{4}/ }).waitFor();
    await panel.getByRole('button', { name: 'Stop' }).click();
    await panel.getByText(/^Stopped at/).first().waitFor({ timeout: 60_000 });
  });

  it('gets the agent\'s edit as a diff and accepts it onto the bench', async () => {
    const { page } = session;
    await openPage(/Palmer Penguins/);
    await (await pageOf('Palmer Penguins')).getByRole('button', { name: 'Start with agent' }).click();
    const panel = await session.webview('.bar vscode-button[aria-label^="Review edit"]', 120_000);
    expect(await panel.locator('.bar').textContent()).toMatch(/edits? waits? for your review in train\.py/);
    const bench = join(session.workspace, 'penguins', 'train.py');
    expect(existsSync(bench)).toBe(false);
    await panel.getByRole('button', { name: /^Review edit/ }).click();
    const diff = page.getByRole('tab', { name: /train\.py/ }).last();
    const pick = page.getByRole('option', { name: /train\.py/ }).first();
    await diff.or(pick).first().waitFor({ timeout: 60_000 });
    if (await pick.isVisible()) await pick.click();
    await page.locator('.monaco-diff-editor').first().waitFor();
    await session.command('Podium: Accept Edit');
    await expect.poll(() => existsSync(bench), { timeout: 30_000 }).toBe(true);
    const accepted = await readFile(bench, 'utf8');
    const versions = await Promise.all([1, 2].map((attempt) => ofNewestRun('attempts', String(attempt), 'code', 'train.py').catch(() => '')));
    expect(versions).toContain(accepted);
  });
});
