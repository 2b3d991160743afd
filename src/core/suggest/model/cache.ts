import type { Spot } from './spot';

interface Entry {
  readonly before: string;
  readonly after: string;
  /** null: the model had nothing to say. */
  readonly text: string | null;
}

const capacity = 100;

/**
 * Answers by the code around the cursor, least recently used ones dropped. Who types what was
 * suggested keeps the rest of it.
 */
export class CompletionCache {
  /** Newest last. */
  private readonly entries = new Map<string, Entry>();

  put(spot: Spot, text: string | null): void {
    const key = keyOf(spot);
    this.entries.delete(key);
    this.entries.set(key, { before: spot.before, after: plain(spot.after), text });
    const [oldest] = this.entries.keys();
    if (this.entries.size > capacity && oldest !== undefined) this.entries.delete(oldest);
  }

  /** What is left of a known answer here; null for a known silence; undefined when nothing is known. */
  get(spot: Spot): string | null | undefined {
    const exact = this.entries.get(keyOf(spot));
    if (exact) {
      this.put(spot, exact.text);
      return exact.text;
    }
    const after = plain(spot.after);
    for (const { before, after: behind, text } of [...this.entries.values()].reverse()) {
      if (text === null || behind !== after || !spot.before.startsWith(before)) continue;
      const typed = spot.before.slice(before.length);
      if (text.length > typed.length && text.startsWith(typed)) return text.slice(typed.length);
    }
    return undefined;
  }
}

const keyOf = ({ before, after }: Spot): string => `${before}\0${after}`;
/** The editor closes brackets while one types. */
const plain = (after: string): string => after.replace(/^["')\]}]+/, '');
