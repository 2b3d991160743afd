import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readFile, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import * as z from 'zod';
import { CancelledError } from '../../core/errors';
import { parseJson } from '../../core/parseJson';
import { ArchiveError } from '../archives/archiveError';
import { safePath } from '../archives/safePath';
import { sleep } from '../sleep';
import { writeFileAtomic } from '../storage/atomicFile';
import { diskTrouble, remedyOf } from '../storage/diskTrouble';
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
  /** It is done again after that many seconds. */
  readonly waits?: (why: string, seconds: number) => void;
  /** Pause before a broken transfer is taken up again; for tests. */
  readonly pauseMs?: number;
}

/** Breaks of one file, before it is given up. */
const tries = 8;
/** Addresses that the storage refuses: one may have expired, more are no accident. */
const mostRefused = 3;

/** Base64 MD5 where the storage names it. */
const partSchema = z.object({ etag: z.string().nullable(), total: z.number().nullable(), fileName: z.string(), md5: z.string().nullable().default(null) });
type PartFacts = z.output<typeof partSchema>;

/** A file that is whole, and what is known of it until its use is over. */
export interface Downloaded {
  readonly path: string;
  /** Forgets what is known of the file: it is what was wanted, or has been unpacked. */
  settle(): Promise<void>;
}

/** Uses a file that was downloaded. It is kept for another try, unless it is a bad archive: that is loaded anew. */
export async function unpacking<T>({ path, settle }: Downloaded, work: (path: string) => Promise<T>): Promise<T> {
  try {
    return await work(path);
  } catch (error) {
    if (ArchiveError.is(error) && error.reason !== 'write_failed') {
      await settle();
      await rm(path, { force: true });
    }
    throw error;
  }
}

/**
 * Downloads one file. What was loaded before a break, or in an earlier call, is kept in
 * `<name>.part` and taken up again when the data is still the same. Length and MD5, where the
 * storage names them, are checked before the file gets its name.
 * @returns the file's path
 * @throws KaggleError `changed`, `corrupt`, `unreachable`, `server_error`, `write_failed`; CancelledError (the part stays)
 */
export async function download(request: DownloadRequest, options: CallOptions): Promise<string> {
  const { path, settle } = await downloadKept(request, options);
  await settle();
  return path;
}

/**
 * As `download`; and until it is settled, the whole file is taken again by another call when the
 * data is still the same, as by one after an archive could not be unpacked.
 */
export async function downloadKept(request: DownloadRequest, options: CallOptions): Promise<Downloaded> {
  const part = join(request.folder, `${safePath(request.name)}.part`);
  try {
    await mkdir(dirname(part), { recursive: true });
    const path = (await takeAgain(part, request, options)) ?? (await load(part, request, options));
    return { path, settle: () => rm(factsOfPart(part), { force: true }) };
  } catch (error) {
    const trouble = KaggleError.is(error) ? undefined : diskTrouble(error);
    if (!trouble) throw error;
    const { bytes, facts } = await partOf(part);
    const needed = facts?.total == null ? null : facts.total - bytes;
    throw new KaggleError('write_failed', `${request.name} could not be written: ${trouble.what.toLowerCase()}.`, `${await remedyOf(trouble, request.folder, needed)}, then try again: what is loaded already is kept.`, { cause: error });
  }
}

async function load(part: string, request: DownloadRequest, options: CallOptions): Promise<string> {
  let last: KaggleError | undefined;
  let refused = 0;
  for (let attempt = 0; attempt < tries; attempt++) {
    if (last) {
      const pause = (request.pauseMs ?? 1_000) * 2 ** (attempt - 1);
      request.waits?.(last.message, pause / 1000);
      await sleep(pause, options.signal);
    }
    const outcome = await transfer(await request.locate(), part, request, options);
    if ('path' in outcome) return outcome.path;
    last = outcome.error;
    refused = outcome.refused ? refused + 1 : 0;
    if (!outcome.again || refused === mostRefused) throw last;
  }
  throw last ?? new KaggleError('unreachable', `${request.name} could not be downloaded.`, 'Try again; what is loaded already is kept.');
}

/** The whole file of an earlier call, where the storage still has the same: its last byte tells. */
async function takeAgain(part: string, { locate, progress }: DownloadRequest, { signal }: CallOptions): Promise<string | undefined> {
  const facts = await readFacts(part);
  if (!facts || !facts.total) return undefined;
  const path = join(dirname(part), facts.fileName);
  const size = await stat(path).then((found) => (found.isFile() ? found.size : -1), () => -1);
  if (size !== facts.total) return undefined;
  const address = await locate();
  let response: Response;
  try {
    response = await fetch(address, { headers: { range: `bytes=${size - 1}-` }, signal });
    await response.body?.cancel();
  } catch {
    if (signal.aborted) throw new CancelledError();
    return undefined;
  }
  const now = factsOf(response, address, size - 1);
  if (response.status !== 206 || now.etag !== facts.etag || now.total !== size || now.fileName !== facts.fileName) return undefined;
  progress?.(size, size);
  return path;
}

const factsOfPart = (part: string): string => `${part}.json`;

type Outcome = { readonly path: string } | { readonly error: KaggleError; readonly again: boolean; readonly refused?: boolean };

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
    const hash = createHash('md5');
    await hashFile(part, hash);
    return await finish(part, have.facts, { md5: hash.digest('base64'), bytes: have.bytes }, request);
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
  if (!resumes) await rm(part, { force: true });
  // Whole or not at all: on a full disk, what is known of the part must stay.
  await writeFileAtomic(factsOfPart(part), JSON.stringify(facts));
  return await store(response.body, part, resumes ? have.bytes : 0, facts, request, signal);
}

/** Why an answer holds no data. An address that is refused may have expired: another one is asked for. */
function refusal({ status, ok }: Response, name: string): Outcome | null {
  if (ok) return null;
  const expired = status === 400 || status === 403 || status === 404;
  return { error: new KaggleError('server_error', `Kaggle's storage answers ${status} for ${name}.`, 'Try again later.'), again: expired || status === 416 || status >= 500, refused: expired };
}

/** Writes the body behind what is there, and checks the whole. */
async function store(body: ReadableStream<Uint8Array>, part: string, from: number, facts: PartFacts, request: DownloadRequest, signal: AbortSignal): Promise<Outcome> {
  const hash = createHash('md5');
  if (from > 0) await hashFile(part, hash);
  const file = await open(part, from > 0 ? 'r+' : 'w');
  let at = from;
  try {
    for await (const chunk of body) {
      await writeAll(file, chunk, at);
      hash.update(chunk);
      at += chunk.length;
      request.progress?.(at, facts.total);
    }
  } catch (error) {
    if (diskTrouble(error)) throw error;
    return broken(error, request, signal);
  } finally {
    await file.close();
  }
  if (facts.total !== null && at < facts.total) return { error: new KaggleError('unreachable', `${request.name} broke off at ${at} of ${facts.total} bytes.`, 'Try again; what is loaded already is kept.'), again: true };
  return await finish(part, facts, { md5: hash.digest('base64'), bytes: at }, request);
}

/** A disk that is nearly full takes a part of what it is given, without an error. */
async function writeAll(file: FileHandle, chunk: Uint8Array, at: number): Promise<void> {
  for (let done = 0; done < chunk.length; ) done += (await file.write(chunk, done, chunk.length - done, at + done)).bytesWritten;
}

async function finish(part: string, facts: PartFacts, check: { readonly md5: string; readonly bytes: number }, request: DownloadRequest): Promise<Outcome> {
  if ((facts.md5 !== null && facts.md5 !== check.md5) || (facts.total !== null && check.bytes !== facts.total)) {
    await rm(part, { force: true });
    await rm(factsOfPart(part), { force: true });
    return { error: new KaggleError('corrupt', `${request.name} arrived damaged: its checksum does not fit.`, 'Try again.'), again: true };
  }
  const path = join(dirname(part), facts.fileName);
  await rename(part, path);
  return { path };
}

function broken(error: unknown, { name }: DownloadRequest, signal: AbortSignal): Outcome {
  if (signal.aborted) throw new CancelledError();
  return { error: new KaggleError('unreachable', `The connection broke while ${name} was downloaded.`, 'Try again; what is loaded already is kept.', { cause: error }), again: true };
}

/** What is there of an earlier transfer; nothing when what is known of it is lost. */
async function partOf(part: string): Promise<{ bytes: number; facts: PartFacts | null }> {
  const facts = await readFacts(part);
  const bytes = await stat(part).then(({ size }) => size, () => 0);
  if (facts && bytes > 0) return { bytes, facts };
  await rm(part, { force: true });
  return { bytes: 0, facts: null };
}

async function readFacts(part: string): Promise<PartFacts | null> {
  const text = await readFile(factsOfPart(part), 'utf8').catch(() => '');
  return partSchema.safeParse(parseJson(text)).data ?? null;
}

function factsOf(response: Response, address: URL, have: number): PartFacts {
  const range = /\/(\d+)$/.exec(response.headers.get('content-range') ?? '')?.[1];
  const length = response.headers.get('content-length');
  const total = range !== undefined ? Number(range) : length !== null && response.status === 200 ? Number(length) : length !== null && response.status === 206 ? have + Number(length) : null;
  const last = decode(new URL(response.url || address.href).pathname.split('/').at(-1) ?? '');
  return { etag: response.headers.get('etag'), total, fileName: basename(safePath(last === '' ? 'download' : last)), md5: md5Of(response) ?? null };
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
