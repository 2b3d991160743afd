// The same integration suite on the desktop build, through @vscode/test-electron. With
// VSCODE_TEST_EXECUTABLE nothing is downloaded. Not a layer of `npm test`.
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runTests } from '@vscode/test-electron';
import { root } from '../../scripts/lib/machine.mjs';
import { buildSuite } from './build.mjs';

const tests = await buildSuite();
const scratch = await mkdtemp(join(tmpdir(), 'podium-electron-'));
const workspace = join(scratch, 'workspace');
await cp(join(root, 'test', 'fixtures', 'workspace'), workspace, { recursive: true });
const results = join(scratch, 'results.json');
try {
  await runTests({
    vscodeExecutablePath: process.env.VSCODE_TEST_EXECUTABLE,
    extensionDevelopmentPath: root,
    extensionTestsPath: tests,
    extensionTestsEnv: { PODIUM_TEST_RESULTS: results, PODIUM_HOME: join(scratch, 'home') },
    launchArgs: [workspace, '--disable-workspace-trust', '--disable-extensions', `--user-data-dir=${join(scratch, 'user')}`],
  });
  const { passed, failed } = JSON.parse(await readFile(results, 'utf8'));
  console.log(`${passed.length} passed, ${failed.length} failed`);
} catch (error) {
  if (process.env.VSCODE_TEST_EXECUTABLE) throw error;
  console.error(`Not run: VS Code could not be downloaded (${error.message}). Set VSCODE_TEST_EXECUTABLE to an installed one, or use: npm run test:integration`);
  process.exitCode = 1;
} finally {
  await rm(scratch, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
}
