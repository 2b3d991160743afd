import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ModelServer, type Turn } from '../fakes/modelServer';
import { Session } from './support/session';

/** With PODIUM_PICTURES the pictures of each step are written there. */
const pictures = process.env.PODIUM_PICTURES;
const key = 'sk-right-0123456789abcdef';

const script = `
import pandas as pd
train = pd.read_csv('data/train.csv')
sample = pd.read_csv('data/sample_submission.csv')
target = sample.columns[1]
print('SCORE', 'accuracy', float((train[target] == train[target].mode()[0]).mean()))
sample[target] = train[target].mode()[0]
sample.to_csv('submission.csv', index=False)
`;
const usage = [400, 20] as const;
const test: Turn[] = [
  { text: 'ready', usage },
  { calls: [{ name: 'report_word', args: { word: 'ready' } }], usage },
  { text: 'done', usage },
];
const game: Turn[] = [
  { text: 'I look.', calls: [{ name: 'competition_info', args: {} }], usage },
  {
    text: 'The most frequent class.',
    calls: [
      { name: 'reset', args: { from: null, operator: 'baseline', plan: 'The most frequent class.' } },
      { name: 'write_file', args: { path: 'train.py', content: script } },
      { name: 'submit', args: { entry: 'train.py' } },
    ],
    usage,
  },
  { text: 'Done.', calls: [{ name: 'finish', args: { reason: 'One attempt is enough here.' } }], usage },
];

let session: Session;
let server: ModelServer;
/** The key that the endpoint takes now. */
const accepted = { key };

async function picture(name: string): Promise<void> {
  if (!pictures) return;
  await mkdir(pictures, { recursive: true });
  await session.page.screenshot({ path: join(pictures, `${name}.png`) });
}

const option = (name: RegExp) => session.page.locator('.quick-input-widget').getByRole('option', { name }).first();

/** Types into the step that is shown and accepts. */
async function type(placeholder: RegExp, text: string): Promise<void> {
  const input = session.page.locator('.quick-input-widget').getByPlaceholder(placeholder);
  await input.waitFor();
  await input.fill(text);
  await input.press('Enter');
}

describe('a person lets a model play', () => {
  beforeAll(async () => {
    server = await ModelServer.start({ turns: [...test, ...game], key: () => accepted.key, models: ['scripted', 'another'] });
    session = await Session.start({ settings: { 'podium.runtime': 'local', 'podium.budget.minutes': 4 }, viewport: { width: 1280, height: 800 } });
  });
  afterAll(async () => {
    await session?.stop();
    await server?.close();
  });
  afterEach(({ task }) => session.explain(task.name, task.result?.state));

  it('chooses it step by step: provider, address, key, model, test', async () => {
    await session.page.getByRole('tab', { name: /^Podium/ }).first().click();
    await session.page.getByRole('treeitem', { name: /Palmer Penguins/ }).waitFor();
    await session.command('Podium: Choose Model…');
    await option(/^OpenAI/).waitFor();
    await picture('model-1-provider');
    await option(/Another endpoint/).click();
    await type(/127\.0\.0\.1:8000/, server.url);
    await type(/Leave it empty when none is needed/, 'sk-wrong-0123456789abcdef');
    await option(/The key is refused/).waitFor();
    await picture('model-2-refused');
    // Back to the key.
    await option(/The key is refused/).click();
    await type(/Leave it empty when none is needed/, key);
    await option(/^scripted/).waitFor();
    await picture('model-3-models');
    await option(/^scripted/).click();
    await option(/Tool calls/).waitFor({ timeout: 30_000 });
    await picture('model-4-test');
    await option(/Use scripted$/).click();
    await expect.poll(() => session.evaluate((vscode) => vscode.workspace.getConfiguration('podium').get<string>('agent'), undefined), { timeout: 20_000 }).toBe('scripted');
    expect(await session.evaluate((vscode) => vscode.workspace.getConfiguration('podium').get<string>('model.baseUrl'), undefined)).toBe(server.url);
  });

  it('starts a run, whose key is refused meanwhile: the run waits and says what helps', async () => {
    accepted.key = 'sk-rotated-0123456789abcdef';
    const { page } = session;
    await page.getByRole('treeitem', { name: /Palmer Penguins/ }).click();
    const competition = await session.webview('table, [role="table"]');
    await competition.getByText('scripted').first().waitFor();
    await competition.getByRole('button', { name: 'Start with agent' }).click();
    const panel = await session.webview('.bar.warning', 120_000);
    await panel.getByText(/refuses the key/).first().waitFor();
    await page.getByText(/key refused/).first().waitFor();
    await picture('model-5-waits');
    await session.evaluate((vscode) => vscode.commands.executeCommand('notifications.showList'), undefined);
    const notice = page.locator('.notifications-center .notification-list-item-message').filter({ hasText: /waits for its model/ });
    await notice.waitFor();
    expect(await notice.count()).toBe(1);
    await page.locator('.notifications-center').getByText(/Give New Key/).waitFor();
    await picture('model-5-notification');
    await session.evaluate((vscode) => vscode.commands.executeCommand('notifications.hideList'), undefined);
  });

  it('goes on with a new key, to the end', async () => {
    const panel = await session.webview('.bar.warning');
    await panel.getByText('Give new key').first().click();
    const input = session.page.locator('.quick-input-widget input[type="password"]').first();
    await input.waitFor();
    await picture('model-6-new-key');
    await input.fill(accepted.key);
    await input.press('Enter');
    await panel.getByText(/Ended at/).first().waitFor({ timeout: 120_000 });
    await picture('model-7-ended');
  });

  it('leaves no key in any file', async () => {
    for (const folder of [session.workspace, session.home]) {
      for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
        if (!entry.isFile()) continue;
        const text = await readFile(join(entry.parentPath, entry.name), 'latin1');
        for (const secret of [key, accepted.key, 'sk-wrong-']) expect(text.includes(secret), `${entry.name}: ${secret}`).toBe(false);
      }
    }
  });
});
