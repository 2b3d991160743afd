import { openAsBlob } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { CancelledError } from '../../core/errors';
import { sleep } from '../sleep';
import type { CallOptions } from './client';
import type { KaggleCompetitions } from './competitions';
import { requireLeft } from './dayLimit';
import { KaggleError } from './kaggleError';
import { createdSchema, submissionSchema, uploadSchema, type KaggleSubmission } from './wire';

export interface KaggleSubmit {
  readonly slug: string;
  readonly file: string;
  readonly message: string;
  readonly progress?: (text: string) => void;
  /** What the file may have been sent as, where it is not known whether it arrived: a submission that is called so is taken for it, and none is made. */
  readonly sentBefore?: Omit<Wanted, 'file'>;
  /** Called before the one call that uses a try of the day. From then on, whether Kaggle has it is to be asked first. */
  readonly beforeCreate?: () => Promise<void>;
  /** First and longest pause between looks at a submission, and pause before an upload is taken up again; for tests. */
  readonly pollMs?: readonly [number, number];
  readonly pauseMs?: number;
}

const uploadTries = 6;
const usualPollMs = [5_000, 60_000] as const;

/**
 * Sends a file to Kaggle and waits for its score. A daily try is used at most once: the last step
 * is never repeated blindly.
 * @returns the submission when Kaggle has scored it
 * @throws KaggleError `no_submissions_left`, `code_only`, `closed`, `rules_not_accepted`,
 *   `submission_failed` (with Kaggle's own words) and others; CancelledError
 */
export async function submitToKaggle(kaggle: KaggleCompetitions, request: KaggleSubmit, options: CallOptions): Promise<KaggleSubmission> {
  const ref = await sendToKaggle(kaggle, request, options);
  request.progress?.('Waiting for the score');
  return await scoreOf(kaggle, ref, request, options);
}

/** Sends a file and returns the number of its submission, which Kaggle scores by and by. @throws as `submitToKaggle` */
export async function sendToKaggle(kaggle: KaggleCompetitions, request: KaggleSubmit, options: CallOptions): Promise<number> {
  await requireFile(request.file);
  await requireOpen(kaggle, request, options);
  request.progress?.('Uploading');
  const token = await upload(kaggle, request, options);
  request.progress?.('Submitting');
  await request.beforeCreate?.();
  return await kaggle.explained(request.slug, options, () => create(kaggle, request, token, options));
}

async function requireFile(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() && found.size > 0) return;
  throw new KaggleError('bad_name', found?.isFile() ? `${path} is empty.` : `There is no file ${path}.`, 'Name the file that is to be submitted.');
}

async function requireOpen(kaggle: KaggleCompetitions, { slug, progress }: KaggleSubmit, options: CallOptions): Promise<void> {
  const competition = await kaggle.get(slug, options);
  if (competition.isKernelsSubmissionsOnly) throw new KaggleError('code_only', `"${slug}" takes notebooks, not files.`, 'Submit a version of a notebook.');
  if (competition.submissionsDisabled) throw new KaggleError('closed', `"${slug}" takes no submissions.`, 'Choose a competition that is open.');
  await requireTry(kaggle, slug, progress, options);
}

/** Keeps the day's limit, and tells it. @throws KaggleError `no_submissions_left` */
export async function requireTry(kaggle: KaggleCompetitions, slug: string, progress: KaggleSubmit['progress'], options: CallOptions): Promise<void> {
  const limits = await kaggle.limits(slug, options);
  requireLeft(slug, limits, new Date());
  progress?.(`Uses one of ${limits.allowedNow} submissions left today`);
}

/** The upload's token. Storage is not sent our credentials. */
async function upload(kaggle: KaggleCompetitions, { slug, file, pauseMs = 1_000 }: KaggleSubmit, options: CallOptions): Promise<string> {
  const { size, mtimeMs } = await stat(file);
  const start = (): Promise<{ token: string; createUrl: string }> =>
    kaggle.explained(slug, options, () =>
      kaggle.client.call('competitions.CompetitionApiService/StartSubmissionUpload', { competitionName: slug, fileName: basename(file), contentLength: size, lastModifiedEpochSeconds: Math.floor(mtimeMs / 1000) }, uploadSchema, options),
    );
  const blob = await openAsBlob(file);
  let session = await start();
  let from = 0;
  for (let attempt = 0; attempt < uploadTries; attempt++) {
    if (attempt > 0) {
      await sleep(pauseMs * 2 ** (attempt - 1), options.signal);
      const state = await uploaded(session.createUrl, size, options);
      if (state === 'done') return session.token;
      if (state === 'lost') {
        session = await start();
        from = 0;
      } else if (typeof state === 'number') from = state;
    }
    const status = await put(session.createUrl, blob.slice(from), from === 0 ? {} : { 'content-range': `bytes ${from}-${size - 1}/${size}` }, options);
    if (status === 200 || status === 201) return session.token;
    if (status !== null && status !== 308 && status !== 404 && status < 500) throw new KaggleError('server_error', `Kaggle's storage refuses the file (status ${status}).`, 'Try again.');
  }
  throw new KaggleError('unreachable', `The upload of ${basename(file)} broke again and again.`, 'Try again; no submission was used.');
}

/** How far a broken upload got: a number of bytes; `unknown` when the storage cannot tell now. */
async function uploaded(url: string, size: number, options: CallOptions): Promise<number | 'done' | 'lost' | 'unknown'> {
  let response: Response;
  try {
    response = await fetch(url, { method: 'PUT', headers: { 'content-range': `bytes */${size}`, 'content-length': '0' }, signal: options.signal });
  } catch (error) {
    if (options.signal.aborted) throw new CancelledError();
    void error;
    return 'unknown';
  }
  await response.body?.cancel();
  if (response.status === 200 || response.status === 201) return 'done';
  if (response.status === 404) return 'lost';
  if (response.status !== 308) return 'unknown';
  const last = /bytes=0-(\d+)/.exec(response.headers.get('range') ?? '')?.[1];
  return last === undefined ? 0 : Number(last) + 1;
}

/** The status; null when the connection broke. */
async function put(url: string, body: Blob, headers: Record<string, string>, { signal }: CallOptions): Promise<number | null> {
  try {
    const response = await fetch(url, { method: 'PUT', body, headers, signal });
    await response.body?.cancel();
    return response.status;
  } catch {
    if (signal.aborted) throw new CancelledError();
    return null;
  }
}

/** Makes the submission. */
async function create(kaggle: KaggleCompetitions, request: KaggleSubmit, token: string, options: CallOptions): Promise<number> {
  const { slug, file, message, sentBefore } = request;
  const call = (): Promise<{ ref: number; message: string }> =>
    kaggle.client.call('competitions.CompetitionApiService/CreateSubmission', { competitionName: slug, blobFileTokens: token, submissionDescription: message }, createdSchema, { ...options, write: true });
  return await createOnce(kaggle, slug, call, { file, descriptions: [message] }, request, options, sentBefore && { file, ...sentBefore });
}

/** A submission as it is found again. */
interface Wanted {
  /** Absent: of any name. */
  readonly file?: string;
  /** Any of them. */
  readonly descriptions: readonly string[];
  /** Numbers of earlier ones, which may be called the same. */
  readonly known?: ReadonlySet<number>;
}

/** How many of the newest submissions are looked at. */
const newest = 20;

/**
 * Does the call that uses a try of the day, once. When its answer is lost, or has no number, the
 * submission is looked for in the list instead of being made again.
 * @param sentBefore one that may be there already and was not listed until now: it is not made again
 * @returns its number
 */
export async function createOnce(kaggle: KaggleCompetitions, slug: string, call: () => Promise<{ readonly ref: number; readonly message: string }>, wanted: Wanted, looks: LookOptions, options: CallOptions, sentBefore?: Wanted): Promise<number> {
  const listed = await kaggle.submissions(slug, newest, options);
  const late = sentBefore && among(listed, sentBefore);
  if (late !== undefined) return late;
  const known = new Set(listed.map(({ ref }) => ref));
  let said = '';
  try {
    const { ref, message } = await call();
    if (ref !== 0) return ref;
    said = message;
  } catch (error) {
    if (!KaggleError.is(error, 'unreachable') && !KaggleError.is(error, 'server_error') && !KaggleError.is(error, 'bad_answer')) throw error;
    const ref = await findLate(kaggle, slug, { ...wanted, known }, looks, options);
    if (ref !== undefined) return ref;
    throw new KaggleError('server_error', `It is not certain whether Kaggle took the submission: ${error.message}`, `Look at your submissions of "${slug}" before you send it again: it would use another try of the day.`, { cause: error });
  }
  const ref = await findLate(kaggle, slug, { ...wanted, known }, looks, options);
  if (ref !== undefined) return ref;
  throw new KaggleError('submission_failed', `Kaggle ${said === '' ? 'gives the submission no number' : `says "${said}"`}, and lists no such submission: the day's limit may be reached.`, `Look at your submissions of "${slug}".`);
}

type LookOptions = Pick<KaggleSubmit, 'pollMs' | 'progress'>;

/** How often a submission is looked for that Kaggle may have: with the usual pauses, for more than a minute. */
const mostLooks = 5;

/** The number of a submission that may have been made, and may be listed late. */
export async function findLate(kaggle: KaggleCompetitions, slug: string, wanted: Wanted, { pollMs: [first, longest] = usualPollMs, progress }: LookOptions, options: CallOptions): Promise<number | undefined> {
  progress?.('Looking whether Kaggle has it already');
  for (let look = 1, pause = first; ; look++, pause = Math.min(longest, pause * 2)) {
    const ref = among(await kaggle.submissions(slug, newest, options), wanted);
    if (ref !== undefined || look === mostLooks) return ref;
    await sleep(pause, options.signal);
  }
}

/** The number of a submission in a list, by its file's name and its description. */
function among(listed: readonly KaggleSubmission[], { file, descriptions, known }: Wanted): number | undefined {
  return listed.find((one) => one.ref !== 0 && !known?.has(one.ref) && (file === undefined || one.fileName === basename(file)) && descriptions.includes(one.description))?.ref;
}

/** Looks at a submission until it is scored, less and less often. @throws KaggleError `submission_failed` with Kaggle's words; CancelledError: the submission stays */
export async function scoreOf(kaggle: KaggleCompetitions, ref: number, { pollMs = usualPollMs }: Pick<KaggleSubmit, 'pollMs'>, options: CallOptions): Promise<KaggleSubmission> {
  const [first, longest] = pollMs;
  for (let pause = first; ; pause = Math.min(longest, pause * 1.5)) {
    const submission = await kaggle.client.call('competitions.CompetitionApiService/GetSubmission', { ref }, submissionSchema, options);
    if (submission.status === 'complete') return submission;
    if (submission.status === 'error') {
      throw new KaggleError('submission_failed', `Kaggle could not score the submission: ${submission.errorDescription.trim() || 'it gives no reason'}`, 'Mend the file; Kaggle counts failed submissions apart in most competitions.');
    }
    await sleep(pause, options.signal);
  }
}
