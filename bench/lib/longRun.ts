import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Player } from '../../src/core/agent/player';
import type { RunEvent } from '../../src/core/run/events';
import type { JobEvent, JobResult, JobSpec, Sandbox } from '../../src/core/runtime/runtime';
import { CompetitionLibrary } from '../../src/node/competitions/library';
import { GradingService } from '../../src/node/grading/gradingService';
import { Runs } from '../../src/node/runner/runs';
import { RunnerServer } from '../../src/node/runner/runnerServer';
import { RunSession } from '../../src/node/runner/session';

/** The rows that a submission of the played competition must have, and what may stand in them. */
const labels = ['Adelie', 'Chinstrap', 'Gentoo'];

/**
 * A sandbox that keeps nothing but the newest attempt's files and answers at once, so that what is
 * measured is the runner: a "run" prints what a script of that kind prints, reaches the usual
 * milestones and writes a submission that differs from attempt to attempt.
 */
class InstantSandbox implements Sandbox {
  readonly info: Sandbox['info'] = { id: 'instant', runtime: 'local', isolation: 'bubblewrap', image: '/usr/bin/python3', python: '3.11', libraries: { sklearn: '1.2', pandas: '1.5' } };
  readonly network = 'closed';
  private folder = '';
  private files = new Map<string, string>();

  constructor(private readonly ids: readonly string[]) {}

  put: Sandbox['put'] = async (folder, files) => {
    const there = this.of(folder);
    for (const { path, content } of files) there.set(path, Buffer.from(content).toString('utf8'));
  };
  remove: Sandbox['remove'] = async (folder, paths) => paths.forEach((path) => this.of(folder).delete(path));
  clear: Sandbox['clear'] = async (folder, keep) => {
    for (const path of [...this.of(folder).keys()]) if (!keep.includes(path)) this.of(folder).delete(path);
  };
  get: Sandbox['get'] = async (folder, path) => {
    const content = this.of(folder).get(path);
    return content === undefined ? undefined : Buffer.from(content);
  };
  list: Sandbox['list'] = async (folder) => [...this.of(folder)].map(([path, content]) => ({ path, bytes: content.length }));

  async run(job: JobSpec, listener: (event: JobEvent) => void): Promise<JobResult> {
    const say = (text: string): void => listener({ type: 'output', stream: 'stdout', text });
    if (job.task.kind === 'script' && job.task.path === 'check.py') {
      say('{"errors": []}');
      return { status: 'done', exitCode: 0, seconds: 0.01 };
    }
    const number = Number(/\d+/.exec(job.folder)?.[0] ?? 0);
    const names = ['parses', 'imported', 'data_loaded', 'features_built', 'model_defined', 'training_started'] as const;
    for (const [at, name] of names.entries()) listener({ type: 'milestone', milestone: { name, at } });
    for (let fold = 1; fold <= 5; fold++) {
      say(`fold ${fold}: ${(0.8 + number / 1e5).toFixed(4)}\n`);
      listener({ type: 'milestone', milestone: { name: 'fold_done', at: fold, done: fold, of: 5 } });
    }
    say(`SCORE macro_f1 ${(0.8 + number / 1e5).toFixed(5)}\n`);
    const rows = this.ids.map((id, at) => `${id},${labels[(at * 7 + number * (1 + (at % 5))) % 3]}`);
    this.of(job.folder).set('submission.csv', `id,species\n${rows.join('\n')}\n`);
    for (const [at, name] of (['trained', 'validation_reported', 'predicted', 'submission_written'] as const).entries()) listener({ type: 'milestone', milestone: { name, at: 6 + at } });
    return { status: 'done', exitCode: 0, seconds: 1 };
  }

  interrupt: Sandbox['interrupt'] = async () => undefined;
  restartKernel: Sandbox['restartKernel'] = async () => undefined;
  stats: Sandbox['stats'] = async () => ({ cpuPercent: 0, memoryMb: 0, memoryLimitMb: 0 });
  stop: Sandbox['stop'] = async () => undefined;
  detach: Sandbox['detach'] = async () => undefined;

  private of(folder: string): Map<string, string> {
    if (folder !== this.folder) [this.folder, this.files] = [folder, new Map()];
    return this.files;
  }
}

const script = (attempt: number): string =>
  `${Array.from({ length: 60 }, (_, line) => `x${line} = table['column_${line}'] * ${line + (attempt % 97)}  # what a script of this length holds`).join('\n')}\n`;

/** New attempt, write, run, submit; again and again. */
const player = (attempts: number, done: (attempt: number) => void | Promise<void>): Player => ({
  async play(door) {
    for (let attempt = 1; attempt <= attempts; attempt++) {
      await door.step({ name: 'reset', params: { from: attempt === 1 ? null : attempt - 1, operator: attempt === 1 ? 'draft' : 'improve', plan: `Change number ${attempt}.` } });
      await door.step({ name: 'write_file', params: { path: 'train.py', content: script(attempt) } });
      await door.step({ name: 'run_script', params: { path: 'train.py' } });
      await door.step({ name: 'submit', params: {} });
      await door.explain(attempt, `Change number ${attempt}: no gain.`);
      await done(attempt);
    }
  },
});

export interface LongRun {
  readonly folder: string;
  readonly runId: string;
  readonly events: number;
}

/**
 * A run of `attempts` attempts by the runner's own session with journal, grader and socket, over a
 * sandbox that answers at once.
 * @param root the checkout
 * @param workerFile the bundle `gradingWorker.js`
 * @param scratch an empty folder: workspace and PODIUM_HOME
 */
export async function playLongRun(root: string, workerFile: string, scratch: string, attempts: number, done: (attempt: number) => void | Promise<void> = () => undefined): Promise<LongRun> {
  const home = join(scratch, 'home');
  const workspace = join(scratch, 'workspace');
  const competition = await new CompetitionLibrary({ bundledFolder: join(root, 'media', 'competitions'), home }).load('penguins');
  const { runId, folder, config } = await new Runs({ workspace, home, version: '0.0.0' }).create({ competition, agent: 'offline', limits: { gradedCalls: attempts + 1 } });
  const ids = await idsOf(join(competition.dataFolder, 'sample_submission.csv'));
  const log = (line: string): void => void process.stderr.write(`${line}\n`);
  const { metric, submission } = competition.manifest;
  const service = new GradingService(workerFile);
  const answers = { path: await competition.answersFile() };
  let events = 0;
  const session = await RunSession.open({
    folder,
    config,
    competition,
    home,
    benchFolder: join(workspace, 'penguins'),
    grader: { grade: (bytes, signal) => service.grade({ answers, submission: { bytes }, metric: metric.name, params: metric.params, id: submission.id, target: submission.target }, signal) },
    sandboxes: { open: async () => new InstantSandbox(ids), release: async () => undefined },
    player: player(attempts, done),
    actor: 'template',
    clock: { now: () => Date.now() },
    log,
  });
  session.onEvent((event: RunEvent) => (events = event.seq));
  const server = await RunnerServer.start(session, home, log);
  const end = await session.run();
  await server.close();
  await session.close();
  if (end.status !== 'finished') throw new Error(`The run has ${end.status}: ${end.reason}`);
  return { folder, runId, events };
}

async function idsOf(sample: string): Promise<string[]> {
  return (await readFile(sample, 'utf8')).trim().split('\n').slice(1).map((line) => line.split(',')[0] ?? '');
}
