import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Session } from './support/session';

let session: Session;
let workspace: string;

/** Waits for a step by what it asks, looks at what it proposes, and takes it with Enter. */
async function take(asks: RegExp, proposes: RegExp, picture?: string): Promise<void> {
  const { page } = session;
  await page.locator('.quick-input-widget').getByPlaceholder(asks).waitFor({ timeout: 60_000 });
  await page.locator('.quick-input-list .monaco-list-row.focused').filter({ hasText: proposes }).waitFor();
  if (picture) await session.picture(picture);
  await page.keyboard.press('Enter');
}

describe('own data', () => {
  beforeAll(async () => {
    workspace = await mkdtemp(join(tmpdir(), 'podium-own-e2e-'));
    await mkdir(join(workspace, 'birds'));
    await cp(resolve(import.meta.dirname, '../../media/competitions/penguins/data/train.csv'), join(workspace, 'birds', 'train.csv'));
    await writeFile(join(workspace, 'birds', 'notes.md'), 'Counted by hand.\n');
    session = await Session.start({ workspace, settings: { 'podium.runtime': 'local', 'podium.budget.minutes': 4, 'podium.budget.attempts': 2 }, viewport: { width: 1440, height: 900 } });
  });
  afterAll(async () => {
    await session?.stop();
    await rm(workspace, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  });
  afterEach(({ task }) => session.explain(task.name, task.result?.state));

  it('becomes a competition with the keyboard alone, each step with its proposal and reason', async () => {
    const { page } = session;
    await session.command('Podium: Import Own Data…');
    await take(/^Your data/, /birds.*train\.csv/, 'own-data-place');
    await take(/^Id: what tells rows apart/, /id.*proposed.*different in every row/, 'own-data-id');
    await take(/^Target: what is to be predicted/, /species.*proposed.*Adelie, Chinstrap, Gentoo/, 'own-data-target');
    await page.locator('.quick-input-widget').getByPlaceholder(/^Metric/).waitFor();
    await page.keyboard.press('ArrowDown');
    await take(/^Metric: how submissions are scored/, /macro F1/, 'own-data-metric');
    await take(/^Test set: cut from your data/, /Any rows|Whole groups|The latest rows/, 'own-data-test');
    await take(/^Size of the test set/, /20 %.*34 of 172 rows/);
    await page.locator('.quick-input-widget').getByText('Name of the competition').first().waitFor();
    await page.keyboard.press('Control+A');
    await page.keyboard.type('Island birds');
    await session.picture('own-data-name');
    await page.keyboard.press('Enter');
    await take(/^Where to put it/, /competitions\/island-birds/);
    await take(/^Where to begin from/, /A first model from Podium/, 'own-data-starter');
    const view = await session.webview('main.competition');
    await view.getByRole('heading', { name: 'Island birds' }).waitFor({ timeout: 60_000 });
    await page.getByText('Island birds is ready.').first().waitFor();
    await session.picture('own-data-page');
    const folder = join(workspace, 'competitions', 'island-birds');
    expect((await readdir(folder, { recursive: true })).sort()).toEqual(['competition.yaml', 'data', 'data/notes.md', 'data/sample_submission.csv', 'data/test.csv', 'data/train.csv', 'description.md']);
    expect((await readFile(join(folder, 'data', 'test.csv'), 'utf8')).split('\n')[0]).toBe('id,island,flipper_length_mm,body_mass_g,sex,year');
  });

  it('is played by the agent, and scored', async () => {
    const { page } = session;
    const view = await session.webview('main.competition');
    await view.getByRole('button', { name: 'Start with agent' }).click();
    const panel = await session.webview('[role="grid"]', 120_000);
    await panel.getByRole('row').filter({ hasText: /\d\.\d{4}/ }).first().waitFor({ timeout: 120_000 });
    await panel.getByText(/^(Finished|Ended|Stopped)/).first().waitFor({ timeout: 180_000 });
    await session.picture('own-data-run');
    await page.getByRole('tab', { name: /^Podium/ }).first().click();
    await page.getByRole('treeitem', { name: /^Island birds/ }).first().waitFor();
    await session.picture('own-data-tree');
  });
});
