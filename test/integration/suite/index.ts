import { writeFile } from 'node:fs/promises';
import Mocha from 'mocha';

interface Failure {
  readonly title: string;
  readonly message: string;
}

/**
 * Entry of the suite in the extension host. Writes passed and failed tests as JSON to the file in
 * PODIUM_TEST_RESULTS and rejects when one failed or none ran.
 */
export async function run(): Promise<void> {
  const mocha = new Mocha({ ui: 'bdd', timeout: 120_000, color: false, ...(process.env.PODIUM_TEST_GREP ? { grep: process.env.PODIUM_TEST_GREP } : {}) });
  // The interface puts describe, it and the hooks into place before the files are evaluated.
  mocha.suite.emit('pre-require', globalThis, '', mocha);
  await import('./activation.test');
  await import('./trees.test');
  await import('./bench.test');
  await import('./review.test');
  await import('./panels.test');
  await import('./run.test');
  await import('./models.test');
  await import('./editorModels.test');
  await import('./approvals.test');
  await import('./lifecycle.test');
  await import('./inline.test');
  await import('./standings.test');
  const passed: string[] = [];
  const failed: Failure[] = [];
  await new Promise<void>((resolve) => {
    mocha
      .run(() => resolve())
      .on('pass', (test) => passed.push(test.fullTitle()))
      .on('fail', (test, error: unknown) => failed.push({ title: test.fullTitle(), message: error instanceof Error ? (error.stack ?? error.message) : String(error) }));
  });
  const file = process.env['PODIUM_TEST_RESULTS'];
  if (file) await writeFile(file, JSON.stringify({ passed, failed }));
  if (failed.length > 0 || passed.length === 0) throw new Error(`${failed.length} failed, ${passed.length} passed`);
}
