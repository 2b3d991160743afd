import { randomBytes } from 'node:crypto';
import { lstat, mkdir, readFile, readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { BenchEdit, EventData, NewEvent, RunConfig, RunEvent } from '../../core/run/events';
import { isBetter } from '../../core/run/fold';
import { applyChanges, type FileMap } from '../../core/environment/state';
import { describeError } from '../../core/errors';
import { writeFileAtomic } from '../storage/atomicFile';
import { sha256, type BlobStore } from '../storage/blobStore';

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

type Decision = EventData<'bench_decision'>['decision'];

/**
 * Brings what the attempts change to the bench as edits: at once (`auto`) or, in `review`, when
 * an attempt became the best. A window that is attached applies them, for only it knows unsaved
 * documents; without one the runner does, and only over content that is kept in a run, so that
 * nothing the person wrote is ever lost.
 */
export class BenchSync {
  private readonly attempts = new Map<number, { files: FileMap; human: boolean }>();
  /** What lies on the bench as far as is known: the last content applied. */
  private readonly applied = new Map<string, string>();
  private readonly pending = new Map<string, BenchEdit>();
  private readonly queued = new Map<string, { attempt: number; hash: string }>();
  private best: number | null = null;
  private windows = 0;
  private work: Promise<void> = Promise.resolve();

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
          for (const [path, hash] of Object.entries(files)) if (hash !== null) await this.offer(attempt, path, hash, 'auto', human);
        });
      }
    }
    if (event.type === 'graded' && this.becameBest(event.data)) {
      const attempt = this.attempts.get(event.data.attempt);
      if (!attempt || attempt.human || this.options.config.edits !== 'review') return;
      this.later(async () => {
        for (const [path, hash] of attempt.files) await this.offer(event.data.attempt, path, hash, 'review', false);
      });
    }
  }

  /** What became of an edit. @returns false for an unknown id */
  async decide(id: string, decision: Decision, words?: string): Promise<boolean> {
    const edit = [...this.pending.values()].find((one) => one.id === id);
    if (!edit) return false;
    await this.decided(edit, decision, words);
    return true;
  }

  /** Waits until everything that is under way is written. */
  async settle(): Promise<void> {
    await this.work;
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
        return undefined;
      case 'bench_decision': {
        const edit = [...this.pending.values()].find((one) => one.id === event.data.id);
        if (!edit) return undefined;
        this.pending.delete(edit.path);
        if (event.data.decision === 'applied' || event.data.decision === 'accepted') this.applied.set(edit.path, edit.next);
        return undefined;
      }
      default:
        return undefined;
    }
  }

  private becameBest(data: EventData<'graded'>): boolean {
    if (!data.valid || !data.public) return false;
    if (this.best !== null && !isBetter(data.public.score, this.best, this.options.config.competition.direction)) return false;
    this.best = data.public.score;
    return true;
  }

  private async offer(attempt: number, path: string, hash: string, mode: BenchEdit['mode'], human: boolean): Promise<void> {
    const waiting = this.pending.get(path);
    if (waiting && mode === 'auto') {
      // One at a time per file, the newest next: each is made against what the one before left.
      this.queued.set(path, { attempt, hash });
      return;
    }
    const there = await this.hashOnBench(path);
    if (there === hash) {
      this.applied.set(path, hash);
      return;
    }
    const ours = human || mode === 'review' || there === undefined || (await this.isKept(there));
    // A base that is not what lies there makes the edit a conflict, which the person decides.
    const base = ours ? (there ?? null) : (this.applied.get(path) ?? null);
    const edit: BenchEdit = { id: `e-${randomBytes(5).toString('hex')}`, attempt, path, base, next: hash, mode };
    await this.options.append({ actor: 'system', type: 'bench_edit', data: edit });
    this.pending.set(path, edit);
    if (mode === 'auto' && this.windows === 0) await this.applySelf(edit);
  }

  private async applySelf(edit: BenchEdit): Promise<void> {
    const there = await this.hashOnBench(edit.path);
    let decision: Decision = 'conflict';
    if ((there ?? null) === edit.base && (await this.isPlain(edit.path))) {
      await writeFileAtomic(join(this.options.folder, edit.path), await this.options.blobs.get(edit.next));
      decision = 'applied';
    } else if (there === edit.next) decision = 'applied';
    await this.decided(edit, decision);
  }

  private async decided(edit: BenchEdit, decision: Decision, words?: string): Promise<void> {
    await this.options.append({ actor: decision === 'accepted' || decision === 'rejected' ? 'human' : 'system', type: 'bench_decision', data: { id: edit.id, decision, ...(words === undefined ? {} : { words }) } });
    this.pending.delete(edit.path);
    if (decision === 'applied' || decision === 'accepted') this.applied.set(edit.path, edit.next);
    const next = this.queued.get(edit.path);
    if (!next) return;
    this.queued.delete(edit.path);
    const human = this.attempts.get(next.attempt)?.human ?? false;
    this.later(() => this.offer(next.attempt, edit.path, next.hash, 'auto', human));
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
    this.work = this.work.then(task).catch((error: unknown) => this.options.log(`Bench: ${describeError(error)}`));
  }
}
