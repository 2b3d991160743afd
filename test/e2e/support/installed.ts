import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { startVscodeServer } from '../../../scripts/lib/vscodeServer.mjs';
import { launchBrowser, openWorkbench } from '../../../scripts/lib/workbench.mjs';
import { Runs } from '../../../src/node/runner/runs';
import { pack, root } from '../../package/pack';
import { WorkbenchPage } from './workbenchPage';

/**
 * What a person has: a clean server with the VSIX installed in it, workspace trust on, neither
 * development mode nor the smoke-test driver. There is no door into the extension host.
 */
export class Installed extends WorkbenchPage {
  private constructor(
    page: Page,
    readonly workspace: string,
    private readonly home: string,
    private readonly scratch: string,
    private readonly browser: Browser,
    private readonly server: { stop(): Promise<void> },
  ) {
    super(page);
  }

  static async start(settings: Record<string, unknown>, viewport: { width: number; height: number }): Promise<Installed> {
    const scratch = await mkdtemp(join(tmpdir(), 'podium-installed-'));
    const workspace = join(scratch, 'workspace');
    const home = join(scratch, 'home');
    await cp(join(root, 'test', 'fixtures', 'workspace'), workspace, { recursive: true });
    await mkdir(home, { mode: 0o700 });
    const { vsix } = await pack(scratch);
    const server = await startVscodeServer({ developer: false, trusted: false, vsix, settings, dataFolder: join(scratch, 'server'), env: { PODIUM_HOME: home } });
    const browser = await launchBrowser();
    const { page } = await openWorkbench(browser, server, { folder: workspace, viewport });
    return new Installed(page, workspace, home, scratch, browser, server);
  }

  /** Where the server unpacked the extension. */
  get extensionFolder(): string {
    return join(this.scratch, 'server', 'extensions', 'podium.podium-0.1.0');
  }

  /** A runner outlives its window: what a failed test left running is stopped at its socket. */
  async stop(): Promise<void> {
    await this.browser.close();
    await this.server.stop();
    const runs = new Runs({ workspace: this.workspace, home: this.home, version: '0.0.0' });
    for (const { runId } of existsSync(join(this.workspace, '.podium', 'runs')) ? await runs.list() : []) {
      const client = await runs.connect(runId, 'watcher').catch(() => undefined);
      await client?.stop().catch(() => undefined);
      client?.dispose();
    }
    await rm(this.scratch, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }
}
