import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Session } from './support/session';

const root = resolve(import.meta.dirname, '..', '..');
const run = promisify(execFile);

let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'podium-demo-'));
});
afterAll(() => rm(scratch, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 }));

it('the demo prints a scoreboard of graded attempts, and VS Code opens on its run', async () => {
  const workspace = join(scratch, 'workspace');
  const home = join(scratch, 'home');
  const env = { ...process.env, PODIUM_DEMO_WORKSPACE: workspace, PODIUM_HOME: home, PODIUM_DEMO_BUDGET: '25s', PODIUM_DEMO_EDITOR: 'none' };
  const { stdout } = await run(process.execPath, [join(root, 'scripts', 'demo.mjs'), 'penguins'], { env, maxBuffer: 1 << 24 });
  expect(stdout).toMatch(/1 {2}baseline +0\.2\d+ +0\.2\d+/);
  expect(stdout).toMatch(/← final/);
  expect(stdout).toMatch(/Final submission: \S+submission\.csv/);

  const session = await Session.start({ workspace, home });
  try {
    const panel = await session.webview('[role="grid"]');
    await panel.getByText(/Ended at/).first().waitFor();
    expect(await panel.getByRole('row').filter({ hasText: /baseline/ }).count()).toBe(1);
  } finally {
    await session.stop();
  }
});
