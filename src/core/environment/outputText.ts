/** Characters of the beginning and of the end of an output that a player is shown. */
export const headChars = 2_500;
export const tailChars = 2_500;
/** The log of one step on disk ends here: a loop that prints must not fill the disk. */
export const maxLogChars = 8_000_000;

/** Keeps head and tail of a text that arrives in pieces, in constant memory. */
export class HeadAndTail {
  private head = '';
  private tail = '';
  private total = 0;

  push(text: string): void {
    this.total += text.length;
    const free = headChars - this.head.length;
    this.head += text.slice(0, Math.max(0, free));
    this.tail = (this.tail + text.slice(Math.max(0, free))).slice(-tailChars);
  }

  get(): { head: string; tail: string; omitted: number } {
    return { head: this.head, tail: this.tail, omitted: this.total - this.head.length - this.tail.length };
  }
}

/** A text cut in the middle, for observations that carry a file or a cell's output. */
export function cutMiddle(text: string, max: number): string {
  if (text.length <= max) return text;
  const half = Math.floor(max / 2);
  return `${text.slice(0, half)}\n… ${text.length - 2 * half} characters left out …\n${text.slice(-half)}`;
}

/** Lines of a text; the line break at its end begins no further line. */
export function linesOf(text: string): string[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/** "1 line", "2 lines". */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
