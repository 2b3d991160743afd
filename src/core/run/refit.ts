import * as z from 'zod';

/**
 * Refits of an ended run: an attempt runs again with the full training data and the real test set,
 * and its file goes to Kaggle. Events of the journal, and the fold to what is shown.
 */

/** Numbers of a run's refits count from 1. */
const refit = z.int();

export const refitPayloads = {
  /** The person asked for it. */
  refit_asked: z.object({
    refit,
    attempt: z.int(),
    slug: z.string(),
    /** null: the file is made and not sent. */
    submit: z.object({ message: z.string() }).nullable(),
    /** An earlier refit of the attempt whose file is sent; absent: it runs again. */
    uses: refit.optional(),
  }),
  /** Somebody goes on with it after it was left alone. */
  refit_resumed: z.object({ refit }),
  refit_finished: z.object({
    refit,
    /** The file, relative to the run folder; null when there is none that fits Kaggle's sample. */
    file: z.string().nullable(),
    rows: z.int().nullable(),
    seconds: z.number(),
    /** What came of it: one sentence. */
    summary: z.string(),
  }),
  /** The intention, before the one call that uses a try of the day: what Kaggle will call the submission, by which it is found again after a crash. */
  kaggle_sending: z.object({ refit, description: z.string() }),
  kaggle_submitted: z.object({ refit, ref: z.int() }),
  /** Scores are null where Kaggle tells none, as the private one before the competition's end. */
  kaggle_scored: z.object({ refit, status: z.enum(['complete', 'error']), public: z.number().nullable(), private: z.number().nullable(), error: z.string().nullable() }),
  /** Stopped by the person, or it could not go on. */
  refit_ended: z.object({ refit, status: z.enum(['stopped', 'failed']), why: z.string(), nextStep: z.string().optional(), page: z.string().optional() }),
} as const;

export const refitViewSchema = z.object({
  refit,
  attempt: z.int(),
  slug: z.string(),
  /** `scoring`: Kaggle has the file. `stopped` with a submission that is pending: nobody waits for its score. */
  status: z.enum(['running', 'sending', 'scoring', 'done', 'stopped', 'failed']),
  /** What it does, or what came of it. */
  text: z.string(),
  nextStep: z.string().nullable(),
  /** A page of Kaggle that the person has to visit. */
  page: z.string().nullable(),
  submit: z.object({ message: z.string() }).nullable(),
  uses: refit.nullable(),
  file: z.string().nullable(),
  /** What Kaggle will call it, once it may have it. */
  description: z.string().nullable(),
  submission: z
    .object({ ref: z.int(), status: z.enum(['pending', 'complete', 'error']), public: z.number().nullable(), private: z.number().nullable(), error: z.string().nullable() })
    .nullable(),
});
export type RefitView = z.output<typeof refitViewSchema>;

type Payloads = typeof refitPayloads;
export type RefitEvent = { [T in keyof Payloads]: { readonly type: T; readonly data: z.output<Payloads[T]> } }[keyof Payloads];

/** The refits after one more event; the list given is not changed. */
export function foldRefits(refits: readonly RefitView[], event: RefitEvent): RefitView[] {
  if (event.type === 'refit_asked') {
    const { refit: id, attempt, slug, submit, uses } = event.data;
    const used = refits.find((one) => one.refit === uses);
    const begun = beginning(refits, used, event.data);
    return [...refits, { refit: id, attempt, slug, nextStep: null, page: null, submit, uses: uses ?? null, file: used?.file ?? null, description: null, submission: null, ...begun }];
  }
  return refits.map((one) => (one.refit === event.data.refit ? { ...one, ...changeOf(one, event) } : one));
}

/** A file that Kaggle has already is never sent a second time, whatever it is called and whichever refit sent it. */
function beginning(refits: readonly RefitView[], used: RefitView | undefined, { slug, submit }: Pick<RefitView, 'slug' | 'submit'>): Pick<RefitView, 'status' | 'text'> & Partial<RefitView> {
  if (!used || used.file === null) return { status: 'running', text: 'Runs again with all training data.' };
  if (!submit) return { status: 'done', text: 'The file of an earlier refit is there.' };
  const submission = answerFor(refits, { file: used.file, slug, submit });
  switch (submission?.status) {
    case 'complete':
      return { status: 'done', text: `Kaggle has scored this file already, as submission ${submission.ref}.`, submission };
    case 'pending':
      return { status: 'scoring', text: 'Kaggle has this file already, and scores it.', submission };
    case 'error':
      return { status: 'failed', text: `Kaggle could not score this file when it was sent in the same words: ${submission.error ?? 'it gives no reason'}`, nextStep: 'Make the file anew, or send it in other words.', submission };
    default:
      return { status: 'sending', text: 'Goes to Kaggle.' };
  }
}

type Submission = NonNullable<RefitView['submission']>;

/** Where a file stands at Kaggle: its score, else what is waited for, else what became of it in the same words. */
function answerFor(refits: readonly RefitView[], { file, slug, submit }: Pick<RefitView, 'file' | 'slug' | 'submit'>): Submission | undefined {
  const sent = submissionsOf(refits, { file, slug });
  const all = [...sent.values()];
  const inSameWords = refits.findLast((one) => one.submission !== null && sent.has(one.submission.ref) && one.submit?.message === submit?.message)?.submission;
  return all.findLast(({ status }) => status === 'complete') ?? all.findLast(({ status }) => status === 'pending') ?? (inSameWords ? sent.get(inSameWords.ref) : undefined);
}

/** The submissions of a file by number, each as the newest refit knows it: an older one may have stopped waiting. */
function submissionsOf(refits: readonly RefitView[], { file, slug }: Pick<RefitView, 'file' | 'slug'>): Map<number, Submission> {
  return new Map(refits.flatMap((one) => (one.file === file && one.slug === slug && one.submission ? [[one.submission.ref, one.submission] as const] : [])));
}

/** What a refit that is under way does now. */
export function withProgress(refits: readonly RefitView[], text: string): RefitView[] {
  return refits.map((one) => (isOpen(one) ? { ...one, text } : one));
}

function changeOf(one: RefitView, event: Exclude<RefitEvent, { type: 'refit_asked' }>): Partial<RefitView> {
  switch (event.type) {
    case 'refit_resumed':
      return { ...stageOf(one), nextStep: null, page: null };
    case 'refit_finished': {
      const { file, summary } = event.data;
      if (file === null) return { status: 'failed', text: summary };
      return one.submit ? { file, status: 'sending', text: 'Goes to Kaggle.' } : { file, status: 'done', text: summary };
    }
    case 'kaggle_sending':
      return { status: 'sending', text: 'Goes to Kaggle.', description: event.data.description };
    case 'kaggle_submitted':
      return { status: 'scoring', text: 'Kaggle scores it.', submission: { ref: event.data.ref, status: 'pending', public: null, private: null, error: null } };
    case 'kaggle_scored': {
      const { status, public: score, private: hidden, error } = event.data;
      const submission = { ref: one.submission?.ref ?? 0, status, public: score, private: hidden, error };
      return status === 'complete' ? { status: 'done', text: 'Scored by Kaggle.', submission } : { status: 'failed', text: `Kaggle could not score it: ${error ?? 'it gives no reason'}`, submission };
    }
    case 'refit_ended':
      return { status: event.data.status, text: event.data.why, nextStep: event.data.nextStep ?? null, page: event.data.page ?? null };
  }
}

/** Where a refit stands that goes on: what it has decides. */
function stageOf({ file, submission }: RefitView): Pick<RefitView, 'status' | 'text'> {
  if (submission?.status === 'pending') return { status: 'scoring', text: 'Kaggle scores it.' };
  return file === null ? { status: 'running', text: 'Runs again with all training data.' } : { status: 'sending', text: 'Goes to Kaggle.' };
}

/** A refit that is under way, or was when its process ended. */
export const isOpen = ({ status }: RefitView): boolean => status === 'running' || status === 'sending' || status === 'scoring';

/** A refit that can go on: it was stopped or its sending failed, and nothing of it is lost. */
export const canGoOn = (one: RefitView): boolean =>
  isOpen(one) || ((one.status === 'stopped' || one.status === 'failed') && one.submit !== null && one.submission?.status !== 'error' && (one.file !== null || one.status === 'stopped'));

/**
 * What the file of a refit may be called at Kaggle, where nobody knows yet whether it arrived: its own
 * words and those of earlier refits, newest first; and the numbers of its submissions that are known to
 * have come to nothing, which are not the ones looked for.
 */
export function maybeSent(refits: readonly RefitView[], { refit: id, file, slug }: Pick<RefitView, 'refit' | 'file' | 'slug'>): { readonly descriptions: readonly string[]; readonly known: ReadonlySet<number> } {
  const before = refits.filter((one) => one.refit <= id && one.file === file && one.submission === null);
  return { descriptions: before.flatMap(({ description }) => description ?? []).reverse(), known: new Set(submissionsOf(refits, { file, slug }).keys()) };
}

/** The newest refit of an attempt that reached Kaggle, else its newest one. */
export function refitOf(refits: readonly RefitView[] | undefined, attempt: number): RefitView | undefined {
  const own = (refits ?? []).filter((one) => one.attempt === attempt);
  return own.findLast((one) => one.submission !== null) ?? own.at(-1);
}
