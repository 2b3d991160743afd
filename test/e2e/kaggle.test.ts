import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { KaggleServer } from '../fakes/kaggleServer';
import { Session } from './support/session';

const token = 'KGAT_right0123456789abcdef';
const wrong = 'KGAT_wrong0123456789abcdef';
const rows = (from: number, count: number, row: (n: number) => string): string => Array.from({ length: count }, (_, n) => `${from + n},${row(from + n)}`).join('\n');
/** The label follows `size`, with some noise, so that there is something to learn. */
const label = (n: number): number => Number((n * 37) % 100 > 45) ^ Number(n % 11 === 0);
const train = `id,size,colour,label\n${rows(1, 240, (n) => `${(n * 37) % 100},${['red', 'green', 'blue'][n % 3] ?? ''},${label(n)}`)}\n`;

let session: Session;
let server: KaggleServer;

const quickInput = () => session.page.locator('.quick-input-widget');
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

  it('signs in: a wrong token is refused, the right one is taken', async () => {
    await session.page.getByRole('tab', { name: /^Podium/ }).first().click();
    await session.page.getByRole('treeitem', { name: /Palmer Penguins/ }).waitFor();
    await session.command('Podium: Sign In to Kaggle…');
    await option(/^Paste a token/).click();
    const input = session.page.locator('.quick-input-widget input[type="password"]').first();
    await input.fill(wrong);
    await input.press('Enter');
    await quickInput().getByText(/Kaggle refuses the stored credentials/).first().waitFor();
    await session.picture('kaggle-1-refused');
    await input.fill(token);
    await input.press('Enter');
    await session.page.getByText('Signed in to Kaggle').first().waitFor();
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
    const message = quickInput().locator('input').first();
    await message.fill('from the editor');
    await message.press('Enter');
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
