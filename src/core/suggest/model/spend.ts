import * as z from 'zod';
import type { Use } from './completer';

/** What suggestions have used on one day. */
export const daySpendSchema = z.object({
  /** As `2026-11-28`, in the person's time zone. */
  day: z.string(),
  requests: z.int(),
  tokens: z.int(),
  /** US dollars; null as soon as one request's price was unknown. */
  usd: z.number().nullable(),
  /** Some of it was counted from characters. */
  estimated: z.boolean(),
});
export type DaySpend = z.output<typeof daySpendSchema>;

const nothing = (day: string): DaySpend => ({ day, requests: 0, tokens: 0, usd: 0, estimated: false });

/** The spend of a day: what is stored when it is of that day, else nothing yet. */
export const spendOf = (stored: DaySpend | undefined, day: string): DaySpend => (stored?.day === day ? stored : nothing(day));

export function addUse(spend: DaySpend, { usage, usd }: Use): DaySpend {
  return {
    day: spend.day,
    requests: spend.requests + 1,
    tokens: spend.tokens + usage.input + usage.output,
    usd: spend.usd === null || usd === null ? null : spend.usd + usd,
    estimated: spend.estimated || usage.estimated,
  };
}

/** `≈1,240 tokens, $0.0031 today`; money that is unknown is said to be so. */
export function spendText({ tokens, usd, requests, estimated }: DaySpend): string {
  if (requests === 0) return 'nothing used today';
  const about = estimated ? '≈' : '';
  const money = usd === null ? 'cost unknown' : `${about}$${usd < 0.01 && usd > 0 ? usd.toFixed(4) : usd.toFixed(2)}`;
  return `${about}${tokens.toLocaleString('en-US')} tokens, ${money} today`;
}

/** Local date of a moment. */
export function dayOf(moment: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${moment.getFullYear()}-${two(moment.getMonth() + 1)}-${two(moment.getDate())}`;
}
