import type { Frame, Mark } from './layout';

/** Marks as SVG path data: one path per kind of mark, however many attempts there are. */

/** Claim and private stand beside the public mark, so that whiskers do not cover each other. */
export const claimOffset = -5;
export const privateOffset = 6;

interface Point {
  readonly x: number;
  readonly y: number;
}

const n = (value: number): string => value.toFixed(1);

const circle = (r: number) => ({ x, y }: Point): string => `M${n(x - r)} ${n(y)}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`;
const diamond = (r: number) => ({ x, y }: Point): string => `M${n(x)} ${n(y - r)}l${r} ${r}l${-r} ${r}l${-r} ${-r}z`;
const cross = ({ x, y }: Point): string => `M${n(x - 3)} ${n(y - 3)}l6 6m0-6l-6 6`;
const arrowDown = ({ x, y }: Point): string => `M${n(x - 4)} ${n(y - 3)}h8l-4 6z`;
const arrowUp = ({ x, y }: Point): string => `M${n(x - 4)} ${n(y + 3)}h8l-4-6z`;

/** One glyph per pixel: more would lie under one another. */
function glyphs(points: readonly Point[], glyph: (point: Point) => string): string {
  const taken = new Set<string>();
  let path = '';
  for (const point of points) {
    const pixel = `${Math.round(point.x)} ${Math.round(point.y)}`;
    if (taken.has(pixel)) continue;
    taken.add(pixel);
    path += glyph(point);
  }
  return path;
}

export interface MarkPaths {
  readonly claim: string;
  readonly public: string;
  readonly private: string;
  readonly failed: string;
}

/** The marks of a chart. `grow` makes the round ones larger, for those that are pointed at. */
export function markPaths(marks: readonly Mark[], frame: Frame, grow = 0): MarkPaths {
  const at = (place: (mark: Mark) => number | null, offset: number): Point[] =>
    marks.flatMap((mark) => {
      const y = place(mark);
      return y === null ? [] : { x: mark.x + offset, y };
    });
  const lane = (kind: Mark['lane']): Point[] => at((mark) => (mark.lane === kind ? frame.lane : null), 0);
  return {
    claim: glyphs(at((mark) => mark.claimY, claimOffset), circle(2.8 + grow)),
    public: glyphs(at((mark) => mark.publicY, 0), circle(3.2 + grow)) + glyphs(lane('above'), arrowUp) + glyphs(lane('below'), arrowDown),
    private: glyphs(at((mark) => mark.privateY, privateOffset), diamond(4)),
    failed: glyphs(lane('failed'), cross),
  };
}

/** One standard error to both sides of each score, cut at the plot's edges. */
export function whiskerPaths(marks: readonly Mark[], frame: Frame): Omit<MarkPaths, 'failed'> {
  const whisker = (x: number, y: number | null, value: number | undefined, se: number | null | undefined): string => {
    if (y === null || value === undefined || !se) return '';
    const clip = (score: number): string => n(Math.min(frame.bottom, Math.max(frame.top, frame.y(score))));
    return `M${n(x)} ${clip(value + se)}V${clip(value - se)}`;
  };
  const path = (of: (mark: Mark) => string): string => marks.map(of).join('');
  return {
    claim: path(({ x, claimY, attempt }) => whisker(x + claimOffset, claimY, attempt.claim?.value, attempt.claim?.se)),
    public: path(({ x, publicY, attempt }) => whisker(x, publicY, attempt.public?.score, attempt.public?.se)),
    private: path(({ x, privateY, attempt }) => whisker(x + privateOffset, privateY, attempt.private?.score, attempt.private?.se)),
  };
}
