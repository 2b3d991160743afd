import { changedBlocks, linesOf, replaceLines, type Block } from './lines';

/** One change of a text: `removed` lines of the old version from line `start` (0-based) on give way to `added`. */
export interface Hunk {
  readonly start: number;
  readonly removed: readonly string[];
  readonly added: readonly string[];
}

/**
 * The changes that lead from one text to another, in order. Versions that differ only in their
 * line ends have none. The same two texts always give the same list, so that a change can be named
 * by its number.
 */
export function hunksOf(base: string, next: string): Hunk[] {
  const [before, after] = [linesOf(base), linesOf(next)];
  return joined(changedBlocks(before, after), before).map(({ start, end, from, to }) => ({ start, removed: before.slice(start, end), added: after.slice(from, to) }));
}

/** Changes with nothing but blank lines between them belong together. */
function joined(blocks: readonly Block[], before: readonly string[]): Block[] {
  const result: Block[] = [];
  for (const block of blocks) {
    const last = result.at(-1);
    const between = last ? before.slice(last.end, block.start) : [];
    // The empty last line of a file is its line end, no blank line.
    if (last && block.start < before.length && between.every((line) => line.trim() === '')) result[result.length - 1] = { ...last, end: block.end, to: block.to };
    else result.push(block);
  }
  return result;
}

/** The base with the hunks whose numbers are in `chosen`. */
export function applyHunks(base: string, hunks: readonly Hunk[], chosen: ReadonlySet<number>): string {
  let text = base;
  for (let i = hunks.length - 1; i >= 0; i--) {
    const hunk = hunks[i];
    if (hunk && chosen.has(i)) text = replaceLines(text, hunk.start, hunk.start + hunk.removed.length, hunk.added);
  }
  return text;
}

/**
 * Where a hunk stands in a text as it is now.
 * `waits`: its lines and the ones around them are as the agent saw them.
 * `present`: the text already says what the hunk would make it say.
 * `conflict`: somebody changed this place; `start` to `end` and `lines` cover the changed lines too.
 */
export interface Placement {
  readonly hunk: number;
  readonly state: 'waits' | 'present' | 'conflict';
  /** Lines of the text, 0-based, `end` exclusive. */
  readonly start: number;
  readonly end: number;
  /** What they are replaced by. */
  readonly lines: readonly string[];
}

/**
 * Finds the hunks that are not decided in the text as it is now. A hunk is placed where its lines
 * and one line of context on either side are found unchanged and together, never by guess.
 * @param accepted numbers of the hunks that the text has taken over
 * @param decided numbers of all hunks that are not asked for, the accepted ones among them
 */
export function placeHunks(base: string, hunks: readonly Hunk[], accepted: ReadonlySet<number>, decided: ReadonlySet<number>, text: string): Placement[] {
  const live = linesOf(text);
  const expected = new Mapped(linesOf(base), hunks, accepted, live);
  let rest: Mapped | undefined;
  const placed: Placement[] = [];
  for (const [number, hunk] of hunks.entries()) {
    if (decided.has(number)) continue;
    const start = expected.together(number, hunk.removed.length);
    if (start !== undefined) {
      placed.push({ hunk: number, state: 'waits', start, end: start + hunk.removed.length, lines: hunk.added });
      continue;
    }
    rest ??= new Mapped(linesOf(base), hunks, new Set(hunks.keys()), live);
    const there = rest.together(number, hunk.added.length);
    if (there !== undefined) placed.push({ hunk: number, state: 'present', start: there, end: there + hunk.added.length, lines: hunk.added });
    else placed.push({ hunk: number, state: 'conflict', ...expected.around(number, hunk) });
  }
  return placed;
}

/** A text with placed changes. Placements of one call of `placeHunks`; those that are there already change nothing. */
export function acceptPlaced(text: string, placements: readonly Placement[]): string {
  const wanted = placements.filter(({ state }) => state !== 'present').sort((a, b) => b.start - a.start || b.hunk - a.hunk);
  let result = text;
  let above = Infinity;
  for (const { start, end, lines } of wanted) {
    // Two conflicts over the same lines: the first one's answer holds, the other is asked again.
    if (end > above) continue;
    result = replaceLines(result, start, end, lines);
    above = start;
  }
  return result;
}

/** The base with some hunks applied, and where its lines are in another text. */
class Mapped {
  private readonly lines: string[] = [];
  /** Where each hunk begins in `lines`. */
  private readonly starts: number[] = [];
  private readonly map: (number | undefined)[];

  constructor(
    base: readonly string[],
    hunks: readonly Hunk[],
    applied: ReadonlySet<number>,
    private readonly live: readonly string[],
  ) {
    let at = 0;
    for (const [number, { start, removed, added }] of hunks.entries()) {
      this.lines.push(...base.slice(at, start));
      this.starts.push(this.lines.length);
      this.lines.push(...(applied.has(number) ? added : removed));
      at = start + removed.length;
    }
    this.lines.push(...base.slice(at));
    this.map = places(this.lines.length, changedBlocks(this.lines, live));
  }

  /** First line of the `count` lines of a hunk when they and their neighbours are together in the other text. */
  together(number: number, count: number): number | undefined {
    const start = this.starts[number] ?? 0;
    const first = this.at(start - 1);
    if (first === undefined) return undefined;
    for (let offset = 1; offset <= count + 1; offset++) if (this.at(start - 1 + offset) !== first + offset) return undefined;
    return first + 1;
  }

  /** The lines between the nearest unchanged ones around a hunk, and what the agent's version says there. */
  around(number: number, hunk: Hunk): { start: number; end: number; lines: string[] } {
    const start = this.starts[number] ?? 0;
    const end = start + hunk.removed.length;
    let above = start - 1;
    while (this.at(above) === undefined) above -= 1;
    let below = end;
    while (this.at(below) === undefined) below += 1;
    const lines = [...this.lines.slice(above + 1, start), ...hunk.added, ...this.lines.slice(end, below)];
    return { start: (this.at(above) ?? -1) + 1, end: this.at(below) ?? this.live.length, lines };
  }

  /** Before the first line and after the last one the texts agree. */
  private at(line: number): number | undefined {
    if (line < 0) return -1;
    return line >= this.lines.length ? this.live.length : this.map[line];
  }
}

function places(count: number, blocks: readonly Block[]): (number | undefined)[] {
  const map: (number | undefined)[] = [];
  let shift = 0;
  for (const block of [...blocks, { start: count, end: count, from: 0, to: 0 }]) {
    for (let line = map.length; line < block.start; line++) map.push(line + shift);
    for (let line = block.start; line < block.end; line++) map.push(undefined);
    shift = block.to - block.end;
  }
  return map;
}
