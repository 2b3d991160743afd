import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { inject } from 'vitest';
import type { Observation } from '../../src/core/environment/observation';
import type { RunEvent } from '../../src/core/run/events';
import { assetsAt, type Assets } from '../../src/node/assets';
import { CompetitionLibrary, type LoadedCompetition } from '../../src/node/competitions/library';
import { createGrader } from '../../src/node/grading/createGrader';
import { sandboxSource } from '../../src/node/runner/sandboxSource';
import { Runs } from '../../src/node/runner/runs';
import { RunSession } from '../../src/node/runner/session';
import { createRuntimes } from '../../src/node/runtimes';
import { bundles } from '../../esbuild.mjs';
import { bridgeFile, containerFolder, plantedKey, root } from './forms';

/** A run whose player is up to no good: the real session, environment, grader and sandbox; the scripts are the test's. */

const engine = inject('engine');

/** A folder outside the checkout, with the grading worker of this checkout. */
export interface Scratch {
  readonly folder: string;
  /** PODIUM_HOME. */
  readonly home: string;
  readonly assets: Assets;
  remove(): Promise<void>;
}

export async function makeScratch(): Promise<Scratch> {
  const folder = await mkdtemp(join(tmpdir(), 'podium-attack-'));
  const home = join(folder, 'home');
  await mkdir(home);
  await build({ ...bundles.gradingWorker, absWorkingDir: root, outdir: join(folder, 'dist'), sourcemap: false });
  return { folder, home, assets: { ...assetsAt(root), dist: join(folder, 'dist') }, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** What a script reports with `tell`, and what became of its step. */
export interface Tried {
  readonly observation: Observation;
  readonly told: unknown;
  /** Public score that the run says, and that its journal has. */
  readonly score: number | null;
}

/** The beginning of every attack. `honest` writes the submission that is worth what the sample is. */
const prelude = `
import base64, glob, json, os, shutil, socket, subprocess, sys, time
def tell(value):
    print('TOLD ' + json.dumps(value), flush=True)
def honest():
    shutil.copyfile('data/sample_submission.csv', 'submission.csv')
def tried(*actions):
    done = []
    for number, action in enumerate(actions):
        try:
            action()
            done.append(number)
        except (OSError, ValueError, ImportError) as error:
            pass
    return done
`;

export class AttackRun {
  private constructor(
    private readonly session: RunSession,
    readonly events: RunEvent[],
    readonly folder: string,
    private readonly ended: Promise<unknown>,
  ) {}

  static async start(scratch: Scratch, kind: 'docker' | 'local', competition: LoadedCompetition): Promise<AttackRun> {
    const { home, assets } = scratch;
    const runs = new Runs({ workspace: await mkdtemp(join(scratch.folder, 'workspace-')), home, version: '0.0.0' });
    const { folder, config } = await runs.create({ competition, agent: 'human', runtime: kind });
    const places = { bridgeFile, containerFolder, home, hide: [root] };
    const env = { ...process.env, OPENAI_API_KEY: plantedKey, KAGGLE_KEY: plantedKey, ...(engine.missing ? {} : { DOCKER_HOST: engine.dockerHost, PODIUM_IMAGE: engine.image }) };
    const runtimes = createRuntimes({ ...places, env });
    const benchFolder = join(folder, '..', 'bench');
    await mkdir(benchFolder, { recursive: true });
    const session = await RunSession.open({
      folder,
      config,
      competition,
      home,
      benchFolder,
      grader: await createGrader(competition, { assets, home, runtimes: () => Promise.resolve(runtimes) }),
      sandboxes: sandboxSource(runtimes, config, competition, { home, asks: false }),
      actor: 'human',
      clock: { now: () => Date.now() },
      log: () => undefined,
    });
    const events = [...(await session.events())];
    session.onEvent((event) => events.push(event));
    const run = new AttackRun(session, events, folder, session.run());
    await run.act('list_files', {});
    return run;
  }

  /** Runs a script as train.py and submits what it wrote. */
  async submit(script: string): Promise<Tried> {
    return this.seen(await this.act('submit', { entry: 'train.py' }, { 'train.py': prelude + script }));
  }

  /** Runs a script without submitting. */
  async run(script: string, seconds = 60): Promise<Tried> {
    return this.seen(await this.act('run_script', { path: 'train.py', seconds }, { 'train.py': prelude + script }));
  }

  act(name: string, params: object, files?: Readonly<Record<string, string>>): Promise<Observation> {
    return this.session.act({ name, params }, files);
  }

  async close(): Promise<void> {
    await this.session.stop();
    await this.ended;
    await this.session.close();
  }

  private seen(observation: Observation): Tried {
    const { head = '', tail = '' } = observation.output ?? {};
    const line = `${head}\n${tail}`.split('\n').find((text) => text.startsWith('TOLD '));
    const graded = this.events.filter((event) => event.type === 'graded').at(-1);
    const score = observation.grade?.public?.score ?? null;
    const journaled = score === null || graded?.type !== 'graded' ? null : (graded.data.public?.score ?? null);
    if ((score === null) !== (journaled === null) || Math.abs((score ?? 0) - (journaled ?? 0)) > 0.01) throw new Error(`the journal has ${journaled}, the player was told ${score}`);
    return { observation, told: line === undefined ? undefined : (JSON.parse(line.slice('TOLD '.length)) as unknown), score };
  }
}

/** A bundled competition with less room than it usually has, so that using it up takes no time. */
export async function smallCompetition(scratch: Scratch, id: string): Promise<LoadedCompetition> {
  const competition = await new CompetitionLibrary({ bundledFolder: join(root, 'media/competitions'), home: scratch.home }).load(id);
  const { manifest } = competition;
  return { ...competition, manifest: { ...manifest, environment: { ...manifest.environment, memoryGb: 0.75, diskMb: 100, shmMb: 32 }, limits: { ...manifest.limits, submissions: 200 } } };
}
