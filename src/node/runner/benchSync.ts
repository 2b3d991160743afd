import { randomBytes } from 'node:crypto';
import { lstat, mkdir, readFile, readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { outcomeOf, type Verdict } from '../../core/edits/verdict';
import type { BenchDecision, BenchEdit, EventData, NewEvent, RunConfig, RunEvent } from '../../core/run/events';
import { isBetter } from '../../core/grading/standings';
import { applyChanges, type FileMap } from '../../core/environment/state';
import { describeError } from '../../core/errors';
import { writeFileAtomic } from '../storage/atomicFile';
import { sha256, type BlobStore } from '../storage/blobStore';
import { benchBases } from '../storage/runContent';

export interface BenchSyncOptions {
  readonly config: RunConfig;
  /** The bench: `<workspace>/<competition>`. */
  readonly folder: string;
  readonly runFolder: string;
  readonly blobs: BlobStore;
  readonly events: readonly RunEvent[];
  readonly append: (event: NewEvent) => Promise<void>;
  readonly log: (line: string) => void;
}

/** A change that is offered; what it is made against shows when its turn comes. */
type Offer = Omit<BenchEdit, 'id' | 'base'>;

/** How many decided edits may still be taken back. */
const mostUndoable = 50;
/** A bench file longer than this is not kept to compare with. */
const maxKeptBytes = 4_000_000;

/**
 * Brings what the attempts change to the bench as edits: at once (`auto`) or, in `review`, when
 * an attempt became the best. A window that is attached applies them, for only it knows unsaved
 * documents; without one the runner does, and only over content that is kept in a run, so that
 * nothing the person wrote is ever lost. An edit that meets a changed file is held for the person,
 * who may decide it change by change.
 */
export class BenchSync {
  private readonly attempts = new Map<number, { files: FileMap; human: boolean }>();
  /** What lies on the bench as far as is known: the last content applied. */
  private readonly applied = new Map<string, string>();
  /** By path: edits that nobody has answered yet. */
  private readonly pending = new Map<string, BenchEdit>();
  /** By path: edits that met a changed file and wait for the person. */
  private readonly held = new Map<string, BenchEdit>();
  private readonly queued = new Map<string, Offer>();
  /** By id of a waiting edit: what was decided of it. */
  private readonly verdicts = new Map<string, readonly Verdict[]>();
  /** By id: edits that reached the bench and may be taken back, oldest first. */
  private readonly undoable = new Map<string, BenchEdit>();
  private best: number | null = null;
  private windows = 0;
  private work: Promise<void> = Promise.resolve();
  private closed = false;

  constructor(private readonly options: BenchSyncOptions) {
    for (const event of options.events) this.note(event);
  }

  /** A window that applies edits has come. */
  windowCame(): void {
    this.windows += 1;
  }

  /** It has gone: what it has not answered is the runner's now. */
  windowWent(): void {
    this.windows -= 1;
    if (this.windows > 0) return;
    this.later(async () => {
      for (const edit of [...this.pending.values()]) if (edit.mode === 'auto') await this.applySelf(edit);
    });
  }

  /** Looks at an event that was just journaled. */
  take(event: RunEvent): void {
    const change = this.note(event);
    if (event.type === 'step' && change) {
      const { attempt, files, human } = change;
      if (human || this.options.config.edits === 'auto') {
        this.later(async () => {
          for (const [path, next] of Object.entries(files)) if (next !== null) await this.offer({ attempt, path, next, mode: 'auto', step: event.data.step }, human);
        });
      }
    }
    if (event.type === 'graded' && this.becameBest(event.data)) {
      const attempt = this.attempts.get(event.data.attempt);
      if (!attempt || attempt.human || this.options.config.edits !== 'review') return;
      this.later(async () => {
        for (const [path, next] of attempt.files) await this.offer({ attempt: event.data.attempt, path, next, mode: 'review', step: event.data.step }, false);
      });
    }
  }

  /** What became of an edit, or of some of its changes. @returns false for one that does not wait */
  async decide(decision: BenchDecision): Promise<boolean> {
    const edit = decision.decision === 'undone' ? this.undoable.get(decision.id) : this.waiting(decision.id);
    if (!edit) return false;
    await this.decided(edit, decision);
    return true;
  }

  /** Waits until everything that is under way is written. */
  async settle(): Promise<void> {
    await this.work;
  }

  /** Waits for what is under way; nothing is begun after it. An edit that its window leaves now stays unanswered in the journal. */
  async finish(): Promise<void> {
    this.closed = true;
    await this.settle();
  }

  private note(event: RunEvent): { attempt: number; files: Readonly<Record<string, string | null>>; human: boolean } | undefined {
    switch (event.type) {
      case 'attempt_created':
        this.attempts.set(event.data.id, { files: applyChanges(new Map(), event.data.files), human: event.actor === 'human' });
        return undefined;
      case 'step':
      case 'step_started': {
        const { attempt: id, files } = event.data;
        const attempt = id === null ? undefined : this.attempts.get(id);
        if (id === null || !attempt || !files) return undefined;
        attempt.files = applyChanges(attempt.files, files);
        return { attempt: id, files, human: attempt.human };
      }
      case 'bench_edit':
        this.pending.set(event.data.path, event.data);
        this.held.delete(event.data.path);
        return undefined;
      case 'bench_decision': {
        const edit = this.waiting(event.data.id);
        if (edit) this.noteDecision(edit, event.data);
        return undefined;
      }
      default:
        return undefined;
    }
  }

  private noteDecision(edit: BenchEdit, { decision, hunks, left }: BenchDecision): void {
    const verdicts = [...(this.verdicts.get(edit.id) ?? []), ...(hunks ?? [])];
    if ((left ?? 0) > 0) {
      this.verdicts.set(edit.id, verdicts);
      return;
    }
    this.pending.delete(edit.path);
    this.held.delete(edit.path);
    this.verdicts.delete(edit.id);
    if (decision === 'conflict') this.held.set(edit.path, edit);
    if (decision === 'applied' || decision === 'accepted') this.applied.set(edit.path, edit.next);
    if (decision === 'applied' || decision === 'accepted' || decision === 'partly') {
      this.undoable.set(edit.id, edit);
      const [oldest] = this.undoable.keys();
      if (oldest !== undefined && this.undoable.size > mostUndoable) this.undoable.delete(oldest);
    }
  }

  private waiting(id: string): BenchEdit | undefined {
    return [...this.pending.values(), ...this.held.values()].find((one) => one.id === id);
  }

  private becameBest(data: EventData<'graded'>): boolean {
    if (!data.valid || !data.public) return false;
    if (this.best !== null && !isBetter(data.public.score, this.best, this.options.config.competition.direction)) return false;
    this.best = data.public.score;
    return true;
  }

  private async offer(change: Offer, human: boolean): Promise<void> {
    const { path, mode, next } = change;
    if (this.pending.has(path) && mode === 'auto') {
      // One at a time per file, the newest next: each is made against what the one before left.
      this.queued.set(path, change);
      return;
    }
    const there = await this.hashOnBench(path);
    if (there === next) {
      this.applied.set(path, next);
      return;
    }
    const ours = human || mode === 'review' || there === undefined || (await this.isKept(there));
    // A base that is not what lies there makes the edit a conflict, which the person decides.
    const base = ours ? (there ?? null) : (this.applied.get(path) ?? null);
    if (there !== undefined && base === there) await this.keep(path);
    await this.close(path);
    const edit: BenchEdit = { id: `e-${randomBytes(5).toString('hex')}`, ...change, base };
    await this.options.append({ actor: 'system', type: 'bench_edit', data: edit });
    if (mode === 'auto' && this.windows === 0) await this.applySelf(edit);
  }

  /** Keeps the version that an edit is made against: its changes are told apart by it, also when the file has changed since. */
  private async keep(path: string): Promise<void> {
    const content = await readFile(join(this.options.folder, path));
    if (content.length <= maxKeptBytes) await benchBases(this.options.runFolder).put(content);
  }

  /** Ends an edit that was decided in part before a newer one takes its place: the agent hears what was said to it. */
  private async close(path: string): Promise<void> {
    const edit = this.pending.get(path) ?? this.held.get(path);
    const verdicts = edit && this.verdicts.get(edit.id);
    if (edit && verdicts) await this.decided(edit, { id: edit.id, decision: outcomeOf(verdicts) });
  }

  private async applySelf(edit: BenchEdit): Promise<void> {
    const there = await this.hashOnBench(edit.path);
    let decision: BenchDecision['decision'] = 'conflict';
    if ((there ?? null) === edit.base && (await this.isPlain(edit.path))) {
      await writeFileAtomic(join(this.options.folder, edit.path), await this.options.blobs.get(edit.next));
      decision = 'applied';
    } else if (there === edit.next) decision = 'applied';
    await this.decided(edit, { id: edit.id, decision });
  }

  private async decided(edit: BenchEdit, data: BenchDecision): Promise<void> {
    await this.options.append({ actor: data.decision === 'applied' || data.decision === 'conflict' ? 'system' : 'human', type: 'bench_decision', data });
    const next = this.queued.get(edit.path);
    if (!next || this.pending.has(edit.path)) return;
    this.queued.delete(edit.path);
    const human = this.attempts.get(next.attempt)?.human ?? false;
    this.later(() => this.offer(next, human));
  }

  private async hashOnBench(path: string): Promise<string | undefined> {
    try {
      return sha256(await readFile(join(this.options.folder, path)));
    } catch {
      return undefined;
    }
  }

  /** Whether the content lies in the blobs of a run of this workspace, and so is not lost when it is replaced. */
  private async isKept(hash: string): Promise<boolean> {
    const runs = dirname(this.options.runFolder);
    for (const run of await readdir(runs)) {
      const found = await stat(join(runs, run, 'blobs', hash.slice(0, 2), hash.slice(2))).catch(() => undefined);
      if (found?.isFile()) return true;
    }
    return false;
  }

  /** No link on the way: a link on the bench could lead a write out of it. */
  private async isPlain(path: string): Promise<boolean> {
    let folder = this.options.folder;
    for (const part of path.split('/')) {
      folder = join(folder, part);
      const there = await lstat(folder).catch(() => undefined);
      if (!there) break;
      if (there.isSymbolicLink()) return false;
    }
    await mkdir(dirname(join(this.options.folder, path)), { recursive: true });
    return true;
  }

  private later(task: () => Promise<void>): void {
    if (this.closed) return;
    this.work = this.work.then(task).catch((error: unknown) => this.options.log(`Bench: ${describeError(error)}`));
  }
}
