// How long the run panel takes to apply one more step of a run, with 5,000 attempts against 50 in
// the same browser: message in, rows and chart drawn and laid out. The panel gets ten a second at most.
//   node bench/panel.mjs [--attempts 5000] [--json]
// Also the host's side: what one increment costs to find, by the same two sizes.
import { build } from 'esbuild';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { startHarness } from '../scripts/lib/harness.mjs';
import { launchBrowser } from '../scripts/lib/workbench.mjs';

const rounds = 60;
const option = (name) => {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : process.argv[at + 1];
};
const large = Number(option('--attempts') ?? 5000);
const small = 50;
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

async function drawn(sizes) {
  const harness = await startHarness({ production: true });
  const browser = await launchBrowser();
  try {
    const pages = [];
    for (const attempts of sizes) {
      const page = await browser.newPage({ viewport: { width: 1100, height: 900 }, reducedMotion: 'reduce' });
      await page.goto(harness.url({ view: 'runPanel', scene: 'many', attempts }));
      await page.waitForSelector('[data-attempt]');
      pages.push(page);
    }
    const times = sizes.map(() => []);
    // In turn, so that a busy moment of the machine falls on both.
    for (let round = 0; round < rounds; round++) {
      for (const [index, page] of pages.entries()) times[index].push(await page.evaluate(() => globalThis.podiumHarness.increment()));
    }
    return times.map((all) => median(all.slice(5)));
  } finally {
    await browser.close();
    await harness.stop();
  }
}

async function found(sizes) {
  const folder = await mkdtemp(join(tmpdir(), 'podium-bench-'));
  try {
    const outfile = join(folder, 'feed.mjs');
    await build({ entryPoints: ['src/vscode/panels/runPanelFeed.ts'], outfile, bundle: true, platform: 'node', format: 'esm', logLevel: 'error' });
    const { RunPanelFeed } = await import(pathToFileURL(outfile).href);
    const attempt = (id) => ({ id, parents: [1], operator: 'improve', source: 'policy', plan: `Variant ${id} of the model`, status: 'valid', activity: null, claim: { value: 0.9, se: 0.01, folds: [0.9, 0.91, 0.89, 0.9, 0.9], source: 'line' }, public: { score: 0.9, se: 0.02 }, private: null, change: null, error: null, problems: [], credit: 1, startedAt: id, endedAt: id + 1, seconds: 1, explanation: 'Better by one standard error.' });
    return sizes.map((size) => {
      const attempts = Array.from({ length: size }, (_, index) => attempt(index + 1));
      const view = { runId: 'bench', seq: 0, attempts, steps: [] };
      const feed = new RunPanelFeed();
      feed.snapshot(view);
      const times = [];
      let last = attempts;
      for (let round = 0; round < rounds; round++) {
        last = [...last.slice(0, -1), { ...last.at(-1), activity: `fold ${round}` }];
        const begun = performance.now();
        feed.increment({ ...view, seq: round, attempts: last });
        times.push(performance.now() - begun);
      }
      return median(times.slice(5));
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const [drawnSmall, drawnLarge] = await drawn([small, large]);
const [foundSmall, foundLarge] = await found([small, large]);
const result = {
  attempts: [small, large],
  drawnMs: [drawnSmall, drawnLarge],
  drawnRatio: drawnLarge / drawnSmall,
  foundMs: [foundSmall, foundLarge],
  addedMs: drawnLarge + foundLarge - drawnSmall - foundSmall,
};
if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify(result)}\n`);
else {
  const ms = (value) => `${value.toFixed(2)} ms`;
  process.stdout.write(`One increment of the run panel, median of ${rounds - 5}
  drawn, ${small} attempts    ${ms(drawnSmall)}
  drawn, ${large} attempts  ${ms(drawnLarge)}   ${result.drawnRatio.toFixed(1)} times
  found by the host       ${ms(foundSmall)} and ${ms(foundLarge)}\n`);
}
