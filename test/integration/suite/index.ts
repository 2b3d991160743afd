import { writeFileSync } from 'node:fs';
import Mocha from 'mocha';

// Suites are bundled with esbuild, so they are named here instead of found by a glob. They are
// required only after mocha has put its globals (`suite`, `test`) in place.
const suites: readonly (() => Promise<unknown>)[] = [() => import('./activation.test')];

interface Results {
  passed: string[];
  failed: { title: string; message: string }[];
}

/** Called in the extension host by VS Code; rejects when a test fails. Results also go to PODIUM_TEST_RESULTS as JSON. */
export async function run(): Promise<void> {
  const mocha = new Mocha({ ui: 'tdd', timeout: 120_000, color: false });
  mocha.suite.emit('pre-require', globalThis, 'podium', mocha);
  for (const load of suites) await load();
  const results: Results = { passed: [], failed: [] };
  const failures = await new Promise<number>((resolve) => {
    const runner = mocha.run(resolve);
    runner.on('pass', (test) => results.passed.push(test.fullTitle()));
    runner.on('fail', (test, error: unknown) =>
      results.failed.push({ title: test.fullTitle(), message: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    );
  });
  const file = process.env.PODIUM_TEST_RESULTS;
  if (file) writeFileSync(file, JSON.stringify(results));
  if (failures > 0) throw new Error(`${failures} of ${failures + results.passed.length} integration tests failed.`);
}
