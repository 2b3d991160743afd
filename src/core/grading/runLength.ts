/** Masks as run-length codes: rising, disjoint, half-open runs of zero-based pixel indices, flat. */
export type Mask = Float64Array;

/**
 * Reads pairs `start length`, 1-based, positive integers in any order.
 *
 * @param emptyTexts exact texts that stand for no mask
 * @param pixels     height × width when both are known
 * @returns null for anything that is not such a code
 */
export function parseRunLength(text: string, emptyTexts: readonly string[], pixels: number | null): Mask | null {
  if (emptyTexts.includes(text)) return new Float64Array(0);
  const tokens = text.split(/\p{White_Space}+/u).filter((token) => token !== '');
  if (tokens.length === 0 || tokens.length % 2 !== 0) return null;
  const runs: [number, number][] = [];
  for (let i = 0; i < tokens.length; i += 2) {
    if (!/^\+?\d+$/.test(tokens[i]!) || !/^\+?\d+$/.test(tokens[i + 1]!)) return null;
    const start = Number(tokens[i]) - 1;
    const end = start + Number(tokens[i + 1]);
    if (start < 0 || end <= start || !Number.isSafeInteger(end) || (pixels !== null && end > pixels)) return null;
    runs.push([start, end]);
  }
  runs.sort((a, b) => a[0] - b[0]);
  for (let i = 1; i < runs.length; i++) if (runs[i]![0] < runs[i - 1]![1]) return null;
  return Float64Array.from(runs.flat());
}

/** Number of pixels. */
export function maskArea(mask: Mask): number {
  let sum = 0;
  for (let i = 0; i < mask.length; i += 2) sum += mask[i + 1]! - mask[i]!;
  return sum;
}

/** Number of pixels in both. */
export function commonArea(a: Mask, b: Mask): number {
  let [i, j, sum] = [0, 0, 0];
  while (i < a.length && j < b.length) {
    sum += Math.max(0, Math.min(a[i + 1]!, b[j + 1]!) - Math.max(a[i]!, b[j]!));
    if (a[i + 1]! < b[j + 1]!) i += 2;
    else j += 2;
  }
  return sum;
}

/** A threshold as an exact fraction, so that IoU > threshold is decided on integers. */
export interface ExactThreshold {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** The decimal that JavaScript prints for the number, which is the one that was written. */
export function exactThreshold(value: number): ExactThreshold {
  const [digits = '0', exponent = '0'] = value.toString().split('e');
  const [whole = '0', fraction = ''] = digits.split('.');
  const places = fraction.length - Number(exponent);
  const numerator = BigInt(whole + fraction);
  return places >= 0 ? { numerator, denominator: 10n ** BigInt(places) } : { numerator: numerator * 10n ** BigInt(-places), denominator: 1n };
}

/** Whether common / union is strictly above the threshold. */
export function exceeds(common: number, union: number, { numerator, denominator }: ExactThreshold): boolean {
  return BigInt(common) * denominator > numerator * BigInt(union);
}
