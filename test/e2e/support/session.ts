import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type * as vscode from 'vscode';
import type { Browser, Locator, Page } from 'playwright-core';
import { startVscodeServer } from '../../../scripts/lib/vscodeServer.mjs';
import { launchBrowser, openWorkbench } from '../../../scripts/lib/workbench.mjs';
import { WorkbenchPage } from './workbenchPage';

const root = resolve(import.meta.dirname, '..', '..', '..');

export interface SessionOptions {
  /** Folder to open in place of a fresh copy of the test workspace. */
  readonly workspace?: string;
  /** PODIUM_HOME in place of a fresh one. */
  readonly home?: string;
  readonly settings?: Record<string, unknown>;
  readonly trusted?: boolean;
  readonly viewport?: { width: number; height: number };
  readonly env?: Record<string, string>;
}

/** One VS Code server, one browser page with the extension in it, and a door into its extension host. */
export class Session extends WorkbenchPage {
  private constructor(
    page: Page,
    readonly workspace: string,
    readonly home: string,
    private readonly scratch: string,
    private readonly browser: Browser,
    private readonly server: { stop(): Promise<void>; log(): string },
    private readonly token: string,
    private readonly portFile: string,
  ) {
    super(page);
  }

  static async start(options: SessionOptions = {}): Promise<Session> {
    const scratch = await mkdtemp(join(tmpdir(), 'podium-e2e-'));
    const workspace = options.workspace ?? join(scratch, 'workspace');
    if (!options.workspace) await cp(join(root, 'test', 'fixtures', 'workspace'), workspace, { recursive: true });
    const home = options.home ?? join(scratch, 'home');
    await mkdir(home, { mode: 0o700, recursive: true });
    const token = randomBytes(16).toString('hex');
    const portFile = join(scratch, 'evaluator-port');
    const env = { PODIUM_HOME: home, PODIUM_EVALUATOR_TOKEN: token, PODIUM_EVALUATOR_FILE: portFile, ...options.env };
    const server = await startVscodeServer({ settings: options.settings, trusted: options.trusted ?? true, env });
    const browser = await launchBrowser();
    const { page } = await openWorkbench(browser, server, {
      folder: workspace,
      development: root,
      tests: join(root, 'test', 'e2e', 'support', 'hostEvaluator.cjs'),
      env,
      viewport: options.viewport,
      onLog: (type: string, line: string) => {
        if (process.env.PODIUM_TEST_VERBOSE) console.log(`[host ${type}] ${line}`);
      },
    });
    const session = new Session(page, workspace, home, scratch, browser, server, token, portFile);
    await page.getByRole('tab', { name: /Explorer/ }).first().waitFor({ timeout: 60_000 });
    return session;
  }

  /** Runs a self-contained function in the extension host with the real API; its JSON value comes back. */
  async evaluate<A, R>(fn: (api: typeof vscode, argument: A) => R | Promise<R>, argument: A): Promise<R> {
    const deadline = Date.now() + 60_000;
    while (!existsSync(this.portFile)) {
      if (Date.now() > deadline) throw new Error(`The extension host did not start:\n${this.server.log()}`);
      await new Promise((done) => setTimeout(done, 100));
    }
    const port = await readFile(this.portFile, 'utf8');
    const response = await fetch(`http://127.0.0.1:${port}/`, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.token}` },
      body: JSON.stringify({ source: fn.toString(), argument }),
    });
    const answer = (await response.json()) as { value: R; error?: string };
    if (answer.error) throw new Error(`In the extension host: ${answer.error}`);
    return answer.value;
  }

  /** A notification by its words. The driver of the tests keeps them from popping up, so the list of them is opened. */
  async notice(words: string | RegExp): Promise<Locator> {
    const notice = this.page.locator('.notifications-center .monaco-list-row').filter({ hasText: words }).first();
    await this.evaluate(async (api) => void (await api.commands.executeCommand('notifications.showList')), null);
    await notice.waitFor({ timeout: 60_000 });
    return notice;
  }

  /** Takes every notification away, and the list of them. */
  async clearNotices(): Promise<void> {
    await this.evaluate(async (api) => void (await api.commands.executeCommand('notifications.clearAll')), null);
  }

  override async reload(): Promise<void> {
    await rm(this.portFile, { force: true });
    await super.reload();
  }

  /** Stops every run first: a runner outlives its window, and would go on writing into the removed workspace. */
  async stop(): Promise<void> {
    await this.evaluate(async (api, seconds) => {
      interface Run { readonly connection: string; stop(): Promise<void> }
      const podium = api.extensions.all.find((extension) => extension.packageJSON.name === 'podium');
      const runs = (podium?.exports as { runs: { runs: readonly Run[] } } | undefined)?.runs;
      const live = (): Run[] => (runs?.runs ?? []).filter((run) => run.connection === 'attached');
      // A run that ends by itself at this moment refuses to be stopped.
      await Promise.allSettled(live().map((run) => run.stop()));
      for (let tick = 0; tick < seconds * 10 && live().length > 0; tick++) await new Promise((done) => setTimeout(done, 100));
    }, 15);
    await this.browser.close();
    await this.server.stop();
    await rm(this.scratch, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }
}
