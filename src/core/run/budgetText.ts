/** A budget of one kind: seconds of run time, US dollars, or tokens. */
export type Amount = { readonly seconds: number } | { readonly usd: number } | { readonly tokens: number };

export const amountExamples = '120s, 10m, 1h, $2, 200ktok';

/** `120s`, `10m`, `1h`, `$2`, `200ktok`, `1mtok`, `5000tok`; undefined for anything else, also for nothing of a kind. */
export function parseAmount(text: string): Amount | undefined {
  const clean = text.trim().toLowerCase();
  const time = /^(\d+(?:\.\d+)?) ?(s|m|min|h)$/.exec(clean);
  if (time) return positive(Number(time[1]) * ({ s: 1, m: 60, min: 60, h: 3600 }[time[2] ?? 's'] ?? 1), (seconds) => ({ seconds }));
  const money = /^\$ ?(\d+(?:\.\d+)?)$/.exec(clean) ?? /^(\d+(?:\.\d+)?) ?\$$/.exec(clean);
  if (money) return positive(Number(money[1]), (usd) => ({ usd }));
  const tokens = /^(\d+(?:\.\d+)?) ?(k|m)?(?:tok|tokens)$/.exec(clean);
  if (tokens) return positive(Math.round(Number(tokens[1]) * ({ k: 1e3, m: 1e6 }[tokens[2] ?? ''] ?? 1)), (count) => ({ tokens: count }));
  return undefined;
}

function positive(value: number, amount: (value: number) => Amount): Amount | undefined {
  return value > 0 && Number.isFinite(value) ? amount(value) : undefined;
}
