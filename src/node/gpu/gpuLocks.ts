import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { homeFolder } from '../storage/podiumHome';
import { liveHolder, ProcessLock } from '../storage/processLock';

const suffix = '.lock';
/** A UUID may come from a container: only what is a plain file name is locked. A slice's old form has slashes. */
const fileOf = (uuid: string): string | undefined => (/^[A-Za-z0-9][\w/.-]{0,120}$/.test(uuid) && !uuid.includes('..') ? uuid.replaceAll('/', '+') + suffix : undefined);

/** Which runs have which cards: one lock per card in PODIUM_HOME, held by the runner's process. */
export class GpuLocks {
  private readonly mine: ProcessLock[] = [];

  /** @param home PODIUM_HOME */
  constructor(private readonly home: string) {}

  private folder(): Promise<string> {
    return homeFolder(this.home, 'locks', 'gpu');
  }

  /** Cards that live runs have, by UUID, with the run's id. */
  async held(): Promise<Map<string, string>> {
    const folder = await this.folder();
    const held = new Map<string, string>();
    for (const name of await readdir(folder)) {
      if (!name.endsWith(suffix)) continue;
      const holder = await liveHolder(join(folder, name));
      if (holder) held.set(name.slice(0, -suffix.length).replaceAll('+', '/'), holder.note ?? `of process ${holder.pid}`);
    }
    return held;
  }

  /** Takes a card for a run; false when another run has it, which goes on holding it. */
  async take(uuid: string, runId: string): Promise<boolean> {
    const file = fileOf(uuid);
    if (!file) return true;
    const lock = await ProcessLock.take(join(await this.folder(), file), runId);
    if (!(lock instanceof ProcessLock)) return false;
    this.mine.push(lock);
    return true;
  }

  async release(): Promise<void> {
    for (const lock of this.mine.splice(0)) await lock.release();
  }
}
