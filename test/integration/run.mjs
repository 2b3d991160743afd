// The integration layer: the suite in a real extension host of a real VS Code server, opened in
// Chromium. PODIUM_TEST_GREP picks tests by title. Prints each test; exits 1 on a failure, also when the host never answers.
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../../scripts/lib/machine.mjs';
import { startVscodeServer } from '../../scripts/lib/vscodeServer.mjs';
import { launchBrowser, openWorkbench } from '../../scripts/lib/workbench.mjs';
import { buildSuite } from './build.mjs';

const limit = 10 * 60_000;

/** Runs the suite; returns `{passed: string[], failed: {title, message}[]}`. Throws when the host gave no result. */
export async function runIntegration() {
  const tests = await buildSuite();
  const scratch = await mkdtemp(join(tmpdir(), 'podium-integration-'));
  const workspace = join(scratch, 'workspace');
  await cp(join(root, 'test', 'fixtures', 'workspace'), workspace, { recursive: true });
  const results = join(scratch, 'results.json');
  const env = { PODIUM_TEST_RESULTS: results, PODIUM_HOME: join(scratch, 'home'), PODIUM_TEST_GREP: process.env.PODIUM_TEST_GREP ?? '' };
  // Models of the editor come from another extension, as they do for people.
  const server = await startVscodeServer({ env, extensions: [join(root, 'test', 'fixtures', 'modelProvider')] });
  const browser = await launchBrowser();
  try {
    const { exit } = await openWorkbench(browser, server, {
      folder: workspace,
      development: root,
      tests,
      env,
      onLog: (type, line) => process.env.PODIUM_TEST_VERBOSE && console.log(`  [host ${type}] ${line}`),
    });
    const timeout = new Promise((_, reject) => setTimeout(() => reject(new Error('The extension host gave no result within 10 minutes.')), limit).unref());
    const { code, logs } = await Promise.race([exit, timeout]);
    if (!existsSync(results)) throw new Error(`The suite wrote no results (exit code ${code}).\n${JSON.stringify(logs ?? '')}\n${server.log()}`);
    return JSON.parse(await readFile(results, 'utf8'));
  } finally {
    await browser.close();
    await server.stop();
    await rm(scratch, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }
}

if (import.meta.url === `file://${process.argv[1]}`) {
  const { passed, failed } = await runIntegration();
  for (const title of passed) console.log(`  ✓ ${title}`);
  for (const { title, message } of failed) console.log(`  ✗ ${title}\n${message.replace(/^/gm, '      ')}`);
  console.log(`${passed.length} passed, ${failed.length} failed`);
  process.exitCode = failed.length > 0 || passed.length === 0 ? 1 : 0;
}
