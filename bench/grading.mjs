// Whole-process time, CPU time and peak memory of `podium grade` against the usual Python way (pandas
// reads, scikit-learn scores) on the same files: string ids, submission in shuffled order.
//   node bench/grading.mjs [--rows 1000000] [--runs 5] [--cli dist/cli.js] [--python /usr/bin/python3]
import { spawn } from 'node:child_process';
import { createWriteStream, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '1000000' },
    runs: { type: 'string', default: '5' },
    cli: { type: 'string', default: 'dist/cli.js' },
    python: { type: 'string', default: 'python3' },
  },
});
const rows = Number(values.rows);
const runs = Number(values.runs);

const python = `
import sys
import pandas as pd
from sklearn.metrics import roc_auc_score
answers, submission = pd.read_csv(sys.argv[1]), pd.read_csv(sys.argv[2])
both = answers.merge(submission, on="id", suffixes=("_true", ""), validate="one_to_one")
assert len(both) == len(answers) == len(submission)
print(roc_auc_score(both["y_true"], both["y"]))
`;

/** Deterministic numbers in [0, 1). */
function generator(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

async function writeFiles(folder) {
  const random = generator(1);
  const truth = new Uint8Array(rows).map(() => (random() < 0.3 ? 1 : 0));
  const order = new Uint32Array(rows).map((_, i) => i);
  for (let i = rows - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  const id = (i) => `row_${i.toString(16).padStart(8, '0')}`;
  await write(join(folder, 'answers.csv'), (i) => `${id(i)},${truth[i]}\n`);
  await write(join(folder, 'submission.csv'), (k) => `${id(order[k])},${(0.3 * truth[order[k]] + 0.7 * random()) * (1 - 2 ** -30)}\n`);
}

async function write(path, line) {
  const file = createWriteStream(path);
  file.write('id,y\n');
  for (let i = 0; i < rows; i += 20_000) {
    let text = '';
    for (let k = i; k < Math.min(rows, i + 20_000); k++) text += line(k);
    if (!file.write(text)) await new Promise((resolve) => file.once('drain', resolve));
  }
  await new Promise((resolve) => file.end(resolve));
}

/**
 * Seconds, CPU seconds (user and system, all threads), peak resident MiB and output of a process. The
 * last two figures are the kernel's own counts, read every few milliseconds until it ends.
 */
function measure(command, args) {
  return new Promise((resolve, reject) => {
    let cpu = 0;
    const start = process.hrtime.bigint();
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    let peak = 0;
    const look = () => {
      try {
        const match = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'));
        if (match) peak = Math.max(peak, Number(match[1]) / 1024);
        // Ticks of 1/100 s; the name before them may hold spaces.
        const ticks = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1].split(' ');
        cpu = Math.max(cpu, (Number(ticks[11]) + Number(ticks[12])) / 100);
      } catch {
        // It has ended.
      }
    };
    const timer = setInterval(look, 5);
    child.stdout.on('data', (chunk) => (output += chunk));
    child.on('error', reject);
    child.on('close', (code) => {
      clearInterval(timer);
      if (code !== 0) reject(new Error(`${command} ended with code ${code}: ${output}`));
      else resolve({ seconds: Number(process.hrtime.bigint() - start) / 1e9, cpu, peak, output: output.trim() });
    });
  });
}

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];

const folder = await mkdtemp(join(tmpdir(), 'podium-bench-'));
try {
  await writeFiles(folder);
  const files = [join(folder, 'answers.csv'), join(folder, 'submission.csv')];
  const ours = [];
  const theirs = [];
  // In turns, so that a slow moment of the machine meets both.
  for (let run = 0; run < runs; run++) {
    ours.push(await measure(process.execPath, [values.cli, 'grade', files[1], '--answers', files[0], '--metric', 'roc_auc', '--json']));
    theirs.push(await measure(values.python, ['-c', python, ...files]));
  }
  const score = JSON.parse(ours[0].output).score;
  if (Math.abs(score - Number(theirs[0].output)) > 1e-9) throw new Error(`scores differ: ${score} and ${theirs[0].output}`);
  const row = (name, list) => `${name.padEnd(22)} ${median(list.map((r) => r.seconds)).toFixed(3)} s   CPU ${median(list.map((r) => r.cpu)).toFixed(2)} s   ${median(list.map((r) => r.peak)).toFixed(0)} MiB`;
  const ratio = (of) => median(theirs.map((their, run) => of(their) / of(ours[run])));
  console.log(`ROC AUC of ${rows.toLocaleString('en-US')} rows, medians of ${runs} runs in turns; both say ${score}`);
  console.log(row('podium grade', ours));
  console.log(row('pandas + scikit-learn', theirs));
  console.log(`medians of the ratios of each turn: ${ratio((r) => r.seconds).toFixed(1)} times faster, ${ratio((r) => r.cpu).toFixed(1)} times less CPU time, ${(1 / ratio((r) => r.peak)).toFixed(2)} of the memory`);
} finally {
  await rm(folder, { recursive: true, force: true });
}
