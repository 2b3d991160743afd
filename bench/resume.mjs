// Time until the view of a run with 100,000 events is there, against JSON.parse of the same lines.
//   node bench/resume.mjs [--events 100000] [--runs 7]
import { createRequire } from 'node:module';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { bundle, median, megabytes, root, withScratch } from './lib/load.mjs';

const { values } = parseArgs({ options: { events: { type: 'string', default: '100000' }, runs: { type: 'string', default: '7' } } });
const require = createRequire(import.meta.url);

await withScratch(async (scratch) => {
  const { playLongRun } = require(await bundle('bench/lib/longRun.ts', scratch));
  const { lengthen, parseAlone, readView } = require(await bundle('bench/lib/longJournal.ts', scratch));
  const { folder } = await playLongRun(root, await bundle('src/node/grading/worker.ts', scratch), scratch, 12);

  const measure = async (length) => {
    await lengthen(folder, length);
    const times = { view: [], parse: [] };
    let seen;
    // In turns, so that a slow moment of the machine meets both; the first round warms up.
    for (let run = 0; run <= Number(values.runs); run++) {
      for (const [name, work] of [['parse', parseAlone], ['view', readView]]) {
        const start = performance.now();
        const result = await work(folder);
        if (run > 0) times[name].push(performance.now() - start);
        if (name === 'view') seen = result;
      }
    }
    if (seen.events !== length) throw new Error(`read ${seen.events} of ${length} events`);
    const view = median(times.view);
    const parse = median(times.parse);
    const { size } = await stat(join(folder, 'journal.jsonl'));
    console.log(`${length.toLocaleString('en-US')} events of ${seen.attempts} attempts, ${megabytes(size)} MB: view ${view.toFixed(0)} ms, JSON.parse alone ${parse.toFixed(0)} ms, ratio ${(view / parse).toFixed(2)}`);
    return view;
  };
  const length = Number(values.events);
  const tenth = await measure(length / 10);
  const whole = await measure(length);
  console.log(`ten times the events take ${(whole / tenth).toFixed(1)} times as long`);
});
