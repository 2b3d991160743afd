// A warm script step of the environment beside the bare script, and beside MLE-Dojo's own step.
//   node bench/step.mjs [--runs 9] [--cli dist/cli.js] [--python /usr/bin/python3] [--mle-dojo <checkout>]
// The container rows need DOCKER_HOST and PODIUM_IMAGE (`node scripts/testEngine.mjs start`), the last
// one a checkout of MLE-Dojo; what is missing is said and left out. MLE-Dojo's step runs in --python,
// which needs pandas and scikit-learn; its gymnasium base class is stood in for where it is not installed.
import { execFile, spawn } from 'node:child_process';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { GymServer, median, temporaryFolder } from './support.mjs';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '9' },
    cli: { type: 'string', default: 'dist/cli.js' },
    python: { type: 'string', default: '/usr/bin/python3' },
    'mle-dojo': { type: 'string' },
  },
});
const run = promisify(execFile);
const here = dirname(fileURLToPath(import.meta.url));
const competition = join(here, '..', 'media', 'competitions', 'penguins');
const script = await readFile(join(here, 'step.py'), 'utf8');
const image = process.env.PODIUM_IMAGE;
const withEngine = Boolean(image && process.env.DOCKER_HOST);

/** Each way: `once` runs the script one time; `of` names the row that it is held against. */
const ways = [];
const closing = [];

async function bareLocal(folder) {
  const cwd = join(folder, 'bare');
  await mkdir(cwd);
  await cp(join(competition, 'data'), join(cwd, 'data'), { recursive: true });
  await writeFile(join(cwd, 'train.py'), script);
  ways.push({ name: 'bare script', once: () => run(values.python, ['train.py'], { cwd }) });
}

async function podium(folder, runtime, of) {
  const server = await GymServer.start(values.cli, join(folder, runtime), ['--competition', 'penguins', '--runtime', runtime]);
  closing.push(() => server.close());
  await server.ask({ op: 'reset' });
  await server.act('write_file', { path: 'train.py', content: script });
  const act = async (name, params) => {
    const { observation } = await server.act(name, params);
    if (observation.status !== 'ok') throw new Error(JSON.stringify(observation));
  };
  ways.push({ name: `Podium ${runtime}, run_script`, of, once: () => act('run_script', { path: 'train.py' }) });
  // The whole of what MLE-Dojo's step does: new code, run, graded.
  let text = 0;
  const graded = async () => {
    await act('write_file', { path: 'train.py', content: `${script}# ${(text += 1)}\n` });
    await act('run_script', { path: 'train.py' });
    await act('submit', {});
  };
  if (runtime === 'local') ways.push({ name: 'Podium local, write, run and grade', of, once: graded });
}

async function bareContainer(folder) {
  const { stdout } = await run('docker', ['run', '-d', '--rm', '--network', 'none', '--entrypoint', 'sleep', image, '3600']);
  const id = stdout.trim();
  closing.push(() => run('docker', ['kill', id]));
  await run('docker', ['exec', id, 'mkdir', '-p', '/work']);
  await run('docker', ['cp', join(folder, 'bare', 'data'), `${id}:/work/data`]);
  await run('docker', ['cp', join(folder, 'bare', 'train.py'), `${id}:/work/train.py`]);
  ways.push({ name: 'docker exec, bare script', once: () => run('docker', ['exec', '-w', '/work', id, 'python3', 'train.py']) });
}

async function mleDojo(folder) {
  const child = spawn(values.python, [join(here, 'mleDojo.py'), values['mle-dojo'], competition, join(folder, 'dojo'), join(here, 'step.py')], {
    // It runs scripts with the first python3 of the PATH, and logs every step.
    env: { ...process.env, PATH: `${dirname(values.python)}:${process.env.PATH}` },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async () => {
    child.stdin.write('step\n');
    const { value } = await answers.next();
    if (value !== 'SUCCESS') throw new Error(`MLE-Dojo's step says ${value}`);
  };
  closing.push(() => child.stdin.end());
  ways.push({ name: "MLE-Dojo's env.step, run and grade", of: 'bare script', once: ask });
}

const folder = await temporaryFolder();
try {
  await bareLocal(folder.path);
  await podium(folder.path, 'local', 'bare script');
  if (values['mle-dojo']) await mleDojo(folder.path);
  else console.log('not measured: MLE-Dojo (give its checkout with --mle-dojo)');
  if (withEngine) {
    await bareContainer(folder.path);
    await podium(folder.path, 'docker', 'docker exec, bare script');
  } else console.log('not measured: containers (set DOCKER_HOST and PODIUM_IMAGE)');

  const seconds = new Map(ways.map((way) => [way.name, []]));
  const rounds = Number(values.runs);
  // In turns, so that a slow moment of the machine meets all. The first round warms up and does not count.
  for (let round = 0; round <= rounds; round++) {
    for (const { name, once } of ways) {
      const begin = performance.now();
      await once();
      if (round > 0) seconds.get(name).push((performance.now() - begin) / 1000);
    }
  }
  console.log(`One script on penguins, medians of ${rounds} in turns`);
  for (const { name, of } of ways) {
    const own = median(seconds.get(name));
    // Round by round, then the median: both sides of a ratio had the same moment of the machine.
    const ratio = of ? `   ${median(seconds.get(name).map((value, i) => value / seconds.get(of)[i])).toFixed(2)} × ${of}` : '';
    console.log(`${name.padEnd(38)} ${own.toFixed(3)} s${ratio}`);
  }
} finally {
  for (const close of closing.reverse()) await close();
  await folder.remove();
}
