import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { KaggleServer } from '../fakes/kaggleServer';
import { zip } from '../unit/grading/zip';
import { Session } from './support/session';

const token = 'KGAT_right0123456789abcdef';
const wrong = 'KGAT_wrong0123456789abcdef';
const rows = (from: number, count: number, row: (n: number) => string): string => Array.from({ length: count }, (_, n) => `${from + n},${row(from + n)}`).join('\n');
/** The label follows `size`, with some noise, so that there is something to learn. */
const label = (n: number): number => Number((n * 37) % 100 > 45) ^ Number(n % 11 === 0);
const train = `id,size,colour,label\n${rows(1, 240, (n) => `${(n * 37) % 100},${['red', 'green', 'blue'][n % 3] ?? ''},${label(n)}`)}\n`;

let session: Session;
let server: KaggleServer;

const quickInput = () => session.quickInput;
const option = (name: RegExp) => quickInput().getByRole('option', { name }).first();

describe('a person plays a competition of Kaggle', () => {
  beforeAll(async () => {
    server = await KaggleServer.start();
    server.authorization = `Bearer ${token}`;
    server.entered = false;
    server.pending = 1;
    server.evaluationMetric = 'Area Under Receiver Operating Characteristic Curve';
    server.nextResult = { status: 'COMPLETE', publicScore: '0.87654', privateScore: '0.86543' };
    server.files.set('train.csv', Buffer.from(train));
    server.files.set('test.csv', Buffer.from(`id,size,colour\n${rows(901, 40, (n) => `${(n * 37) % 100},${['red', 'green', 'blue'][n % 3] ?? ''}`)}\n`));
    server.files.set('sample_submission.csv', Buffer.from(`id,label\n${rows(901, 40, () => '0.5')}\n`));
    const settings = { 'podium.runtime': 'local', 'podium.budget.minutes': 5, 'podium.budget.attempts': 2, 'podium.kaggle.baseUrl': server.baseUrl };
    session = await Session.start({ settings, viewport: { width: 1280, height: 800 } });
  });
  afterAll(async () => {
    await session?.stop();
    await server?.stop();
  });
  afterEach(({ task }) => session.explain(task.name, task.result?.state));

  it('signs in by username and key, by kaggle.json, by the environment, and by a token; and out again', async () => {
    const { page } = session;
    const signedIn = (words: string) => page.locator('.statusbar').getByText(words).first().waitFor();
    server.authorization = `Basic ${Buffer.from('ann:right-key').toString('base64')}`;
    await page.getByRole('tab', { name: /^Podium/ }).first().click();
    await page.getByRole('treeitem', { name: /Palmer Penguins/ }).waitFor();
    await session.command('Podium: Sign In to Kaggle…');
    await option(/^Username and key/).click();
    await session.asks(/^Username/);
    await session.answer('anna');
    await session.asks(/^Key of anna/);
    await page.keyboard.press('Control+Alt+Minus');
    await session.asks(/^Username/);
    expect(await quickInput().locator('input').first().inputValue()).toBe('anna');
    await session.answer('ann');
    await session.asks(/^Key of ann/);
    await session.answer('wrong-key');
    await quickInput().getByText(/Kaggle does not take this username with this key/).waitFor();
    await session.picture('kaggle-1-refused');
    await session.answer('right-key');
    await signedIn('Signed in to Kaggle as ann');
    await session.command('Podium: Sign Out of Kaggle');
    await signedIn('Signed out of Kaggle');

    const keys = join(session.home, '..', 'kaggle.json');
    await writeFile(keys, JSON.stringify({ username: 'ann', key: 'right-key' }));
    await session.command('Podium: Sign In to Kaggle…');
    await option(/^Import kaggle.json/).click();
    await session.choosePath('Sign in with kaggle.json', keys);
    await signedIn('Signed in to Kaggle as ann');
    await session.evaluate((_, value) => void (process.env.KAGGLE_API_TOKEN = value), token);
    await session.command('Podium: Sign Out of Kaggle');
    await session.notice(/asked with KAGGLE_API_TOKEN/);
    await session.clearNotices();

    server.authorization = `Bearer ${token}`;
    await session.command('Podium: Sign In to Kaggle…');
    await option(/^Use KAGGLE_API_TOKEN/).click();
    await signedIn('Signed in to Kaggle, with KAGGLE_API_TOKEN');
    await session.evaluate(() => void delete process.env.KAGGLE_API_TOKEN, null);
    await session.command('Podium: Sign In to Kaggle…');
    await option(/^Paste a token/).click();
    await session.asks(/^Token/);
    await session.answer(wrong);
    await quickInput().getByText(/Kaggle does not take this token/).waitFor();
    await session.answer(token);
    await page.locator('.statusbar').getByText(/Signed in to Kaggle$/).first().waitFor();
  });

  it('imports by a pasted address, once the rules are accepted', async () => {
    await session.command('Podium: Import from Kaggle…');
    const input = quickInput().getByPlaceholder(/Paste the address/);
    await input.waitFor();
    await input.fill('https://www.kaggle.com/competitions/toy-cup/overview');
    await option(/competitions\/toy-cup/).click();
    await option(/Open the rules page/).waitFor();
    await session.picture('kaggle-2-rules');
    server.entered = true;
    await option(/Retry/).click();
    await option(/5 left today/).waitFor();
    await session.picture('kaggle-3-offer');
    await option(/Import \d+ kB/).click();
    const page = await session.webview('main, body .page, h1');
    await page.getByText(/48 of the 240 training rows are the local test set/).first().waitFor();
    await session.picture('kaggle-4-page');
  });

  it('plays it, refits the final choice, and sees both scores', async () => {
    const page = await session.webview('main, body .page, h1');
    await page.getByRole('button', { name: 'Start with agent' }).click();
    const panel = await session.webview('.pane.kaggle', 180_000);
    await session.picture('kaggle-5-ended');
    await panel.getByRole('button', { name: /Refit and submit to Kaggle/ }).or(panel.getByText('Refit and submit to Kaggle…')).first().click();
    await option(/final choice/).click();
    await option(/^Refit and submit/).click();
    await session.asks(/description of the submission/);
    await session.answer('from the editor');
    await panel.locator('.kaggle-table').getByText('0.87654').waitFor({ timeout: 120_000 });
    await panel.locator('.kaggle-table').getByText('0.86543').waitFor();
    // Beside them the local ones, over the rows that were cut.
    expect(await panel.locator('.kaggle-table td.local').allInnerTexts()).toEqual([expect.stringMatching(/^[01]\.\d+/), expect.stringMatching(/^[01]\.\d+/)]);
    await panel.locator('.attempts-grid').getByText('Kaggle 0.87654').waitFor();
    await session.picture('kaggle-6-scored');
    expect(server.submissions).toMatchObject([{ description: expect.stringMatching(/^from the editor \[Podium /) as string }]);
    const sent = server.uploaded('tok1')?.toString().trim().split(/\r?\n/) ?? [];
    expect(sent[0]).toBe('id,label');
    expect(sent.slice(1).map((line) => Number(line.split(',')[0])).sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, n) => 901 + n));
  });

  it('shows the plan beside the badge in a narrow panel', async () => {
    const panel = await session.webview('.pane.kaggle');
    const plan = panel.locator('.attempts-grid .grid-row').filter({ hasText: 'Kaggle 0.87654' }).locator('.c-plan .cut');
    const words = await plan.evaluate((element) => element.scrollWidth);
    for (const width of [1280, 1100, 900]) {
      await session.page.setViewportSize({ width, height: 800 });
      await panel.locator('.attempts-grid').scrollIntoViewIfNeeded();
      await expect.poll(() => plan.evaluate((element) => element.clientWidth)).toBeGreaterThanOrEqual(Math.min(words, 40));
      await session.picture(`kaggle-7-badge-${width}`);
    }
    await session.page.setViewportSize({ width: 1280, height: 800 });
  });

  it('shows the leaderboard with the place of the best run', async () => {
    server.board = Array.from({ length: 30 }, (_, at) => ({ teamName: `Team ${at + 1}`, score: (0.9 - at * 0.002).toFixed(3) }));
    await session.rowAction(session.page.getByRole('tree', { name: 'Runs' }).getByRole('treeitem', { name: /^Run 1/ }), 'Show Kaggle Leaderboard…');
    const board = await session.webview('.markdown-body table');
    await board.getByText(/0\.87654, would be place 13 of 30/).waitFor();
    await board.getByText('20 of 30 teams').waitFor();
    await session.picture('kaggle-8-leaderboard');
  });

  it('takes a data set, and a notebook that is pushed, waited for and submitted within the limit of the day', async () => {
    const { page } = session;
    for (const name of server.files.keys()) server.files.delete(name);
    server.files.set('/dataset', zip({ 'tables/train.csv': train }));
    server.files.set('/output', Buffer.from('id,label\n901,0.5\n'));
    server.pending = 0;
    server.allowedNow = 1;
    await session.command('Podium: Download Kaggle Data Set…');
    await session.asks(/^Paste its address/);
    await session.answer('https://www.kaggle.com/datasets/ann/extra');
    await (await session.notice(/ann\/extra is in kaggle\/datasets\/extra/)).getByText('Make a Competition of It…').click();
    await session.asks(/^Id: what tells rows apart/);
    await page.keyboard.press('Escape');

    await session.command('Podium: Download Kaggle Notebook…');
    await session.asks(/^Paste its address/);
    await session.answer('ann/first-look');
    await session.notice(/"id" and "title"/);
    await session.clearNotices();
    await session.command('Podium: Download Kaggle Notebook…');
    await session.asks(/^Paste its address/);
    await session.answer('ann/first-look');
    await option(/^Open what is here/).click();
    await page.getByRole('tab', { name: /first-look.ipynb/ }).first().waitFor();

    server.kernelStatuses = [{ status: 'KERNEL_WORKER_STATUS_RUNNING' }];
    await session.command('Podium: Push Notebook to Kaggle…');
    await option(/Push as ann\/first-look.*private/).waitFor();
    await session.picture('kaggle-9-push');
    expect(server.kernels).toEqual([]);
    await option(/Push as/).click();
    await (await session.notice(/Version 1 on Kaggle: running/)).getByRole('button', { name: 'Cancel' }).click();
    await session.notice(/Nobody waits for version 1 now/);
    await session.clearNotices();

    server.kernelStatuses = [{ status: 'complete' }];
    server.nextResult = { status: 'COMPLETE', publicScore: '0.77' };
    await session.command('Podium: Push Notebook to Kaggle…');
    await option(/Push as/).click();
    await (await session.notice(/Version 2 has run/)).getByText('Submit to toy-cup…').click();
    await session.asks(/1 left today/);
    await session.answer('second version');
    await session.notice(/Version 2 is scored on toy-cup: public 0.77/);
    expect(server.codeSubmissions).toMatchObject([{ kernelVersion: 2, fileName: 'submission.csv', submissionDescription: 'second version' }]);
    await session.clearNotices();

    server.kernelStatuses = [{ status: 'error', failureMessage: 'NameError' }];
    await session.command('Podium: Push Notebook to Kaggle…');
    await option(/Push as/).click();
    await (await session.notice(/Version 3 of ann\/first-look failed on Kaggle: NameError/)).getByText('Open Log').click();
    await page.getByRole('tab', { name: /first-look.log/ }).first().waitFor();
    await session.clearNotices();
  });

  it('leaves no token in any file, and no answer where a sandbox looks', async () => {
    for (const folder of [session.workspace, session.home]) {
      for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
        if (!entry.isFile()) continue;
        const text = await readFile(join(entry.parentPath, entry.name), 'latin1');
        for (const secret of [token, wrong]) expect(text.includes(secret), `${entry.name}: ${secret}`).toBe(false);
      }
    }
    expect(await readFile(join(session.workspace, 'competitions', 'toy-cup', 'data', 'test.csv'), 'utf8')).not.toContain('label');
    expect(server.violations).toEqual([]);
  });
});
