import { basename } from 'node:path';
import { acceptPlaced, hunksOf, placeHunks, type Hunk } from '../../../core/edits/hunks';
import { HostError } from '../../platform/hostError';
import { openText, readState, writeText } from '../benchFile';
import { changedMeanwhile, type AcceptedInto, type ReviewedFile, type WaitingChange } from './reviewed';

/** An edit of a script or another text. */
export class TextReview implements ReviewedFile {
  readonly whats: readonly Hunk[];

  constructor(
    private readonly file: string,
    private readonly base: string,
    next: string,
  ) {
    this.whats = hunksOf(base, next);
  }

  async place(accepted: ReadonlySet<number>, decided: ReadonlySet<number>): Promise<{ waiting: WaitingChange[]; present: number[] }> {
    return this.placeIn(await this.text(), accepted, decided);
  }

  private placeIn(text: string, accepted: ReadonlySet<number>, decided: ReadonlySet<number>): { waiting: WaitingChange[]; present: number[] } {
    const waiting: WaitingChange[] = [];
    const present: number[] = [];
    for (const place of placeHunks(this.base, this.whats, accepted, decided, text)) {
      const what = this.whats[place.hunk];
      if (place.state === 'present') present.push(place.hunk);
      else if (what) waiting.push({ number: place.hunk, what, state: place.state, place, seen: text });
    }
    return { waiting, present };
  }

  async accept(chosen: readonly WaitingChange[]): Promise<AcceptedInto> {
    const before = await readState(this.file);
    const text = await this.text();
    if (chosen.some(({ seen }) => seen !== text)) throw changedMeanwhile(this.file);
    const written = await writeText(this.file, text, acceptPlaced(text, chosen.flatMap(({ place }) => (place ? [place] : []))));
    if (!written) throw new HostError('edit_refused', `The editor did not let ${basename(this.file)} be changed.`, 'Wait until it has read the file again, or close it, and try again.');
    return { before, saved: written.hash };
  }

  /** The text with the given changes, as a review shows it. */
  async proposed(changes: readonly WaitingChange[]): Promise<string> {
    return acceptPlaced(await this.text(), changes.flatMap(({ place }) => (place ? [place] : [])));
  }

  /** As the person sees it: the open document, else the file; empty where there is none. */
  private async text(): Promise<string> {
    return openText(this.file)?.getText() ?? (await readState(this.file)).bytes?.toString('utf8').replace(/^\uFEFF/, '') ?? '';
  }
}
