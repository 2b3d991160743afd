import { basename } from 'node:path';
import type { CellChange } from '../../../core/edits/cellChanges';
import type { Hunk, Placement } from '../../../core/edits/hunks';
import { HostError } from '../../platform/hostError';
import type { FileState } from '../benchFile';

/** A change of an edit that waits for the person, as the file is now. */
export interface WaitingChange {
  /** Its number among the changes of its edit. */
  readonly number: number;
  readonly what: Hunk | CellChange;
  /** `conflict`: the person changed this place since the agent read it. */
  readonly state: 'waits' | 'conflict';
  /** Where it stands in the text or in its cell; absent for a whole cell. */
  readonly place?: Placement;
  /** The text, of the file or of the cell, that it was found in: it is accepted into no other. Absent where there is none. */
  readonly seen?: string;
  /** For a cell that is new: the cell it would stand before, or after where it would be the last. */
  readonly beside?: { readonly cell: string; readonly before: boolean };
}

/** An edit of one file that can be decided change by change: of a text, or of a notebook. */
export interface ReviewedFile {
  /** Changes from the version that the agent started from to its own. */
  readonly whats: readonly (Hunk | CellChange)[];
  /**
   * Changes that are not decided, as the file is now: those that wait, and the numbers of those that
   * the file says already.
   */
  place(accepted: ReadonlySet<number>, decided: ReadonlySet<number>): Promise<{ readonly waiting: readonly WaitingChange[]; readonly present: readonly number[] }>;
  /**
   * Writes changes into the file, into the open document where there is one. What was saved before
   * is saved; unsaved work stays unsaved. Throws HostError `edit_refused` or `edit_conflict`, the
   * latter also when a text is no longer what the changes were found in.
   */
  accept(chosen: readonly WaitingChange[], accepted: ReadonlySet<number>): Promise<AcceptedInto>;
}

export interface AcceptedInto {
  /** The file before. */
  readonly before: FileState;
  /** Hash of what is on disk afterwards; undefined when the change is in an unsaved document only. */
  readonly saved: string | undefined;
}

export const changedMeanwhile = (file: string): HostError => new HostError('edit_conflict', `${basename(file)} was changed meanwhile, so nothing of the edit was written.`, 'Look at its changes again.');
