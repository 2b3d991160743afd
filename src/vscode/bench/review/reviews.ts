import { basename } from 'node:path';
import * as vscode from 'vscode';
import { outcomeOf, verdictOn, type Verdict } from '../../../core/edits/verdict';
import { hasEnded } from '../../../core/run/fold';
import type { WaitingEdit } from '../../../core/run/view';
import type { Failures } from '../../platform/failures';
import type { Workspace } from '../../platform/workspace';
import type { RunHandle, RunSource } from '../../runs/runHandle';
import type { AgentSteps } from '../agentSteps';
import { hashOf, readState } from '../benchFile';
import { resolveBenchFile } from '../benchPath';
import type { BenchVersions } from '../benchVersions';
import type { SerialQueue } from '../serialQueue';
import type { Decisions } from './decisions';
import { NotebookReview } from './notebookReview';
import type { ReviewedFile, WaitingChange } from './reviewed';
import { TextReview } from './textReview';

/** An edit of the agent that waits, and its changes as the file is now. */
export interface FileReview {
  readonly run: RunHandle;
  readonly edit: WaitingEdit;
  /** Absolute path of the bench file. */
  readonly file: string;
  readonly reviewed: ReviewedFile;
  readonly waiting: readonly WaitingChange[];
  /** Numbers of the changes that were accepted before. */
  readonly accepted: ReadonlySet<number>;
}

/** Names one change of one edit, in arguments of commands. */
export interface ChangeId {
  readonly runId: string;
  readonly editId: string;
  readonly change: number;
}

const recomputeAfterMs = 120;

/**
 * The edits that wait for the person, change by change: kept current while files, documents and
 * runs change, and decided here. Showing them is the others' business (decorations, lenses, diff).
 */
export class Reviews implements vscode.Disposable {
  private shown: readonly FileReview[] = [];
  /** By run and edit: what was loaded of it; undefined when its versions cannot be had. */
  private readonly loaded = new Map<string, Promise<{ file: string; reviewed: ReviewedFile } | undefined>>();
  private readonly changed = new vscode.EventEmitter<void>();
  /** The waiting changes, or where they stand, are others than before. */
  readonly onDidChange = this.changed.event;
  private readonly subscriptions: vscode.Disposable[];
  private timer: NodeJS.Timeout | undefined;
  private waitingIds = '';

  constructor(
    private readonly runs: RunSource,
    private readonly workspace: Workspace,
    private readonly versions: BenchVersions,
    private readonly steps: AgentSteps,
    private readonly decisions: Decisions,
    private readonly queue: SerialQueue,
    private readonly failures: Failures,
  ) {
    const soon = (): void => this.later();
    const ofBench = ({ scheme }: vscode.Uri): boolean => this.shown.length > 0 && (scheme === 'file' || scheme === 'vscode-notebook-cell');
    this.subscriptions = [
      runs.onDidChange(() => this.runsChanged()),
      vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => contentChanges.length > 0 && ofBench(document.uri) && soon()),
      vscode.workspace.onDidChangeNotebookDocument(({ notebook, contentChanges }) => contentChanges.length > 0 && ofBench(notebook.uri) && soon()),
      vscode.workspace.onDidOpenTextDocument(({ uri }) => ofBench(uri) && soon()),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => ofBench(uri) && soon()),
    ];
    this.runsChanged();
  }

  /** Edits to review: of runs that go on, and of the newest ended run of each competition. */
  get edits(): { run: RunHandle; edit: WaitingEdit }[] {
    const newest = new Map<string, number>();
    for (const { view } of this.runs.runs) newest.set(view.competition.id, Math.max(view.number, newest.get(view.competition.id) ?? 0));
    return this.runs.runs
      .filter((run) => !hasEnded(run.view) || run.view.number === newest.get(run.view.competition.id))
      .flatMap((run) => run.view.waitingEdits.map((edit) => ({ run, edit })));
  }

  /** As of the last look: what decorations and lenses show. */
  get files(): readonly FileReview[] {
    return this.shown;
  }

  ofFile(path: string): FileReview | undefined {
    return this.shown.find(({ file }) => file === path);
  }

  ofEdit(runId: string, editId: string): FileReview | undefined {
    return this.shown.find(({ run, edit }) => run.runId === runId && edit.id === editId);
  }

  /** Looks again now; what it found. */
  async refresh(): Promise<readonly FileReview[]> {
    clearTimeout(this.timer);
    this.timer = undefined;
    const found = await Promise.all(this.edits.map(({ run, edit }) => this.look(run, edit)));
    this.shown = found.flatMap((review) => (review ? [review] : []));
    this.changed.fire();
    return this.shown;
  }

  /**
   * Writes changes into their file and tells the runner. `replace` is asked before a place is
   * overwritten that the person changed. Throws HostError `edit_refused` or `edit_conflict`.
   * @param numbers changes of the edit, by number; those that no longer wait are left out
   * @returns how many were accepted
   */
  accept({ run, edit }: FileReview, numbers: readonly number[], replace: (file: string) => Promise<boolean>): Promise<number> {
    return this.queue.run(async () => {
      const review = await this.look(run, this.current(run, edit));
      if (!review) return 0;
      const wanted = review.waiting.filter(({ number }) => numbers.includes(number));
      const conflicts = wanted.some(({ state }) => state === 'conflict');
      const chosen = conflicts && !(await replace(edit.path)) ? wanted.filter(({ state }) => state === 'waits') : wanted;
      if (chosen.length === 0) return 0;
      await this.versions.keep(await readState(review.file));
      const { before, saved } = await review.reviewed.accept(chosen, review.accepted);
      if (saved !== undefined) {
        await this.steps.note({ runId: run.runId, editId: edit.id, attempt: edit.attempt, step: edit.step, file: review.file, before: before.hash, after: saved });
        await this.versions.noteWritten(review.file, saved === edit.next ? edit.next : undefined, saved);
      }
      await this.settle(review, chosen, true);
      return chosen.length;
    });
  }

  /** Refuses changes; the agent is told `words`. */
  reject({ run, edit }: FileReview, numbers: readonly number[], words: string | undefined): Promise<void> {
    return this.queue.run(async () => {
      const review = await this.look(run, this.current(run, edit));
      const chosen = review?.waiting.filter(({ number }) => numbers.includes(number)) ?? [];
      if (review && chosen.length > 0) await this.settle(review, chosen, false, words);
    });
  }

  dispose(): void {
    clearTimeout(this.timer);
    for (const subscription of [...this.subscriptions, this.changed]) subscription.dispose();
  }

  /** Journals what was decided; the last decision of an edit ends it. */
  private async settle(review: FileReview, chosen: readonly WaitingChange[], accepted: boolean, words?: string): Promise<void> {
    const { run, edit, reviewed } = review;
    const verdicts = chosen.map(({ number, what }) => verdictOn(number, what, accepted, words));
    const decided = [...(edit.verdicts ?? []), ...verdicts];
    const after = await reviewed.place(numbersOf(decided, true), numbersOf(decided));
    const left = after.waiting.length;
    // What the file says already by other ways was wanted too.
    const present = left === 0 ? after.present.flatMap((number) => this.verdictOnPresent(reviewed, number)) : [];
    const decision = left > 0 ? 'partly' : outcomeOf([...decided, ...present]);
    await this.decisions.tell(run, { id: edit.id, decision, hunks: [...verdicts, ...present], ...(left > 0 ? { left } : {}) });
    await this.refresh();
  }

  private verdictOnPresent(reviewed: ReviewedFile, number: number): Verdict[] {
    const what = reviewed.whats[number];
    return what ? [verdictOn(number, what, true)] : [];
  }

  /** The edit with what was decided of it since it was shown. */
  private current(run: RunHandle, edit: WaitingEdit): WaitingEdit {
    return run.view.waitingEdits.find(({ id }) => id === edit.id) ?? edit;
  }

  private async look(run: RunHandle, edit: WaitingEdit): Promise<FileReview | undefined> {
    try {
      const loaded = await this.load(run, edit);
      if (!loaded) return undefined;
      const accepted = numbersOf(edit.verdicts ?? [], true);
      const { waiting } = await loaded.reviewed.place(accepted, numbersOf(edit.verdicts ?? []));
      if (waiting.length === 0) this.nothingLeft(run, edit);
      return waiting.length === 0 ? undefined : { run, edit, ...loaded, waiting, accepted };
    } catch (error) {
      this.failures.record(error, `edit of ${edit.path}`);
      return undefined;
    }
  }

  /** The file says what the edit would make it say, by whatever way: where it is saved, nothing is left to decide. */
  private nothingLeft(run: RunHandle, edit: WaitingEdit): void {
    if (!this.workspace.trusted) return;
    const end = async (): Promise<void> => {
      const now = run.view.waitingEdits.find(({ id }) => id === edit.id);
      const loaded = now && (await this.load(run, now));
      if (!now || !loaded || (await readState(loaded.file)).dirty) return;
      const verdicts = now.verdicts ?? [];
      const { waiting, present } = await loaded.reviewed.place(numbersOf(verdicts, true), numbersOf(verdicts));
      if (waiting.length > 0) return;
      const hunks = present.flatMap((number) => this.verdictOnPresent(loaded.reviewed, number));
      const all = [...verdicts, ...hunks];
      await this.decisions.tell(run, { id: edit.id, decision: all.length === 0 ? 'accepted' : outcomeOf(all), hunks });
    };
    this.queue.run(end).catch((error: unknown) => this.failures.record(error, `edit of ${edit.path}`));
  }

  private load(run: RunHandle, edit: WaitingEdit): Promise<{ file: string; reviewed: ReviewedFile } | undefined> {
    const key = keyOf(run, edit);
    let loaded = this.loaded.get(key);
    if (!loaded) {
      loaded = this.loadNow(run, edit).catch((error: unknown) => {
        this.failures.record(error, `edit of ${edit.path}`);
        return undefined;
      });
      this.loaded.set(key, loaded);
    }
    return loaded;
  }

  private async loadNow(run: RunHandle, edit: WaitingEdit): Promise<{ file: string; reviewed: ReviewedFile }> {
    const file = await resolveBenchFile(this.workspace.bench(run.view.competition.id), edit.path);
    const [base, next] = [await this.base(run, edit, file), await run.blob(edit.next)];
    const reviewed = edit.path.endsWith('.ipynb') ? new NotebookReview(file, base, next) : new TextReview(file, base, next);
    return { file, reviewed };
  }

  /** The version that the agent started from. Where nobody kept it, all of the file is one change against what is there. */
  private async base(run: RunHandle, edit: WaitingEdit, file: string): Promise<string> {
    if (edit.base === null) return '';
    const state = await readState(file);
    if (state.bytes && hashOf(state.bytes) === edit.base) return state.bytes.toString('utf8').replace(/^\uFEFF/, '');
    try {
      return await run.blob(edit.base);
    } catch (error) {
      this.failures.record(error, `edit of ${edit.path}: base`);
      return '';
    }
  }

  private runsChanged(): void {
    const edits = this.edits;
    const now = JSON.stringify(edits.map(({ run, edit }) => [run.runId, edit.id, edit.verdicts?.length ?? 0]));
    if (now === this.waitingIds) return;
    this.waitingIds = now;
    const keys = new Set(edits.map(({ run, edit }) => keyOf(run, edit)));
    for (const key of [...this.loaded.keys()]) if (!keys.has(key)) this.loaded.delete(key);
    this.later(0);
  }

  private later(ms = recomputeAfterMs): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.refresh().catch((error: unknown) => this.failures.record(error, 'review')), ms);
  }
}

const keyOf = (run: RunHandle, edit: WaitingEdit): string => `${run.runId}/${edit.id}`;

function numbersOf(verdicts: readonly Verdict[], accepted?: boolean): ReadonlySet<number> {
  return new Set(verdicts.filter((verdict) => accepted === undefined || verdict.accepted === accepted).map(({ change }) => change));
}

/** "train.py" of a review, for messages. */
export const nameOf = ({ edit }: FileReview): string => basename(edit.path);
