import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Session } from './support/session';

/** What is to be improved, and what judges it. */
const racer = {
  'evaluate.py': 'import csv\nfrom method import guess\nrows = list(csv.DictReader(open("data/points.csv")))\nprint("score:", sum(abs(guess(float(row["x"])) - float(row["y"])) for row in rows) / len(rows))\n',
  'method.py': 'def guess(x):\n    return 0.0\n',
  'data/points.csv': 'x,y\n0.1,0.2\n0.3,0.6\n0.4,0.8\n',
};

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
    await mkdir(join(workspace, 'racer', 'data'), { recursive: true });
    for (const [path, text] of Object.entries(racer)) await writeFile(join(workspace, 'racer', path), text);
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

  describe('and an own evaluation', () => {
    it('becomes a competition with the keyboard alone: a bad command is refused, and a step goes back', async () => {
      const { page } = session;
      await session.command('Podium: Import Own Evaluation…');
      await take(/^Folder to improve/, /racer.*with evaluate\.py/, 'own-evaluation-folder');
      await session.asks(/^Command, run in the folder/);
      await session.answer('python nothere.py');
      await session.asks(/The folder has no nothere\.py\. It has evaluate\.py, method\.py\./);
      await page.keyboard.press('Control+A');
      await page.keyboard.type('make score');
      await session.asks(/It names no file of the folder/);
      await session.picture('own-evaluation-command');
      await page.keyboard.press('Enter');
      await session.asks(/^Which score is better/);
      await page.keyboard.press('Control+Alt+Minus');
      await session.asks(/It names no file/);
      await session.answer('python evaluate.py');
      await session.asks(/^Which score is better/);
      await page.keyboard.press('ArrowDown');
      await take(/^Which score is better/, /Lower is better/);
      await session.asks(/^Check what players may change/);
      await session.quickInput.getByRole('checkbox', { name: /method\.py/, checked: true }).first().waitFor();
      await session.quickInput.getByRole('checkbox', { name: /evaluate\.py.*it judges/, checked: false }).first().waitFor();
      await session.picture('own-evaluation-files');
      await page.keyboard.press('Enter');
      const view = await session.webview('main.competition');
      await view.getByRole('heading', { name: 'Racer' }).waitFor({ timeout: 60_000 });
      await view.getByText('Self-scored', { exact: true }).first().waitFor();
      expect((await readdir(join(workspace, 'competitions', 'racer'), { recursive: true })).sort()).toEqual(['competition.yaml', 'data', 'data/points.csv', 'description.md', 'evaluation', 'evaluation/evaluate.py', 'solution', 'solution/method.py']);
      await page.getByRole('treeitem', { name: /^Racer.*self-scored/ }).waitFor();
    });

    it('is played twice; tree, panel and standings say that it scores itself', async () => {
      const { page } = session;
      for (const run of ['Run 2', 'Run 3']) {
        await session.rowAction(page.getByRole('tree', { name: 'Competitions' }).getByRole('treeitem', { name: /^Racer.*self-scored/ }), 'Start with Agent');
        await session.notice(new RegExp(`${run} on Racer has ended: best 0\\.5333 self-scored`));
        await session.clearNotices();
      }
      const panel = await session.webview('.head .title');
      await panel.getByText('Self-scored', { exact: true }).first().waitFor();
      await panel.getByText('Best score, self-scored').waitFor();
      await session.rowAction(page.getByRole('tree', { name: 'Runs' }).getByRole('treeitem', { name: /^Racer/ }).first(), 'Show Standings');
      const standings = await session.webview('main.standings');
      await standings.getByText('The boxes at the end take them in.').waitFor();
      await standings.getByRole('checkbox', { name: 'Take in runs that scored themselves (2)' }).check();
      await standings.getByText('2 runs of 1 player').first().waitFor();
      await standings.getByRole('row', { name: /offline/ }).filter({ hasText: /0\.5333/ }).waitFor();
      await session.picture('own-evaluation-standings');
    });
  });
});
