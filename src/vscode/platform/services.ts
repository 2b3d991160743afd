import { join } from 'node:path';
import type { CompetitionLibrary } from '../../node/competitions/library';
import type { Runs } from '../../node/runner/runs';
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

  private async makeLibrary(): Promise<CompetitionLibrary> {
    const { CompetitionLibrary } = await import('../../node/competitions/library');
    const base = this.workspace.folder?.uri.fsPath;
    return new CompetitionLibrary({ bundledFolder: join(this.extensionPath, 'media', 'competitions'), home: await this.home(), base });
  }

  private async makeRuns(workspace: string): Promise<Runs> {
    const { Runs } = await import('../../node/runner/runs');
    return new Runs({ workspace, home: await this.home(), version: this.version });
  }
}
