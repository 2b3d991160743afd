// What activating Podium costs beside an extension that does nothing, measured by a suite inside
// fresh extension hosts of a clean server with the VSIX installed.
//   node bench/activation.mjs [--hosts 9]
import { execFileSync } from 'node:child_process';
import { cp, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startVscodeServer } from '../scripts/lib/vscodeServer.mjs';
import { launchBrowser, openWorkbench } from '../scripts/lib/workbench.mjs';
import { writeEmptyExtension } from './lib/emptyExtension.mjs';
import { median, root, withScratch } from './lib/load.mjs';

const { values } = parseArgs({ options: { hosts: { type: 'string', default: '9' } } });
const limit = 180_000;

/** One host: what the suite wrote, `spent` (id → CPU and wall ms) and `files`, what Podium's activation evaluated. */
async function measure(browser, server, { workspace, tested, result, podiumFirst }) {
  const env = { PODIUM_BENCH_RESULT: result, PODIUM_BENCH_ORDER: podiumFirst ? 'podium.podium bench.empty' : 'bench.empty podium.podium' };
  const { context, exit } = await openWorkbench(browser, server, { folder: workspace, development: tested, tests: join(tested, 'suite.cjs'), env });
  let timer;
  const late = new Promise((_, reject) => (timer = setTimeout(() => reject(new Error(`The extension host gave no result within ${limit / 1000} s.\n${server.log()}`)), limit)));
  try {
    const { code, logs } = await Promise.race([exit, late]);
    if (code !== 0) throw new Error(`The suite ended with ${code}: ${JSON.stringify(logs)}`);
    return JSON.parse(await readFile(result, 'utf8'));
  } finally {
    clearTimeout(timer);
    await context.close();
  }
}

await withScratch(async (scratch) => {
  const vsix = join(scratch, 'podium.vsix');
  execFileSync('npm', ['run', 'package', '--', '--out', vsix], { cwd: root, stdio: 'ignore' });
  // Nothing in the folder activates Podium by itself.
  const workspace = join(scratch, 'workspace');
  await mkdir(workspace);
  // The development extension holds the suite, and is activated first, so that neither side pays for the host's own first time.
  const [tested, empty] = [join(scratch, 'tested'), join(scratch, 'empty')];
  await writeEmptyExtension(tested, 'first');
  await writeEmptyExtension(empty, 'empty');
  await cp(join(root, 'bench', 'lib', 'activationSuite.cjs'), join(tested, 'suite.cjs'));
  const server = await startVscodeServer({ vsix, extensions: [empty], dataFolder: join(scratch, 'server') });
  const browser = await launchBrowser();
  const hosts = [];
  try {
    for (let host = 0; host < Number(values.hosts); host++) {
      hosts.push(await measure(browser, server, { workspace, tested, result: join(scratch, `${host}.json`), podiumFirst: host % 2 === 0 }));
    }
  } finally {
    await browser.close();
    await server.stop();
  }
  for (const clock of ['cpu', 'wall']) {
    const [podium, nothing] = ['podium.podium', 'bench.empty'].map((id) => hosts.map(({ spent }) => spent[id][clock]));
    const show = (times) => `${median(times).toFixed(1)} ms (${times.map((time) => time.toFixed(1)).join(', ')})`;
    console.log(`${clock.padEnd(5)} Podium ${show(podium)}; empty ${show(nothing)}; median difference ${median(podium.map((time, host) => time - nothing[host])).toFixed(1)} ms`);
  }
  const [{ files }] = hosts;
  const largest = [...files].sort((a, b) => b.bytes - a.bytes).slice(0, 5).map(({ name, bytes }) => `${name} ${Math.round(bytes / 1000)} kB`);
  console.log(`evaluated ${files.length} files, ${Math.round(files.reduce((sum, { bytes }) => sum + bytes, 0) / 1000)} kB; the largest: ${largest.join(', ')}`);
});
