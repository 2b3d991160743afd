// Draws every surface of the webviews in each theme and width with the fixtures and saves pictures:
//   node scripts/lookAtWebviews.mjs [--out <folder>] [--only <text in the picture's name>] [--documentation]
// With --documentation: the few that docs/pictures keeps, at one pixel a pixel, under their names there.
// Needs Chromium (PODIUM_CHROMIUM, default /usr/bin/chromium). Exits 1 when a page breaks its own
// content policy or logs an error.
import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startHarness } from './lib/harness.mjs';
import { launchBrowser } from './lib/workbench.mjs';

const option = (name) => {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : process.argv[at + 1];
};
const out = option('--out') ?? (await mkdtemp(join(tmpdir(), 'podium-look-')));
const only = option('--only') ?? '';
await mkdir(out, { recursive: true });

const scenes = [
  ...['dark', 'light', 'hc'].flatMap((theme) => [420, 1100].map((width) => ({ view: 'runPanel', scene: 'running', theme, width }))),
  { view: 'runPanel', scene: 'running', theme: 'dark', width: 760 },
  ...[420, 1100].map((width) => ({ view: 'runPanel', scene: 'gpu', theme: 'dark', width })),
  ...['lost', 'away', 'starting', 'paused', 'waiting', 'limited', 'model', 'failed', 'loading', 'minimize'].map((scene) => ({ view: 'runPanel', scene, theme: 'dark', width: 1100 })),
  ...['dark', 'light', 'hc'].map((theme) => ({ view: 'runPanel', scene: 'ended', theme, width: 1100 })),
  { view: 'runPanel', scene: 'ended', theme: 'dark', width: 420 },
  { view: 'runPanel', scene: 'lost', theme: 'dark', width: 420 },
  ...['dark', 'light', 'hc'].map((theme) => ({ view: 'runPanel', scene: 'kaggle', theme, width: 1100 })),
  { view: 'runPanel', scene: 'kaggle', theme: 'dark', width: 420 },
  ...['dark', 'light', 'hc'].flatMap((theme) => [420, 1100].map((width) => ({ view: 'runPanel', scene: 'approval', theme, width }))),
  ...['dark', 'light', 'hc'].map((theme) => ({ view: 'runPanel', scene: 'model', theme, width: 1100 })),
  ...[420, 760].map((width) => ({ view: 'runPanel', scene: 'model', theme: 'dark', width })),
  { view: 'runPanel', scene: 'guessed', theme: 'dark', width: 1100 },
  ...['dark', 'light', 'hc'].flatMap((theme) => [420, 1100].map((width) => ({ view: 'competitionPage', scene: 'page', theme, width }))),
  ...['dark', 'light', 'hc'].map((theme) => ({ view: 'runPanel', scene: 'invalid', theme, width: 1100 })),
  ...['dark', 'light', 'hc'].map((theme) => ({ view: 'submissionPage', scene: 'invalid', theme, width: 760 })),
  { view: 'submissionPage', scene: 'invalid', theme: 'dark', width: 420 },
  ...['valid', 'repaired'].map((scene) => ({ view: 'submissionPage', scene, theme: 'dark', width: 760 })),
  ...['dark', 'light', 'hc'].flatMap((theme) => [420, 1280].map((width) => ({ view: 'standingsPage', scene: 'reference', theme, width }))),
  ...['dark', 'light', 'hc'].flatMap((theme) => [420, 1280].map((width) => ({ view: 'standingsPage', scene: 'versions', theme, width }))),
  ...[760, 1280].map((width) => ({ view: 'standingsPage', scene: 'people', theme: 'dark', width })),
  ...['one', 'none', 'leftOut'].map((scene) => ({ view: 'standingsPage', scene, theme: 'dark', width: 760 })),
  { view: 'competitionPage', scene: 'blocked', theme: 'dark', width: 1100 },
  ...['dark', 'light', 'hc'].map((theme) => ({ view: 'competitionPage', scene: 'pictures', theme, width: 1100 })),
];

/** Name in docs/pictures → scene; the height shows what is above the fold. */
const documentation = {
  'panel-dark': { view: 'runPanel', scene: 'model', theme: 'dark', width: 1100, height: 1450 },
  'panel-light': { view: 'runPanel', scene: 'model', theme: 'light', width: 1100, height: 820 },
  'panel-high-contrast': { view: 'runPanel', scene: 'model', theme: 'hc', width: 1100, height: 820 },
  'panel-narrow': { view: 'runPanel', scene: 'running', theme: 'dark', width: 420, height: 1400 },
  'panel-ended': { view: 'runPanel', scene: 'ended', theme: 'dark', width: 1100, height: 820 },
  standings: { view: 'standingsPage', scene: 'people', theme: 'dark', width: 1280, height: 600 },
  'kaggle-scores': { view: 'runPanel', scene: 'kaggle', theme: 'light', width: 1100, height: 520 },
  'submission-invalid': { view: 'submissionPage', scene: 'invalid', theme: 'dark', width: 760, height: 460 },
};
const keeps = process.argv.includes('--documentation');
const wanted = keeps ? Object.entries(documentation).map(([name, scene]) => ({ name, ...scene })) : scenes.map((scene) => ({ name: `${scene.view}-${scene.scene}-${scene.width}-${scene.theme}`, height: 900, ...scene }));
const harness = await startHarness();
const browser = await launchBrowser();
let bad = 0;
try {
  for (const { name, view, scene, theme, width, height } of wanted) {
    if (!name.includes(only)) continue;
    const page = await browser.newPage({ viewport: { width, height }, deviceScaleFactor: keeps ? 1 : 2, reducedMotion: 'reduce' });
    const complaints = [];
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    await page.goto(harness.url({ view, scene, theme }));
    await page.waitForTimeout(600);
    if (view === 'runPanel' && scene === 'running') {
      // From #11, which is selected, to #9.
      await page.focus('.chart svg');
      for (let step = 0; step < 2; step++) await page.keyboard.press('ArrowLeft');
      await page.waitForTimeout(100);
    }
    await page.screenshot({ path: join(out, `${name}.png`), fullPage: !keeps });
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (overflow > 0) complaints.push(`the page is ${overflow} px wider than the panel`);
    complaints.push(...(await page.evaluate(() => globalThis.podiumHarness.violations)));
    await page.close();
    for (const complaint of complaints) process.stderr.write(`${name}: ${complaint}\n`);
    bad += complaints.length;
  }
} finally {
  await browser.close();
  await harness.stop();
}
process.stdout.write(`Pictures in ${out}\n`);
process.exit(bad > 0 ? 1 : 0);
