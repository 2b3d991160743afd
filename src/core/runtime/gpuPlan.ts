import type { GpuCard, GpuChoice, GpuGrant, GpuOffer } from './gpu';
import { cardWords } from './gpu';
import { RuntimeError } from './runtimeError';

/** What decides which GPUs a run gets. */
export interface GpuQuestion {
  readonly choice: GpuChoice;
  /** What the competition says. */
  readonly need: 'none' | 'optional' | 'required';
  readonly offer: GpuOffer;
  /** Cards that other runs have, by UUID, with the id of the run. */
  readonly held: ReadonlyMap<string, string>;
}

export interface GpuPlan {
  readonly grant: GpuGrant;
  /** UUIDs to take for this run; none where the cards are not known. */
  readonly take: readonly string[];
  /** One line for the person; absent: nothing worth a line. */
  readonly line?: string;
  /** The engine may refuse: then the run goes on without. */
  readonly elseCpu: boolean;
}

export const cpuStep = 'run on the CPU (GPU "none", on the command line --gpu none)';

/** The person's own choice of cards, even of those that another run has; `auto` takes one that is free, or none. */
export function planGpus(question: GpuQuestion): GpuPlan {
  const { choice, need, offer } = question;
  if (choice === 'none') return cpu(need === 'required' ? 'The competition asks for a GPU; the run uses the CPU, as chosen.' : undefined);
  if (choice === 'auto') return need === 'none' ? cpu() : automatic(question);
  if (offer.cards?.length === 0) throw noGpu(offer);
  const cards = choice === 'all' ? offer.cards : chosen(choice, offer.cards);
  if (!cards) return { grant: choice, take: [], elseCpu: false };
  const shared = cards.filter((card) => question.held.has(card.uuid)).map((card) => `GPU ${card.index} is also used by run ${question.held.get(card.uuid)}.`);
  return { grant: cards.map((card) => card.uuid), take: cards.map((card) => card.uuid), line: [`GPU: ${cards.map(cardWords).join(', ')}.`, ...shared].join(' '), elseCpu: false };
}

function automatic({ need, offer, held }: GpuQuestion): GpuPlan {
  if (offer.usable === 'no') {
    if (need === 'required') throw noGpu(offer, 'This competition needs a GPU. ');
    return cpu(`No GPU: ${offer.why}. The run uses the CPU.`);
  }
  const { cards } = offer;
  if (!cards) return { grant: 'all', take: [], line: 'GPU: all that the engine has.', elseCpu: need === 'optional' };
  const free = cards.filter((card) => !held.has(card.uuid)).sort((a, b) => (a.memoryMb ?? 0) - (b.memoryMb ?? 0));
  const [card] = free;
  if (card) return { grant: [card.uuid], take: [card.uuid], line: `GPU: ${cardWords(card)}.`, elseCpu: need === 'optional' };
  const holders = [...new Set(cards.map((one) => held.get(one.uuid)))].join(', ');
  if (need === 'optional') return cpu(`Every GPU is used by another run (${holders}). This run uses the CPU.`);
  throw new RuntimeError('no_gpu', `This competition needs a GPU, and every one is used by another run (${holders}).`, `Wait for its end, name a card to share it (--gpu ${cards[0]?.index ?? '0'}), or ${cpuStep}.`);
}

/** The cards that ids name; undefined where the cards are not known and the engine has to judge. */
function chosen(ids: readonly string[], cards: readonly GpuCard[] | undefined): GpuCard[] | undefined {
  if (!cards) return undefined;
  const found = new Map<string, GpuCard>();
  for (const id of ids) {
    const name = id.replace(/^nvidia\.com\/gpu=/, '');
    const card = cards.find((one) => one.index === name || one.uuid === name);
    if (!card) throw unknownGpu(id, cards);
    found.set(card.uuid, card);
  }
  return [...found.values()];
}

export function unknownGpu(id: string, cards: readonly GpuCard[]): RuntimeError {
  return new RuntimeError('unknown_gpu', `There is no GPU "${id}". There are: ${cards.map(cardWords).join(', ')}.`, 'Name one of these by its number or id.');
}

/** @param before a sentence that comes first, with its space */
export function noGpu(offer: Pick<GpuOffer, 'why' | 'nextStep'>, before = ''): RuntimeError {
  return new RuntimeError('no_gpu', `${before}No GPU can be used: ${offer.why}.`, offer.nextStep ? `${offer.nextStep}, or ${cpuStep}.` : `${cpuStep.charAt(0).toUpperCase()}${cpuStep.slice(1)}.`);
}

const cpu = (line?: string): GpuPlan => ({ grant: 'none', take: [], elseCpu: false, ...(line ? { line } : {}) });
