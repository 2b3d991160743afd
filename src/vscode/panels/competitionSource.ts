import { access } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { Health } from '../../core/competition/finding';
import { isBetter } from '../../core/grading/standings';
import type { LoadedCompetition } from '../../node/competitions/library';
import type { CompetitionPage } from '../../protocol/panel';
import { choiceRows, type ChoiceKey, type RunChoices } from '../commands/choices';
import { HostError } from '../platform/hostError';
import type { Services } from '../platform/services';
import type { Workspace } from '../platform/workspace';
import type { RunSource } from '../runs/runHandle';
import type { CompetitionPageSource } from './competitionPage';
import { pageModel } from './pageModel';

/** The competition page's content from library, settings and runs. */
export class CompetitionSource implements CompetitionPageSource {
  private readonly loaded = new Map<string, Promise<LoadedCompetition>>();
  private readonly healths = new Map<string, Promise<Health>>();

  constructor(
    private readonly services: Services,
    private readonly runs: RunSource,
    private readonly workspace: Workspace,
    private readonly defaults: () => RunChoices,
    readonly choose: (key: ChoiceKey) => Promise<void>,
    readonly onDidChange: vscode.Event<void>,
  ) {}

  async page(id: string): Promise<CompetitionPage> {
    const competition = await this.load(id);
    return pageModel(competition, { best: this.best(competition), choices: choiceRows(this.defaults(), !competition.manifest.evaluation), blocked: this.workspace.blocked() ?? null });
  }

  health(id: string): Promise<Health> {
    const known = this.healths.get(id);
    if (known) return known;
    const checking = this.load(id).then(({ folder }) => this.services.checkCompetition(folder, false));
    this.healths.set(id, checking);
    checking.catch(() => this.healths.delete(id));
    return checking;
  }

  /** The bench's copy of a data file when there is one, since that is where the person works. */
  async dataFile(id: string, path: string): Promise<vscode.Uri> {
    const { manifest, folder } = await this.load(id);
    if (!manifest.files.some((file) => file.path === path)) throw new HostError('no_file', `"${path.slice(0, 80)}" is no file of ${manifest.title}.`);
    if (this.workspace.folder) {
      const copy = join(this.workspace.bench(manifest.id), path);
      if (await exists(copy)) return vscode.Uri.file(copy);
    }
    return vscode.Uri.file(join(folder, path));
  }

  /** Competitions may have changed on the disk: they are read again when they are next asked for. */
  forget(): void {
    this.loaded.clear();
    this.healths.clear();
  }

  private load(id: string): Promise<LoadedCompetition> {
    const known = this.loaded.get(id);
    if (known) return known;
    const loading = this.services.competitions().then((library) => library.load(id));
    this.loaded.set(id, loading);
    loading.catch(() => this.loaded.delete(id));
    return loading;
  }

  private best({ manifest, direction }: LoadedCompetition): CompetitionPage['best'] {
    let best: CompetitionPage['best'] = null;
    for (const { view } of this.runs.runs) {
      const score = view.competition.id === manifest.id ? view.best?.public.score : undefined;
      if (score !== undefined && (!best || isBetter(score, best.score, direction))) best = { score, run: view.number };
    }
    return best;
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}
