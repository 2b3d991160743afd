import { parseGpuChoice, type GpuCard, type GpuChoice, type GpuOffer } from '../../core/runtime/gpu';
import { RuntimeError } from '../../core/runtime/runtimeError';

/** What a runtime offers now, and which cards other runs have, by UUID in words: "7 on Palmer Penguins". */
export interface GpuLook {
  readonly offer: GpuOffer;
  readonly held: ReadonlyMap<string, string>;
}

/** A row of the picker; one that is inert explains and cannot be chosen. */
export interface GpuRow {
  readonly label: string;
  readonly description?: string;
  readonly detail?: string;
  /** The card's UUID. */
  readonly value: string;
  readonly inert?: boolean;
  readonly alwaysShow?: boolean;
}

/** The setting or choice as a run has it. @throws RuntimeError `unknown_gpu` */
export function gpuOf(text: string): Exclude<GpuChoice, readonly string[]> | string[] {
  const choice = parseGpuChoice(text);
  if (!choice) throw new RuntimeError('unknown_gpu', `"${text}" names no GPU: it is neither auto, all, none nor ids with commas.`, 'Choose anew with Podium: Choose GPU….');
  return choice;
}

const gigabytes = (megabytes: number): string => (megabytes / 1024).toFixed(1);

/** Name, memory, load and holder of each card, or rows that explain why there is none. */
export function cardRows({ offer, held }: GpuLook): GpuRow[] {
  const { cards } = offer;
  if (!cards || cards.length === 0) {
    const label = offer.usable === 'no' ? '$(circle-slash) No GPU can be used' : '$(question) The cards are not listed';
    // A pick shows plain text: the marks of commands in it would be seen.
    const row = (text: string, detail: string): GpuRow => ({ label: text, detail: `${detail.charAt(0).toUpperCase()}${detail.slice(1).replaceAll('`', '')}.`, value: '', inert: true, alwaysShow: true });
    return [row(label, offer.why), ...(offer.nextStep ? [row('$(lightbulb) What helps', offer.nextStep)] : [])];
  }
  return cards.map((card) => ({ label: `$(chip) ${card.index}: ${card.name}`, description: describeCard(card, held.get(card.uuid)), value: card.uuid }));
}

function describeCard(card: GpuCard, holder: string | undefined): string {
  const memory = card.memoryMb !== null && card.memoryLimitMb !== null ? `${gigabytes(card.memoryMb)} of ${gigabytes(card.memoryLimitMb)} GB used` : '';
  const load = card.load !== null ? `${Math.round(card.load * 100)} % load` : '';
  return [memory, load, holder ? `run ${holder}` : ''].filter(Boolean).join(', ');
}
