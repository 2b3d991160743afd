// Container ready for its first step, beside a bare `docker run` of the same image that imports the
// same libraries.
//   node bench/container.mjs [--runs 7] [--cli dist/cli.js] [--competition penguins]
// Needs DOCKER_HOST and PODIUM_IMAGE of an engine that has the image: `node scripts/testEngine.mjs start`.
import { execFile } from 'node:child_process';
import { parseArgs, promisify } from 'node:util';
import { GymServer, median, temporaryFolder } from './support.mjs';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '7' },
    cli: { type: 'string', default: 'dist/cli.js' },
    competition: { type: 'string', default: 'penguins' },
  },
});
const runs = Number(values.runs);
const image = process.env.PODIUM_IMAGE;
if (!image || !process.env.DOCKER_HOST) {
  console.error('Set DOCKER_HOST and PODIUM_IMAGE: `node scripts/testEngine.mjs start` prints both.');
  process.exit(2);
}
const libraries = 'import sklearn, pandas, ipykernel';

async function timed(work) {
  const begin = performance.now();
  await work();
  return (performance.now() - begin) / 1000;
}

/** The bare alternative: a container that is made, imports, and goes. */
const bare = () => promisify(execFile)('docker', ['run', '--rm', '--network', 'none', '--entrypoint', 'python3', image, '-c', libraries]);

const folder = await temporaryFolder();
try {
  const ready = [];
  const imported = [];
  const theirs = [];
  // In turns, so that a slow moment of the machine meets both. The first round warms caches and does not count.
  for (let run = 0; run <= runs; run++) {
    const server = await GymServer.start(values.cli, folder.path, ['--competition', values.competition, '--runtime', 'docker']);
    const begin = performance.now();
    await server.ask({ op: 'reset' });
    const atReady = (performance.now() - begin) / 1000;
    await server.act('write_file', { path: 'train.py', content: `${libraries}\n` });
    const { observation } = await server.act('run_script', { path: 'train.py' });
    if (observation.status !== 'ok') throw new Error(JSON.stringify(observation));
    const atImported = (performance.now() - begin) / 1000;
    await server.close();
    const other = await timed(bare);
    if (run === 0) continue;
    ready.push(atReady);
    imported.push(atImported);
    theirs.push(other);
  }
  const row = (name, list) => `${name.padEnd(44)} ${median(list).toFixed(2)} s   ratio ${(median(list) / median(theirs)).toFixed(2)}`;
  console.log(`Starting a container, medians of ${runs} in turns`);
  console.log(row('docker run, imports the libraries', theirs));
  console.log(row('Podium, ready for the first step', ready));
  console.log(row('Podium, first script has imported them', imported));
} finally {
  await folder.remove();
}
