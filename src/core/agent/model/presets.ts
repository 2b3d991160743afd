import * as z from 'zod';
import data from './presets.json';

/** Endpoints that people use: data, so that a new one needs no code. */
export const presetSchema = z.object({
  id: z.string(),
  label: z.string(),
  /** Places in angle brackets are the person's to fill in. */
  baseUrl: z.string(),
  needsKey: z.boolean(),
  /** The field that bounds an answer's length there. */
  outputLimit: z.enum(['max_tokens', 'max_completion_tokens']),
});
export type Preset = z.output<typeof presetSchema>;

export const presets: readonly Preset[] = z.array(presetSchema).parse(data);
export const defaultBaseUrl = 'https://api.openai.com/v1';

export type NormalUrl = { readonly ok: true; readonly url: string } | { readonly ok: false; readonly message: string; readonly hint: string };

/** A base URL as a person writes it, or a preset's name, as the URL that requests go to. */
export function normalBaseUrl(text: string): NormalUrl {
  const preset = presets.find((one) => one.id === text.trim().toLowerCase());
  const raw = preset?.baseUrl ?? text.trim();
  const names = presets.map((one) => one.id).join(', ');
  if (raw.includes('<')) return { ok: false, message: `The address of ${preset?.label ?? raw} has a part of its own.`, hint: `Give it as a URL: ${raw}.` };
  let url: URL;
  try {
    url = new URL(raw.includes('://') ? raw : `http://${raw}`);
  } catch {
    return { ok: false, message: `"${raw}" is no URL.`, hint: `Examples: https://api.openai.com/v1, or one of ${names}.` };
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return { ok: false, message: `"${raw}" is no http or https URL.`, hint: `Examples: https://api.openai.com/v1, or one of ${names}.` };
  // The address is written to the run's record; a key in it would be too.
  const secret = [...url.searchParams.keys()].find((name) => /key|token|secret|sig|pass/i.test(name));
  if (url.username !== '' || url.password !== '' || secret !== undefined) return { ok: false, message: 'The URL of the model holds a secret.', hint: 'Put the key into OPENAI_API_KEY and leave it out of the URL.' };
  url.hash = '';
  let path = url.pathname.replace(/\/+$/, '').replace(/\/(chat\/completions|completions|models)$/, '');
  if (path === '') path = '/v1';
  return { ok: true, url: `${url.origin}${path}${url.search}` };
}

/** What is known of the endpoint behind a URL. */
export function presetOf(baseUrl: string): Preset | undefined {
  return presets.find((one) => one.baseUrl === baseUrl) ?? (/^https:\/\/[^/]+\.openai\.azure\.com\//.test(baseUrl) ? presets.find((one) => one.id === 'azure') : undefined);
}
