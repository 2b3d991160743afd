// `npm run demo`: the main job on a bundled real competition with the offline agent, from a bare
// clone: in Docker when an engine answers, else in the local sandbox. Progress while it runs, the
// scoreboard, then VS Code with the run panel on that run.
import { spawn, spawnSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { confirm, ensureDebian, ensureNpmPackages, has, isCI, MissingPrerequisite, root, run } from './lib/machine.mjs';

const competition = process.argv[2] ?? 'debian-sections';
const workspace = process.env.PODIUM_DEMO_WORKSPACE ?? join(root, '.podium', 'demo');

try {
  await ensureNpmPackages();
  await run(process.execPath, ['esbuild.mjs']);
  if (!engineAnswers()) await ensureDebian('sandbox');
  await mkdir(workspace, { recursive: true });
  const result = await play();
  await openEditor(result.runId);
} catch (error) {
  console.error(error instanceof MissingPrerequisite ? `Podium cannot run the demo yet: ${error.message}` : error.message);
  process.exitCode = 1;
}

/** Whether a container engine answers; the CLI finds out again which form it can use. */
function engineAnswers() {
  return has('docker') && spawnSync('docker', ['info'], { stdio: 'ignore', timeout: 10_000 }).status === 0;
}

/** Plays the competition; progress and scoreboard go to the terminal, the result comes back. */
async function play() {
  const args = [join(root, 'dist', 'cli.js'), 'run', competition, '--agent', 'offline', '--runtime', 'auto'];
  args.push('--budget', process.env.PODIUM_DEMO_BUDGET ?? '240s', '--workspace', workspace, '--json');
  const child = spawn(process.execPath, args, { stdio: ['inherit', 'pipe', 'inherit'] });
  const forward = (signal) => child.kill(signal);
  process.on('SIGINT', forward);
  let output = '';
  child.stdout.on('data', (data) => (output += data));
  const code = await new Promise((resolve, reject) => child.on('error', reject).on('exit', resolve));
  process.off('SIGINT', forward);
  const result = JSON.parse(output);
  if (code !== 0 || result.attempts === undefined) throw new Error(result.error?.message ?? `The run ended with exit code ${code}.`);
  printScoreboard(result);
  const improving = result.attempts.filter((attempt) => attempt.valid);
  if (improving.length < 2) throw new Error('The demo made fewer than two valid attempts.');
  return result;
}

function printScoreboard({ attempts, best, status, isolation, submission, runId }) {
  const number = (value) => (typeof value === 'number' ? value.toFixed(4) : '');
  const row = (cells) => cells.map((cell, index) => (index === 1 ? cell.padEnd(10) : cell.padStart([4, 0, 9, 9, 9, 8][index]))).join('  ');
  console.log(`\n${competition}, run ${runId}, ${status}, isolation: ${isolation}\n`);
  console.log(row(['#', 'operator', 'claim', 'public', 'private', 'seconds']));
  for (const attempt of attempts) {
    const cells = [String(attempt.id), attempt.operator, number(attempt.claim), number(attempt.publicScore), number(attempt.privateScore), attempt.seconds.toFixed(1)];
    console.log(`${row(cells)}${attempt.id === best?.id ? '  ← final' : attempt.valid ? '' : '  not valid'}`);
  }
  console.log(`\nFinal submission: ${submission}\n`);
}

/** Desktop VS Code when there is one; else offers the server build, which is a large install. */
async function openEditor(runId) {
  await writeFile(join(workspace, '.podium', 'open-run'), runId);
  if (isCI || process.env.PODIUM_DEMO_EDITOR === 'none') return;
  if (has('code')) {
    await run('code', ['--new-window', `--extensionDevelopmentPath=${root}`, workspace]);
    return;
  }
  if (!(await confirm('No desktop VS Code found. Install the VS Code server for the browser (about 800 MB, a few minutes)?'))) {
    console.log(`To look at the run: open ${workspace} in VS Code with this extension, command "Podium: Open Run Panel".`);
    return;
  }
  const { startVscodeServer } = await import('./lib/vscodeServer.mjs');
  const server = await startVscodeServer({ trusted: true });
  const payload = JSON.stringify([['extensionDevelopmentPath', `vscode-remote://127.0.0.1:${server.port}${root}`]]);
  console.log(`Open ${server.url}?${new URLSearchParams({ folder: workspace, payload })}\nCtrl-C ends the server.`);
  await new Promise((resolve) => process.once('SIGINT', resolve));
  await server.stop();
}
