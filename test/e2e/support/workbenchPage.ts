import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Frame, Locator, Page } from 'playwright-core';

/** With PODIUM_PICTURES the journeys write their pictures there. */
const pictures = process.env.PODIUM_PICTURES;

/** The workbench in a browser page, driven as a person would: by what is to be seen on it. */
export class WorkbenchPage {
  constructor(readonly page: Page) {}

  /** The content frame of the webview that holds an element matching `selector`. */
  async webview(selector: string, timeout = 60_000): Promise<Frame> {
    const deadline = Date.now() + timeout;
    for (;;) {
      for (const frame of this.page.frames()) {
        const found = await frame.evaluate((css) => globalThis.document?.querySelector(css) !== null, selector).catch(() => false);
        if (found) return frame;
      }
      if (Date.now() > deadline) throw new Error(`No webview with ${selector} appeared.`);
      await this.page.waitForTimeout(200);
    }
  }

  /**
   * Runs a command from the palette. The palette lists what was possible when it opened: where the command depends on the editor
   * that has just opened, it is opened again until the command is there.
   */
  async command(title: string): Promise<void> {
    const input = this.page.getByRole('combobox').or(this.page.locator('.quick-input-widget input')).first();
    const option = this.page.getByRole('option', { name: title }).first();
    const deadline = Date.now() + 30_000;
    for (;;) {
      await this.page.keyboard.press('F1');
      // An editor that opens at this moment closes the palette again.
      const taken = await input
        .fill(`>${title}`, { timeout: 3000 })
        .then(() => option.click({ timeout: 3000 }))
        .then(
          () => true,
          () => false,
        );
      if (taken) break;
      if (Date.now() > deadline) throw new Error(`The palette has no command "${title}" here.`);
      await this.page.keyboard.press('Escape');
    }
    // It closes, or the command asks something in its place.
    while ((await input.isVisible()) && (await input.inputValue()).startsWith('>')) await this.page.waitForTimeout(50);
  }

  /** The quick input, while something is asked. */
  get quickInput(): Locator {
    return this.page.locator('.quick-input-widget');
  }

  /** Waits for a step by what it asks: the placeholder of its box, or the line below. */
  async asks(words: RegExp): Promise<void> {
    await this.quickInput.getByPlaceholder(words).or(this.quickInput.getByText(words)).first().waitFor({ timeout: 60_000 });
  }

  /** Types over what the box holds, and sends it. */
  async answer(text: string): Promise<void> {
    await this.page.keyboard.press('Control+A');
    await this.page.keyboard.type(text);
    await this.page.keyboard.press('Enter');
  }

  /** Takes an action of a row's menu, with Enter: a menu does not hear clicks before it has been there for a moment. */
  async rowAction(row: Locator, action: string): Promise<void> {
    await row.click({ button: 'right' });
    const item = this.page.getByRole('menuitem', { name: action, exact: true });
    await item.hover();
    await this.page.keyboard.press('Enter');
    await item.waitFor({ state: 'hidden' });
  }

  /** Gives a path to the dialog for files, which is a quick input in a browser. A folder is given without a slash at its end. */
  async choosePath(title: string, path: string): Promise<void> {
    const heading = this.quickInput.locator('.quick-input-title').getByText(title, { exact: true });
    await heading.waitFor({ timeout: 60_000 });
    const box = this.quickInput.locator('input.input').first();
    // It writes the folder that it begins in when it has read it, over what was typed before.
    while (!/^\/.*\/$/.test(await box.inputValue())) await this.page.waitForTimeout(50);
    await this.quickInput.locator('.monaco-list-row').first().waitFor();
    await box.fill(path);
    // Enter is heard once the folder around it is listed.
    await this.quickInput.locator('.monaco-list-row').filter({ has: this.page.getByText(basename(path), { exact: true }) }).first().waitFor();
    await box.press('Enter');
    await heading.waitFor({ state: 'hidden' });
  }

  /** Reloads the window: the extension host is replaced by a new process. */
  async reload(): Promise<void> {
    // The web workbench writes which editors are open every 5 s; what was opened since is lost to any reload.
    await this.page.waitForTimeout(6000);
    await this.page.reload();
    await this.page.getByRole('tab', { name: /Explorer/ }).first().waitFor({ timeout: 60_000 });
  }

  async picture(name: string, clip?: { x: number; y: number; width: number; height: number }): Promise<void> {
    if (!pictures) return;
    await mkdir(pictures, { recursive: true });
    await this.page.screenshot({ path: join(pictures, `${name}.png`), ...(clip ? { clip } : {}) });
  }

  /** After a test that failed: how the window looks, as a picture in the system's folder for temporary files. */
  async explain(test: string, state: string | undefined): Promise<void> {
    if (state !== 'fail') return;
    const path = join(tmpdir(), `podium-e2e-failed-${test.replace(/[^a-z0-9]+/gi, '-').slice(0, 60)}.png`);
    await this.page.screenshot({ path });
    console.error(`The window when "${test}" failed: ${path}`);
  }
}
