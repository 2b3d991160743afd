import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startHarness } from '../../scripts/lib/harness.mjs';
import { launchBrowser } from '../../scripts/lib/workbench.mjs';

let harness: Awaited<ReturnType<typeof startHarness>>;
let browser: Browser;
let page: Page;

describe('the run panel by keyboard, in a real browser', () => {
  beforeAll(async () => {
    harness = await startHarness();
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await harness?.stop();
  });
  beforeEach(async () => {
    await page?.close();
    page = await browser.newPage({ viewport: { width: 1100, height: 620 }, reducedMotion: 'reduce' });
    await page.goto(harness.url({ view: 'runPanel', scene: 'model', theme: 'dark' }));
    await page.waitForSelector('[data-attempt]');
  });

  const focused = (): Promise<string | null> =>
    page.evaluate(() => document.activeElement?.getAttribute('data-attempt') ?? document.activeElement?.getAttribute('aria-label') ?? null);

  it('shows state to first rows above the fold at 1100 × 620', async () => {
    const fifth = await page.locator('[data-attempt]').nth(4).boundingBox();
    expect(fifth && fifth.y + fifth.height).toBeLessThan(620);
  });

  it('walks the regions with F6, and back with Shift', async () => {
    const walked: (string | null)[] = [];
    for (let step = 0; step < 6; step++) {
      await page.keyboard.press('F6');
      walked.push(await focused());
    }
    expect(walked).toEqual(['State, score and budget', 'Score', 'Attempts', 'Attempt 11', 'Steps', 'Leaderboard']);
    await page.keyboard.press('Shift+F6');
    expect(await focused()).toBe('Steps');
  });

  it('has one tab stop in the grid, and jumps with #', async () => {
    expect(await page.locator('[role=grid] [tabindex="0"]').count()).toBe(1);
    await page.focus('[data-attempt="11"]');
    for (const key of ['#', '9']) await page.keyboard.press(key);
    await expect.poll(focused).toBe('9');
    for (const key of ['#', '1', '3']) await page.keyboard.press(key);
    await expect.poll(focused).toBe('13');
  });

  it('moves the split by key and by pointer, and remembers where it is', async () => {
    const height = (): Promise<number> => page.locator('.split').evaluate((split) => Number(split.getAttribute('aria-valuenow')));
    const before = await height();
    await page.focus('.split');
    await page.keyboard.press('ArrowUp');
    await expect.poll(height).toBe(before - 24);
    const box = await page.locator('.split').boundingBox();
    if (!box) throw new Error('the split is not drawn');
    await page.mouse.move(box.x + 200, box.y + 4);
    await page.mouse.down();
    await page.mouse.move(box.x + 200, box.y - 44, { steps: 4 });
    await page.mouse.up();
    await expect.poll(height).toBe(before - 72);
    expect(await page.evaluate<number>('acquireVsCodeApi().getState().state.tableHeight')).toBe(before - 72);
  });

  it('stands still where motion is reduced', async () => {
    expect(await page.locator('.ring').first().evaluate((ring) => getComputedStyle(ring).animationName)).toBe('none');
  });

  it('is no wider than its window at any width', async () => {
    for (const width of [1100, 760, 420, 320]) {
      await page.setViewportSize({ width, height: 620 });
      await page.waitForTimeout(100);
      expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth), `${width} px`).toBe(0);
    }
  });
});
