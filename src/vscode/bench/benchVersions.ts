import type { BenchEdit } from '../../core/run/events';
import type { Storage } from '../platform/storage';
import { hashOf, readState, type FileState } from './benchFile';

/** Version of a starter file, which no run knows. */
const untouched = 'starter';

/** Which version of a file lies on the bench, also when the editor has written it in its own way. */
export class BenchVersions {
  constructor(private readonly storage: Storage) {}

  /** Whether a file is the version that the agent started from. */
  isBase(file: string, state: FileState, edit: BenchEdit): boolean {
    if (state.hash === edit.base) return true;
    const saved = this.storage.get('podium.savedAs')?.[file];
    return saved !== undefined && saved.version === (edit.base ?? untouched) && saved.disk === state.hash;
  }

  /** Files that Podium made to begin from: the agent may replace them while nobody has touched them. */
  async noteStarters(files: readonly string[]): Promise<void> {
    const saved = { ...this.storage.get('podium.savedAs') };
    for (const file of files) saved[file] = { version: untouched, disk: (await readState(file)).hash };
    if (files.length > 0) await this.storage.set('podium.savedAs', saved);
  }

  /** A file was written: the version that it is, or undefined for one that no agent knows. */
  async noteWritten(file: string, version: string | undefined, disk: string | null): Promise<void> {
    const { [file]: _replaced, ...others } = this.storage.get('podium.savedAs') ?? {};
    await this.storage.set('podium.savedAs', version === undefined ? others : { ...others, [file]: { version, disk } });
  }

  /** Keeps what a file is before it is changed, for undo. */
  async keep(state: FileState): Promise<void> {
    if (state.bytes) await this.storage.keep(hashOf(state.bytes), state.bytes);
  }
}
