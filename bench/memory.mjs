// Memory and time per attempt of a runner over 1,000 attempts, against a bare Node process.
//   node --expose-gc bench/memory.mjs [--attempts 1000]
// The runner's own session with journal, grader and socket plays; the sandbox answers at once, so
// that nothing but the runner is measured.
import { createRequire } from 'node:module';
import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { bundle, median, megabytes, root, withScratch } from './lib/load.mjs';

if (!globalThis.gc) throw new Error('Start it with node --expose-gc.');
const { values } = parseArgs({ options: { attempts: { type: 'string', default: '1000' } } });
const attempts = Number(values.attempts);
const require = createRequire(import.meta.url);
const bare = JSON.parse(execFileSync(process.execPath, ['--expose-gc', '-e', 'gc(); console.log(JSON.stringify(process.memoryUsage()))'], { encoding: 'utf8' }));

await withScratch(async (scratch) => {
  const { playLongRun } = require(await bundle('bench/lib/longRun.ts', scratch));
  const worker = await bundle('src/node/grading/worker.ts', scratch);
  const looks = new Set([10, attempts / 10, attempts / 2, attempts].map(Math.round));
  const times = [];
  let last = performance.now();
  console.log(`bare Node         heap ${megabytes(bare.heapUsed)} MB, resident ${megabytes(bare.rss)} MB`);
  const { events } = await playLongRun(root, worker, scratch, attempts, (attempt) => {
    times.push(performance.now() - last);
    if (looks.has(attempt)) {
      globalThis.gc();
      const { heapUsed, rss } = process.memoryUsage();
      console.log(`attempt ${String(attempt).padStart(5)}     heap ${megabytes(heapUsed)} MB, resident ${megabytes(rss)} MB (${(rss / bare.rss).toFixed(1)} × bare)`);
    }
    last = performance.now();
  });
  const part = Math.floor(attempts / 10);
  const early = median(times.slice(10, 10 + part));
  const late = median(times.slice(-part));
  console.log(`${events} events; an attempt of four steps took ${early.toFixed(0)} ms early and ${late.toFixed(0)} ms late, ratio ${(late / early).toFixed(2)}`);
});
