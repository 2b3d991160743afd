// Makes the README's pictures from the real workbench: `npm run pictures`. The browser journeys
// write them to docs/pictures (or PODIUM_PICTURES) while they check what they show.
import { spawnSync } from 'node:child_process';
import { readdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const folder = resolve(process.env.PODIUM_PICTURES ?? join(root, 'docs', 'pictures'));
const largest = 250_000;

const run = (...args) => {
  const { status, error } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit', env: { ...process.env, PODIUM_PICTURES: folder } });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
};
run('esbuild.mjs');
run(join('node_modules', 'vitest', 'vitest.mjs'), 'run', '--project', 'e2e', 'test/e2e/journey.test.ts', 'test/e2e/review.test.ts');

let tooLarge = false;
for (const name of (await readdir(folder)).filter((file) => file.endsWith('.png')).sort()) {
  const { size } = await stat(join(folder, name));
  tooLarge ||= size > largest;
  process.stdout.write(`${join(folder, name)}  ${Math.round(size / 1000)} kB${size > largest ? ', too large for the repository' : ''}\n`);
}
process.exit(tooLarge ? 1 : 0);
