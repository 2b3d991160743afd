import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import * as vscode from 'vscode';
import type { ContextKeys } from '../platform/contextKeys';
import type { Workspace } from '../platform/workspace';
import type { RunSource } from '../runs/runHandle';
import type { LoadedCompetition } from '../../node/competitions/library';
import type { BenchVersions } from './benchVersions';
import type { CompetitionList } from '../views/competitionsTree';

/** Which folders of the workspace are benches: a competition's name, and there on the disk. */
export class BenchFolders {
  private known = new Map<string, string>();
  private readonly changed = new vscode.EventEmitter<void>();
  /** Other folders are benches than before. */
  readonly onDidChange = this.changed.event;

  constructor(
    private readonly workspace: Workspace,
    private readonly competitions: CompetitionList,
    private readonly runs: RunSource,
    private readonly versions: BenchVersions,
    private readonly contextKeys: ContextKeys,
  ) {}

  /** Absolute paths of the benches. */
  get folders(): readonly string[] {
    return [...this.known.keys()];
  }

  /** Id of the competition whose bench a folder is. */
  of(folder: string): string | undefined {
    return this.known.get(folder);
  }

  /** Id of the competition whose bench a file lies on, at any depth. */
  ofFile(path: string): string | undefined {
    for (let folder = dirname(path); ; folder = dirname(folder)) {
      const found = this.known.get(folder);
      if (found !== undefined || dirname(folder) === folder) return found;
    }
  }

  /** Makes a competition's bench where it lacks something, and knows it from then on. */
  async make(competition: LoadedCompetition): Promise<void> {
    const [{ starterFiles }, { makeBench }] = await Promise.all([import('../../core/agent/starter'), import('../../node/runner/benchFolder')]);
    await this.versions.noteStarters(await makeBench(this.workspace.bench(competition.manifest.id), competition, starterFiles(competition)));
    await this.refresh();
  }

  /** Looks again, at the names only. */
  async refresh(): Promise<void> {
    const root = this.workspace.folder?.uri.fsPath;
    const found = new Map<string, string>();
    if (root !== undefined) {
      const known = new Set([...(await this.competitions.list()).map((entry) => entry.id), ...this.runs.runs.map((run) => run.view.competition.id)]);
      for (const entry of await readdir(root, { withFileTypes: true })) {
        if (entry.isDirectory() && known.has(entry.name)) found.set(join(root, entry.name), basename(entry.name));
      }
    }
    const names = [...found.keys()].sort();
    const same = names.length === this.known.size && names.every((name) => this.known.has(name));
    this.known = found;
    this.contextKeys.set('podium.benchFolders', names);
    if (!same) this.changed.fire();
  }
}
