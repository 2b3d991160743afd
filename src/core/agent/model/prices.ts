import * as z from 'zod';
import bundled from './prices.json';
import type { Usage } from './chat';

const priceSchema = z.object({
  /** US dollars per million tokens. */
  input: z.number().nonnegative(),
  cached: z.number().nonnegative().optional(),
  output: z.number().nonnegative(),
  /** Tokens that the model can read. */
  context: z.int().positive().optional(),
});
export type Price = z.output<typeof priceSchema>;

export const priceTableSchema = z.object({
  unit: z.literal('US dollars per million tokens'),
  note: z.string().optional(),
  endpoints: z.array(
    z.object({
      /** Hosts that the prices hold for; `*` for any. */
      hosts: z.array(z.string()).min(1),
      source: z.string(),
      checked: z.string(),
      models: z.record(z.string(), priceSchema),
    }),
  ),
});
export type PriceTable = z.output<typeof priceTableSchema>;

export const bundledPrices: PriceTable = priceTableSchema.parse(bundled);

/** Price of a model at an endpoint: the person's own table first, then ours; a local endpoint costs nothing. */
export function priceOf(model: string, baseUrl: string, own?: PriceTable): Price | null {
  const host = hostOf(baseUrl);
  const found = (own ? find(own, model, host) : null) ?? find(bundledPrices, model, host);
  return found ?? (isLocal(baseUrl) ? { input: 0, output: 0 } : null);
}

/** What an answer cost in US dollars; null when the price is unknown, never 0 for want of one. */
export function costOf(usage: Usage, price: Price | null): number | null {
  if (price === null) return null;
  const cached = Math.min(usage.cached, usage.input);
  return ((usage.input - cached) * price.input + cached * (price.cached ?? price.input) + usage.output * price.output) / 1e6;
}

function find(table: PriceTable, model: string, host: string): Price | null {
  for (const endpoint of table.endpoints) {
    if (!endpoint.hosts.includes(host) && !endpoint.hosts.includes('*')) continue;
    // A dated snapshot costs what its model costs.
    const price = own(endpoint.models, model) ?? own(endpoint.models, model.replace(/-\d{4}-\d{2}-\d{2}$/, ''));
    if (price) return price;
  }
  return null;
}

const own = (models: Readonly<Record<string, Price>>, name: string): Price | undefined => (Object.hasOwn(models, name) ? models[name] : undefined);

const authority = /^[a-z]+:\/\/(?:[^/?#@]*@)?(\[[^\]]+\]|[^/?#:]+)/i;
const hostOf = (url: string): string => (authority.exec(url)?.[1] ?? '').toLowerCase();

/** An endpoint on this machine. */
export function isLocal(baseUrl: string): boolean {
  const host = hostOf(baseUrl);
  return host === 'localhost' || host === '[::1]' || host.endsWith('.localhost') || /^127\.\d+\.\d+\.\d+$/.test(host);
}
