import { framesOf, type Facts, type Frames } from '../facts';
import { scan } from '../python';

/** Where the cursor stands, and what is known there. */
export interface Place {
  readonly facts: Facts;
  /** Everything before the cursor, earlier cells of a notebook included. */
  readonly prefix: string;
  /** `prefix` without the content of strings and comments. */
  readonly masked: string;
  /** The line up to the cursor. */
  readonly before: string;
  /** Variables that hold a file of the competition. */
  readonly frames: Frames;
}

/** What a rule adds at the cursor; null where it is not certain. */
export type Rule = (place: Place) => string | null;

/** Longer files are written by programs. */
const maxChars = 300_000;

/** null inside a comment or a longer text, and in a text of no sensible length. */
export function placeAt(prefix: string, facts: Facts): Place | null {
  if (prefix.length > maxChars) return null;
  const { masked, open } = scan(prefix);
  if (open?.kind === 'comment') return null;
  const at = prefix.lastIndexOf('\n') + 1;
  const before = prefix.slice(at);
  // Within a text that spans lines, or that quotes code.
  if (open && (open.start < at || /[([=]/.test(prefix.slice(open.start)))) return null;
  return { facts, prefix, masked, before, frames: framesOf(prefix.slice(0, at), facts) };
}

export interface Insertion {
  readonly text: string;
  /** Characters behind the cursor that the text takes the place of: closing brackets that the editor typed. */
  readonly replaces: number;
}

/**
 * A completion as it fits before the rest of the line. The editor closes quotes and brackets
 * while one types; what the completion closes itself is not written twice. null where it does not fit.
 */
export function fitBefore(rest: string, text: string): Insertion | null {
  if (rest.trim() === '') return { text, replaces: 0 };
  const [closers = ''] = /^["')\]}]*/.exec(rest) ?? [];
  if (closers === rest.trimEnd() && isSubsequence(closers, text)) return { text, replaces: closers.length };
  for (let length = Math.min(text.length, closers.length); length > 0; length--) {
    if (text.endsWith(closers.slice(0, length))) return { text: text.slice(0, -length), replaces: 0 };
  }
  return /^[)\]},:\s]/.test(rest) ? { text, replaces: 0 } : null;
}

function isSubsequence(part: string, text: string): boolean {
  let at = 0;
  for (const char of text) if (char === part[at]) at += 1;
  return at === part.length;
}
