// `npm test`: every layer, from a bare clone. Installs what it needs, runs on after a failed layer,
// and says at the end what ran and what could not. With CI=true a layer that could not run failed.
// `node scripts/test.mjs unit runtime` runs only the named layers.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { ensureDebian, ensureNpmPackages, isCI, MissingPrerequisite, root, run } from './lib/machine.mjs';

const scratch = await mkdtemp(join(tmpdir(), 'podium-test-'));
const bin = (name) => join(root, 'node_modules', '.bin', name);

/** A vitest project; counts come from its JSON report, so that a run of no test is a failure. */
async function vitest(project) {
  const report = join(scratch, `${project}.json`);
  let failure;
  await run(bin('vitest'), ['run', '--project', project, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`]).catch(
    (error) => (failure = error),
  );
  if (!existsSync(report)) throw failure ?? new Error(`vitest wrote no report for ${project}`);
  const { numPassedTests, numFailedTests, numPendingTests, testResults } = JSON.parse(await readFile(report, 'utf8'));
  if (failure && numFailedTests === 0) throw failure;
  const broken = testResults.flatMap(({ name, assertionResults }) =>
    assertionResults.flatMap(({ status, fullName, failureMessages }) => (status === 'failed' ? [[`${relative(root, name)}: ${fullName}`, failureMessages[0] ?? '']] : [])),
  );
  return { passed: numPassedTests, failed: numFailedTests, skipped: numPendingTests, broken };
}

const layers = {
  async types() {
    await run(bin('tsc'), ['-p', 'tsconfig.json']);
    await run(bin('tsc'), ['-p', 'webview/tsconfig.json']);
    return { passed: 2, failed: 0 };
  },
  async lint() {
    await run(bin('eslint'), ['.', '--max-warnings', '0']);
    return { passed: 1, failed: 0 };
  },
  async build() {
    await run(process.execPath, ['esbuild.mjs', '--production']);
    return { passed: 1, failed: 0 };
  },
  unit: () => vitest('unit'),
  package: () => vitest('package'),
  async runtime() {
    await ensureDebian('sandbox', 'engine');
    return vitest('runtime');
  },
  async integration() {
    await ensureDebian('sandbox', 'browser');
    const { runIntegration } = await import('../test/integration/run.mjs');
    const { passed, failed } = await runIntegration();
    for (const title of passed) console.log(`  ✓ ${title}`);
    for (const { title, message } of failed) console.log(`  ✗ ${title}\n${message.replace(/^/gm, '      ')}`);
    return { passed: passed.length, failed: failed.length, broken: failed.map(({ title, message }) => [title, message]) };
  },
  async e2e() {
    await ensureDebian('sandbox', 'browser');
    return vitest('e2e');
  },
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in layers));
if (unknown.length > 0) {
  console.error(`No such layer: ${unknown.join(', ')}. Layers: ${Object.keys(layers).join(', ')}.`);
  process.exit(2);
}

const report = [];
try {
  await ensureNpmPackages();
  for (const [name, layer] of Object.entries(layers)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    console.log(`\n── ${name} ──`);
    try {
      const counts = await layer();
      const empty = counts.passed + counts.failed === 0;
      report.push({ name, ...counts, failed: counts.failed + (empty ? 1 : 0), note: empty ? 'no test ran' : '' });
    } catch (error) {
      const notRun = error instanceof MissingPrerequisite;
      if (!notRun) console.error(error.message);
      report.push({ name, passed: 0, failed: notRun && !isCI ? 0 : 1, notRun, note: error.message.split('\n')[0] });
    }
  }
} finally {
  await rm(scratch, { recursive: true, force: true });
}

console.log('\n── summary ──');
for (const { name, passed, failed, skipped = 0, notRun, note } of report) {
  const state = notRun ? 'not run' : failed > 0 ? 'failed' : 'passed';
  const detail = notRun ? note : [`${passed} passed`, failed > 0 && `${failed} failed`, skipped > 0 && `${skipped} skipped`, note].filter(Boolean).join(', ');
  console.log(`${name.padEnd(12)} ${state.padEnd(8)} ${detail}`);
}
// Named last, where the end of a long log still shows them.
for (const { name, broken = [] } of report) {
  for (const [title, message] of broken) console.log(`\n✗ ${name}: ${title}\n${message.split('\n').slice(0, 12).join('\n').replace(/^/gm, '    ')}`);
}
const sum = (key) => report.reduce((total, entry) => total + (entry[key] ?? 0), 0);
console.log(`\n${sum('passed')} passed, ${sum('failed')} failed${sum('skipped') > 0 ? `, ${sum('skipped')} skipped` : ''}`);
// A skipped test in CI is a part of the product that nobody looked at.
process.exitCode = sum('failed') > 0 || (isCI && sum('skipped') > 0) ? 1 : 0;
