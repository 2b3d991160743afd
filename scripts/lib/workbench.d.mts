import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { VscodeServer } from './vscodeServer.mjs';

export function launchBrowser(): Promise<Browser>;
export function openWorkbench(
  browser: Browser,
  server: VscodeServer,
  options: {
    folder: string;
    development?: string;
    tests?: string;
    env?: Record<string, string>;
    viewport?: { width: number; height: number };
    onLog?: (type: string, line: string) => void;
  },
): Promise<{ page: Page; context: BrowserContext; exit: Promise<{ code: number; logs: unknown }> }>;
