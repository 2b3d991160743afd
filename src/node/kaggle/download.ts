import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import * as z from 'zod';
import { CancelledError } from '../../core/errors';
import { safePath } from '../archives/safePath';
import { sleep } from '../sleep';
import type { CallOptions } from './client';
import { KaggleError } from './kaggleError';

export interface DownloadRequest {
  /** Asks the service for the address of the data; an address expires. */
  readonly locate: () => Promise<URL>;
  /** Where the file goes; made when absent. The name is Kaggle's. */
  readonly folder: string;
  /** What the file is called in messages and while it is on its way: a safe relative path. */
  readonly name: string;
  readonly progress?: (bytes: number, total: number | null) => void;
  /** Pause before a broken transfer is taken up again; for tests. */
  readonly pauseMs?: number;
}

/** Breaks and expired addresses of one file, before it is given up. */
const tries = 8;

const partSchema = z.object({ etag: z.string().nullable(), total: z.number().nullable(), fileName: z.string() });
type PartFacts = z.output<typeof partSchema>;

/**
 * Downloads one file. What was loaded before a break, or in an earlier call, is kept in
 * `<name>.part` and taken up again when the data is still the same. Length and MD5, where the
 * storage names them, are checked before the file gets its name.
 * @returns the file's path
 * @throws KaggleError `changed`, `corrupt`, `unreachable`, `server_error`; CancelledError (the part stays)
 */
export async function download(request: DownloadRequest, options: CallOptions): Promise<string> {
  const part = join(request.folder, `${safePath(request.name)}.part`);
  await mkdir(dirname(part), { recursive: true });
  let last: KaggleError | undefined;
  for (let attempt = 0; attempt < tries; attempt++) {
    if (attempt > 0) await sleep((request.pauseMs ?? 1_000) * 2 ** (attempt - 1), options.signal);
    const outcome = await transfer(await request.locate(), part, request, options);
    if ('path' in outcome) return outcome.path;
    last = outcome.error;
    if (!outcome.again) throw last;
  }
  throw last ?? new KaggleError('unreachable', `${request.name} could not be downloaded.`, 'Try again; what is loaded already is kept.');
}

type Outcome = { readonly path: string } | { readonly error: KaggleError; readonly again: boolean };

async function transfer(address: URL, part: string, request: DownloadRequest, { signal }: CallOptions): Promise<Outcome> {
  const have = await partOf(part);
  const headers: Record<string, string> = have.bytes > 0 ? { range: `bytes=${have.bytes}-` } : {};
  let response: Response;
  try {
    response = await fetch(address, { headers, signal });
  } catch (error) {
    return broken(error, request, signal);
  }
  if (response.status === 416 && have.facts && have.facts.total === have.bytes) {
    await response.body?.cancel();
    return await finish(part, have.facts, null, request);
  }
  const refused = refusal(response, request.name);
  if (refused || !response.body) {
    await response.body?.cancel();
    if (response.status === 416) await rm(part, { force: true });
    return refused ?? { error: new KaggleError('server_error', `Kaggle's storage sends nothing for ${request.name}.`, 'Try again later.'), again: true };
  }
  const facts = factsOf(response, address, have.bytes);
  const resumes = response.status === 206 && have.facts?.etag === facts.etag && rangeStart(response) === have.bytes;
  if (response.status === 206 && !resumes) {
    // The data has changed since, or another range came than was asked for: from the beginning.
    await response.body.cancel();
    await rm(part, { force: true });
    return { error: new KaggleError('changed', `${request.name} has changed while it was downloaded.`, 'Try again.'), again: true };
  }
  await writeFile(`${part}.json`, JSON.stringify(facts));
  return await store(response.body, part, resumes ? have.bytes : 0, facts, md5Of(response), request, signal);
}

/** Why an answer holds no data. An address that is refused may have expired: another one is asked for. */
function refusal({ status, ok }: Response, name: string): Outcome | null {
  if (ok) return null;
  const expired = status === 400 || status === 403 || status === 404;
  return { error: new KaggleError('server_error', `Kaggle's storage answers ${status} for ${name}.`, 'Try again later.'), again: expired || status === 416 || status >= 500 };
}

/** Writes the body behind what is there, and checks the whole. */
async function store(body: ReadableStream<Uint8Array>, part: string, from: number, facts: PartFacts, md5: string | undefined, request: DownloadRequest, signal: AbortSignal): Promise<Outcome> {
  const hash = createHash('md5');
  if (from > 0) await hashFile(part, hash);
  const file = await open(part, from > 0 ? 'r+' : 'w');
  let at = from;
  try {
    for await (const chunk of body) {
      await file.write(chunk, 0, chunk.length, at);
      hash.update(chunk);
      at += chunk.length;
      request.progress?.(at, facts.total);
    }
  } catch (error) {
    return broken(error, request, signal);
  } finally {
    await file.close();
  }
  if (facts.total !== null && at < facts.total) return { error: new KaggleError('unreachable', `${request.name} broke off at ${at} of ${facts.total} bytes.`, 'Try again; what is loaded already is kept.'), again: true };
  return await finish(part, facts, { md5: hash.digest('base64'), wanted: md5, bytes: at }, request);
}

async function finish(part: string, facts: PartFacts, check: { md5: string; wanted: string | undefined; bytes: number } | null, request: DownloadRequest): Promise<Outcome> {
  if (check && ((check.wanted !== undefined && check.wanted !== check.md5) || (facts.total !== null && check.bytes !== facts.total))) {
    await rm(part, { force: true });
    await rm(`${part}.json`, { force: true });
    return { error: new KaggleError('corrupt', `${request.name} arrived damaged: its checksum does not fit.`, 'Try again.'), again: true };
  }
  const path = join(dirname(part), facts.fileName);
  await rename(part, path);
  await rm(`${part}.json`, { force: true });
  return { path };
}

function broken(error: unknown, { name }: DownloadRequest, signal: AbortSignal): Outcome {
  if (signal.aborted) throw new CancelledError();
  return { error: new KaggleError('unreachable', `The connection broke while ${name} was downloaded.`, 'Try again; what is loaded already is kept.', { cause: error }), again: true };
}

/** What is there of an earlier transfer; nothing when what is known of it is lost. */
async function partOf(part: string): Promise<{ bytes: number; facts: PartFacts | null }> {
  try {
    const facts = partSchema.parse(JSON.parse(await readFile(`${part}.json`, 'utf8')));
    return { bytes: (await stat(part)).size, facts };
  } catch {
    await rm(part, { force: true });
    return { bytes: 0, facts: null };
  }
}

function factsOf(response: Response, address: URL, have: number): PartFacts {
  const range = /\/(\d+)$/.exec(response.headers.get('content-range') ?? '')?.[1];
  const length = response.headers.get('content-length');
  const total = range !== undefined ? Number(range) : length !== null && response.status === 200 ? Number(length) : length !== null && response.status === 206 ? have + Number(length) : null;
  const last = decode(new URL(response.url || address.href).pathname.split('/').at(-1) ?? '');
  return { etag: response.headers.get('etag'), total, fileName: basename(safePath(last === '' ? 'download' : last)) };
}

const rangeStart = (response: Response): number => Number(/^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1] ?? NaN);
const md5Of = (response: Response): string | undefined => /md5=([A-Za-z0-9+/=]+)/.exec(response.headers.get('x-goog-hash') ?? '')?.[1];

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

async function hashFile(path: string, hash: Hash): Promise<void> {
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
}
