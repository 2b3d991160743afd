import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Health } from '../../core/competition/finding';
import type { CompetitionLibrary } from '../../node/competitions/library';
import type { Runs } from '../../node/runner/runs';
import type { Runtimes } from '../../node/runtimes';
import type { CompetitionGrade } from '../../core/grading/result';
import type { ModelKeys } from '../models/modelKeys';
import type { RunConfig } from '../../core/run/events';
import type { RunnerEnv } from '../../node/runner/launch';
import type { Settings } from './settings';
import type { Workspace } from './workspace';

/**
 * The services of src/node, each made on first use: activation loads none of them. The imports
 * are dynamic for the same reason; the bundle evaluates such a module when it is first asked for.
 */
export class Services {
  private library: Promise<CompetitionLibrary> | undefined;
  private runsOf: { workspace: string; runs: Promise<Runs> } | undefined;

  constructor(
    readonly extensionPath: string,
    readonly version: string,
    private readonly workspace: Workspace,
    private readonly settings: Settings,
    private readonly keys: ModelKeys,
    private readonly log: (line: string) => void,
  ) {}

  /** PODIUM_HOME, made when absent. */
  async home(): Promise<string> {
    const { podiumHome } = await import('../../node/storage/podiumHome');
    return podiumHome();
  }

  competitions(): Promise<CompetitionLibrary> {
    this.library ??= this.makeLibrary();
    return this.library;
  }

  /** The runs of the open folder; throws HostError `no_folder`. */
  runs(): Promise<Runs> {
    const workspace = this.workspace.root();
    if (this.runsOf?.workspace !== workspace) this.runsOf = { workspace, runs: this.makeRuns(workspace) };
    return this.runsOf.runs;
  }

  /** Both runtimes as the settings have them now. In a restricted workspace its settings do not count. */
  async runtimes(): Promise<Runtimes> {
    const { createRuntimes } = await import('../../node/runtimes');
    const media = join(this.extensionPath, 'media');
    return createRuntimes({
      bridgeFile: join(media, 'python', 'bridge.py'),
      containerFolder: join(media, 'container'),
      home: await this.home(),
      hide: [this.extensionPath],
      env: { ...process.env, ...this.runnerEnv() },
      log: this.log,
    });
  }

  /** Grades a file against the hidden answers of a competition, in a worker or, by its own grader, in a sandbox. */
  async grade(competition: string, submission: string, signal: AbortSignal): Promise<CompetitionGrade> {
    const [{ createGrader }, { withGraderWords }, { assetsAt }, loaded] = await Promise.all([
      import('../../node/grading/createGrader'),
      import('../../core/grading/graderFailure'),
      import('../../node/assets'),
      (await this.competitions()).load(competition),
    ]);
    const grader = await createGrader(loaded, { assets: assetsAt(this.extensionPath), home: await this.home(), runtimes: () => this.runtimes() });
    const grade = await grader.grade(await readFile(submission), signal);
    return { ...grade, errors: withGraderWords(grade.errors, grade.graderFailure) };
  }

  /** The check of a competition folder, in a worker: a large table must not block the editor's other extensions. */
  async checkCompetition(folder: string, thorough: boolean, signal?: AbortSignal): Promise<Health> {
    const { checkInWorker } = await import('../../node/competitions/checkInWorker');
    return checkInWorker(join(this.extensionPath, 'dist', 'checkWorker.js'), { folder, home: await this.home(), thorough }, signal);
  }

  /** What the settings add to a runner's environment. */
  private runnerEnv(): Record<string, string> {
    const host = this.settings.get('podium.docker.host');
    const python = this.settings.get('podium.python');
    return { ...(host ? { DOCKER_HOST: host } : {}), ...(python ? { PODIUM_PYTHON: python } : {}) };
  }

  /** With the key of the run's model, by way of the environment alone. A key that this process inherited is not passed on. */
  private async launchEnv({ model }: Pick<RunConfig, 'model'>): Promise<RunnerEnv> {
    const key = model?.baseUrl === undefined ? undefined : await this.keys.get(model.baseUrl);
    return { ...this.runnerEnv(), OPENAI_API_KEY: key, KAGGLE_API_TOKEN: undefined, KAGGLE_USERNAME: undefined, KAGGLE_KEY: undefined };
  }

  private async makeLibrary(): Promise<CompetitionLibrary> {
    const { CompetitionLibrary } = await import('../../node/competitions/library');
    const base = this.workspace.folder?.uri.fsPath;
    return new CompetitionLibrary({ bundledFolder: join(this.extensionPath, 'media', 'competitions'), home: await this.home(), base, workspace: base ?? null });
  }

  private async makeRuns(workspace: string): Promise<Runs> {
    const { Runs } = await import('../../node/runner/runs');
    return new Runs({ workspace, home: await this.home(), version: this.version, runnerEnv: (config) => this.launchEnv(config), answer: async (ask, signal) => (await import('../models/editorModel')).answerForRun(ask, signal) });
  }
}
