import { execFile } from 'node:child_process';
import type { GpuCard, GpuUse } from '../../core/runtime/gpu';

/** NVIDIA's own tool, asked for number, id, name, load in percent, and memory in MiB of each card. */
export const cardQuery = ['nvidia-smi', '--query-gpu=index,uuid,name,utilization.gpu,memory.used,memory.total', '--format=csv,noheader,nounits'] as const;
/** Asked when a card tells no load: only here its slices (MIG) are listed. */
export const sliceQuery = ['nvidia-smi', '-L'] as const;

/** What the tool says: cards, or in one sentence why there are none. */
export type CardAnswer = { readonly cards: readonly GpuCard[] } | { readonly cards?: undefined; readonly why: string };

/** How the tool ended; `missing`: there is none. */
export interface ToolResult {
  readonly code: number | null;
  readonly text: string;
  readonly missing: boolean;
}
export type RunTool = (command: readonly string[]) => Promise<ToolResult>;

const maxCards = 64;

/** Cards in the tool's table. "[N/A]", "[Not Supported]" and the like are null. Lines that are no row are left out. */
export function parseCards(text: string): GpuCard[] {
  const number = (value: string | undefined): number | null => (value && /^\d+(\.\d+)?$/.test(value) ? Number(value) : null);
  return text
    .split('\n')
    .map((line) => line.split(',').map((part) => part.trim()))
    .filter((parts) => parts.length === 6 && /^\d+$/.test(parts[0] ?? ''))
    .slice(0, maxCards)
    .map(([index = '', uuid = '', name = '', load, used, total]) => {
      const percent = number(load);
      return { index, uuid, name: shown(name), load: percent === null ? null : Math.min(1, percent / 100), memoryMb: number(used), memoryLimitMb: number(total) };
    });
}

/** A name may come out of a container: short, and without control characters. */
const shown = (name: string): string => name.replace(/[^ -~]/g, '').slice(0, 80);

/** With the tool's list: a card that is cut into slices (MIG) is replaced by them, since nothing can run on it as a whole. */
export function withSlices(cards: readonly GpuCard[], list: string): GpuCard[] {
  const slices = new Map<string, GpuCard[]>();
  let parent: GpuCard | undefined;
  for (const line of list.split('\n')) {
    const card = /^GPU (\d+): .*\(UUID: (GPU-[\w-]+)\)/.exec(line);
    if (card) parent = cards.find((one) => one.uuid === card[2]);
    const slice = /^\s+(MIG \S+)\s+Device\s+(\d+): \(UUID: (MIG-[\w/-]+)\)/.exec(line);
    if (!slice || !parent) continue;
    const found = slices.get(parent.uuid) ?? [];
    found.push({ index: `${parent.index}:${slice[2]}`, uuid: slice[3] ?? '', name: shown(`${parent.name} ${slice[1]}`), load: null, memoryMb: null, memoryLimitMb: null });
    slices.set(parent.uuid, found);
  }
  return cards.flatMap((card) => slices.get(card.uuid) ?? [card]).slice(0, maxCards);
}

/** Asks the tool, here or wherever `run` runs it. Never rejects for what the tool says. */
export async function askCards(run: RunTool): Promise<CardAnswer> {
  const told = await run(cardQuery);
  if (told.missing) return { why: "NVIDIA's driver is not installed: there is no nvidia-smi" };
  if (told.code !== 0) return { why: complaint(told.text) };
  const cards = parseCards(told.text);
  if (cards.length === 0) return { why: 'nvidia-smi lists no card' };
  if (cards.every((card) => card.load !== null)) return { cards };
  const list = await run(sliceQuery);
  return { cards: list.code === 0 ? withSlices(cards, list.text) : cards };
}

/** The tool's own first sentence. It writes its errors to standard output. */
function complaint(text: string): string {
  const line = text.split('\n').map((one) => one.trim()).find((one) => one !== '') ?? 'nvidia-smi failed without a word';
  return `nvidia-smi says: ${shown(line).slice(0, 200)}`.slice(0, 240).replace(/\.$/, '');
}

/** The tool of this machine, by its PATH. */
export function hostTool(env: NodeJS.ProcessEnv): RunTool {
  return ([command = '', ...args]) =>
    new Promise((resolve) => {
      execFile(command, args, { timeout: 10_000, env: { PATH: env.PATH, LC_ALL: 'C' } }, (error, stdout, stderr) => {
        const code = error ? (typeof error.code === 'number' ? error.code : null) : 0;
        resolve({ code, text: stdout.trim() || stderr, missing: error?.code === 'ENOENT' });
      });
    });
}

export const useOf = ({ name, load, memoryMb, memoryLimitMb }: GpuCard): GpuUse => ({ name, load, memoryMb, memoryLimitMb });
