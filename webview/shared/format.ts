import type { Direction } from '../../src/protocol/panel';
import type { GpuUse } from '../../src/protocol/stats';

/** The rules for numbers on screen: one precision per column, true minus, no value → empty text. */

const minus = '\u2212';
const space = '\u00a0';

function fixed(value: number, decimals: number): string {
  const text = Math.abs(value).toFixed(decimals);
  return value < 0 && Number(text) !== 0 ? minus + text : text;
}

/** Decimals for a column of scores: 4, fewer once the numbers are long. */
export function decimalsFor(values: Iterable<number | null | undefined>): number {
  let largest = 0;
  for (const value of values) if (value != null && Number.isFinite(value)) largest = Math.max(largest, Math.abs(value));
  if (largest >= 10_000) return 0;
  if (largest >= 1000) return 1;
  if (largest >= 100) return 2;
  return largest >= 10 ? 3 : 4;
}

export function formatScore(value: number | null | undefined, decimals = 4): string {
  if (value == null) return '';
  return Number.isFinite(value) ? fixed(value, decimals) : String(value);
}

/** `±0.0131`, or empty when there is no standard error. */
export function formatError(se: number | null | undefined, decimals = 4): string {
  return se == null ? '' : `±${fixed(Math.abs(se), decimals)}`;
}

/** Always signed, with U+2212. */
export function formatChange(value: number | null | undefined, decimals = 4): string {
  if (value == null) return '';
  const text = fixed(value, decimals);
  return value >= 0 || !text.startsWith(minus) ? `+${text}` : text;
}

/** Seconds as `m:ss`, from an hour `h:mm:ss`. Whole seconds, rounded down. */
export function formatTime(seconds: number | null | undefined): string {
  if (seconds == null || !Number.isFinite(seconds)) return '';
  const whole = Math.max(0, Math.floor(seconds + 1e-6));
  const two = (n: number): string => String(n).padStart(2, '0');
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** A share 0..1 as `0.6 %`. */
export function formatShare(share: number, decimals = 1): string {
  return `${(share * 100).toFixed(decimals)}${space}%`;
}

/** `0.41 of 4.00 GB`. */
export function formatMemory(usedMb: number, limitMb: number): string {
  return `${(usedMb / 1024).toFixed(2)} of ${(limitMb / 1024).toFixed(2)}${space}GB`;
}

/**
 * What a run uses of its GPUs: `GPU none`, `GPU 73 %, 11.2 of 24.0 GB`, `2 GPUs 36 %, …` (mean load,
 * memory together), `GPU not measured`. What no card tells is left out.
 */
export function formatGpus(gpus: readonly GpuUse[] | undefined): string {
  if (gpus === undefined) return 'GPU none';
  const name = gpus.length > 1 ? `${gpus.length}${space}GPUs` : 'GPU';
  const loads = gpus.map((gpu) => gpu.load).filter((load) => load !== null);
  const memories = gpus.filter((gpu) => gpu.memoryMb !== null && gpu.memoryLimitMb !== null);
  const parts: string[] = [];
  if (loads.length > 0) parts.push(formatShare(sum(loads) / loads.length, 0));
  if (memories.length > 0) {
    const [used, limit] = [sum(memories.map((gpu) => gpu.memoryMb ?? 0)), sum(memories.map((gpu) => gpu.memoryLimitMb ?? 0))];
    parts.push(`${(used / 1024).toFixed(1)} of ${(limit / 1024).toFixed(1)}${space}GB`);
  }
  return `${name} ${parts.join(', ') || 'not measured'}`;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** One line per card with its name, for the tooltip; undefined without cards. */
export function listGpus(gpus: readonly GpuUse[] | undefined): string | undefined {
  return gpus && gpus.length > 0 ? gpus.map((gpu) => `${gpu.name}: ${formatGpus([gpu]).replace(/^GPU /, '')}`).join('\n') : undefined;
}

/** `1st`, `2nd`, `3rd`, `11th`. */
export function ordinal(n: number): string {
  const lastTwo = n % 100;
  if (lastTwo >= 11 && lastTwo <= 13) return `${n}th`;
  return `${n}${['th', 'st', 'nd', 'rd'][n % 10] ?? 'th'}`;
}

/** `3 errors`, `1 error`. */
export function counted(n: number, one: string, many = `${one}s`): string {
  return `${n}${space}${n === 1 ? one : many}`;
}

/** A number of a data column: thousands grouped, at most `decimals` decimals. */
export function formatPlain(value: number, decimals = 2): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: decimals }).replace('-', minus);
}

export function directionWords(direction: Direction): string {
  return direction === 'maximize' ? 'higher is better' : 'lower is better';
}

/** True when `a` is strictly better than `b`. */
export function isBetter(a: number, b: number, direction: Direction): boolean {
  return direction === 'maximize' ? a > b : a < b;
}
