import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Frame, Locator } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { hunksOf } from '../../src/core/edits/hunks';
import type { EventData, RunEvent } from '../../src/core/run/events';
import { readRunText } from '../../src/node/storage/runContent';
import { Installed } from './support/installed';

let podium: Installed;
const panel = (): Promise<Frame> => podium.webview('[role="grid"]', 120_000);
const dialog = (): Locator => podium.page.getByRole('dialog').filter({ has: podium.page.getByRole('button') }).first();
const rows = async (): Promise<number> => (await panel()).locator('[role="row"]').filter({ hasText: /Valid(?!at)|Best|Tie|No gain/ }).count();

/** Opens the agent's edit of a file, as the panel offers it; `shown` is what comes up. */
async function review(file: RegExp, shown: Locator): Promise<void> {
  const button = (await podium.webview('.bar vscode-button[aria-label^="Review edit"]', 200_000)).getByRole('button', { name: /^Review edit/ });
  await button.click();
  // Asked only where edits of several files wait.
  const pick = podium.page.getByRole('option', { name: file }).first();
  await shown.or(pick).first().waitFor({ timeout: 60_000 });
  if (await pick.isVisible()) await pick.click();
  await shown.waitFor();
}

const lens = (name: RegExp): Locator => podium.page.locator('.codelens-decoration a').filter({ hasText: name });

/** What lies on the bench: name → text. */
async function bench(): Promise<Map<string, string>> {
  const folder = join(podium.workspace, 'penguins');
  const names = (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isFile()).map(({ name }) => name);
  return new Map(await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name), 'utf8')] as const)));
}

/** Folder of the one run in the workspace. */
async function runFolder(): Promise<string> {
  const runs = join(podium.workspace, '.podium', 'runs');
  const [run] = (await readdir(runs)).filter((name) => !name.startsWith('.'));
  return join(runs, run ?? 'none');
}

const journal = async (): Promise<string> => readFile(join(await runFolder(), 'journal.jsonl'), 'utf8');

/** Data of the events of a type, oldest first. */
async function eventsOf<T extends RunEvent['type']>(type: T): Promise<EventData<T>[]> {
  const lines = (await journal()).split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as RunEvent).flatMap((event) => (event.type === type ? [event.data as EventData<T>] : []));
}

const editsOfScript = async (): Promise<EventData<'bench_edit'>[]> => (await eventsOf('bench_edit')).filter(({ path }) => path === 'train.py');

describe('what a person gets who installs the VSIX', () => {
  beforeAll(async () => {
    podium = await Installed.start({ 'podium.runtime': 'local', 'podium.seed': 0, 'workbench.colorTheme': 'Default Dark Modern' }, { width: 1440, height: 900 });
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

  it('accepts a new file', async () => {
    await review(/^train\.py/, podium.page.locator('.monaco-diff-editor').first());
    await podium.picture('package-review');
    await podium.command('Podium: Accept Edit');
    await expect.poll(async () => [...(await bench()).keys()], { timeout: 30_000 }).toEqual(['train.py']);
  });

  it('has the run pause once a better attempt changes that file in several places', async () => {
    await expect.poll(async () => (await editsOfScript()).length, { timeout: 280_000, interval: 500 }).toBeGreaterThan(1);
    // A still better attempt would put another edit in the place of this one.
    await (await panel()).getByRole('button', { name: 'Pause' }).click();
    await (await panel()).getByText(/^Paused at/).first().waitFor({ timeout: 60_000 });
  });

  it('accepts one of its changes by the lens above it, rejects the next by key, and says why', async () => {
    const { page } = podium;
    await review(/^train\.py/, lens(/^1 of \d+, #\d+/).first());
    const edit = (await editsOfScript()).at(-1);
    const [base, next] = [await readRunText(await runFolder(), edit?.base ?? ''), await readRunText(await runFolder(), edit?.next ?? '')];
    const hunks = hunksOf(base, next);
    const [first, second] = hunks;
    if (!first || !second) throw new Error('The edit has fewer than two changes.');
    expect((await bench()).get('train.py')).toBe(base);
    await podium.picture('package-hunks');

    await lens(/Accept$/).first().click();
    const lines = base.split('\n');
    const withFirst = [...lines.slice(0, first.start), ...first.added, ...lines.slice(first.start + first.removed.length)].join('\n');
    await expect.poll(async () => (await bench()).get('train.py'), { timeout: 30_000 }).toBe(withFirst);
    await lens(new RegExp(`^1 of ${hunks.length - 1}, `)).first().waitFor();

    await page.keyboard.press('Control+Alt+N');
    await page.locator('.quick-input-widget input:visible').fill('Keep it simple.');
    await podium.picture('package-reject');
    await page.keyboard.press('Enter');
    await expect.poll(async () => (await eventsOf('bench_decision')).filter(({ id }) => id === edit?.id).length, { timeout: 30_000 }).toBe(2);
    const told = (await eventsOf('bench_decision')).filter(({ id }) => id === edit?.id);
    expect(told.map(({ decision, hunks: verdicts, left }) => [decision, verdicts?.map(({ change, accepted, words }) => [change, accepted, words]), left ?? 0])).toEqual([
      ['partly', [[0, true, undefined]], hunks.length - 1],
      ['partly', [[1, false, 'Keep it simple.']], hunks.length - 2],
    ]);
    for (const line of [second.removed[0], second.added[0]]) expect(told[1]?.hunks?.[0]?.text).toContain(line);
    expect((await bench()).get('train.py')).toBe(withFirst);
  });

  it('rejects what is left of the file, and the run goes on', async () => {
    const { page } = podium;
    const before = await bench();
    await podium.command('Podium: Reject All Edits of File');
    await page.locator('.quick-input-widget input:visible').fill('');
    await page.keyboard.press('Enter');
    await expect.poll(() => lens(/of \d+, #\d+/).count(), { timeout: 30_000 }).toBe(0);
    expect(await bench()).toEqual(before);
    await podium.command('Podium: Continue Paused Run');
    await podium.command('View: Close Editor');
    await page.getByRole('tab', { name: /^train\.py/ }).waitFor({ state: 'detached' });
    await page.getByRole('tab', { name: /^Run 1/ }).click();
    await (await panel()).getByRole('button', { name: 'Pause' }).waitFor();
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
