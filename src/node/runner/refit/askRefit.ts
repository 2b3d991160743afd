import type { Manifest } from '../../../core/competition/manifest';
import { finalAttempt } from '../../../core/run/finalAttempt';
import { canGoOn, isOpen, type RefitView } from '../../../core/run/refit';
import { attemptRefusal, refitRefusal } from '../../../core/run/refitReady';
import type { RunView } from '../../../core/run/view';
import { RunJournal } from '../../storage/journal';
import { StorageError } from '../../storage/storageError';
import { RunnerError } from '../runnerError';
import type { RunSummary } from '../runs';
import { refitsIn } from './refitSession';

export interface RefitWish {
  /** The final choice of the run by default. */
  readonly attempt?: number;
  /** Name of the competition on Kaggle. */
  readonly slug: string;
  /** null: the file is made and not sent. */
  readonly submit: { readonly message: string } | null;
  /** Run it again although a file of the attempt is there. */
  readonly again?: boolean;
}

/** Name on Kaggle of a competition that was imported from there. @throws RunnerError `bad_request` */
export function kaggleSlugOf({ source, title }: Pick<Manifest, 'source' | 'title'>): string {
  if (source.kind === 'kaggle' && source.slug) return source.slug;
  throw new RunnerError('bad_request', `"${title}" was not imported from Kaggle.`, 'Import the competition from Kaggle (`podium import kaggle <address>`), and play it.');
}

/** See `Runs.askRefit`. */
export async function askRefit({ folder, view, live }: Pick<RunSummary, 'folder' | 'view' | 'live'>, wish: RefitWish): Promise<RefitView> {
  const attempt = attemptOf(view, wish);
  const underWay = live ? view.refits?.findLast(isOpen) : undefined;
  if (underWay) throw new StorageError('locked', `Attempt ${underWay.attempt} of run ${view.number} is being refitted by another process: ${underWay.text}`, 'Wait until it is done, or stop it where it was begun.');
  const { journal, events } = await RunJournal.open(folder, { now: () => Date.now() });
  journal.runClock.pause();
  try {
    const before = refitsIn(events);
    const last = before.at(-1);
    if (last && !wish.again && (isWished(last, attempt, wish) || isDone(last, attempt, wish))) return last;
    // Another wish takes its place: nothing is ever sent that was not asked for now.
    if (last && isOpen(last)) await journal.append({ actor: 'human', type: 'refit_ended', data: { refit: last.refit, status: 'stopped', why: 'You asked for something else.' } });
    const ready = wish.again ? undefined : before.findLast((one) => one.attempt === attempt && one.file !== null);
    if (ready && !wish.submit && ready === last && !canGoOn(last)) return ready;
    const data = { refit: before.length + 1, attempt, slug: wish.slug, submit: wish.submit ? { ...wish.submit } : null, ...(ready ? { uses: ready.refit } : {}) };
    const asked = await journal.append({ actor: 'human', type: 'refit_asked', data });
    const made = refitsIn([...events, asked]).at(-1);
    if (!made) throw new Error('unreachable: it was just asked for');
    return made;
  } finally {
    await journal.close();
  }
}

/** @throws RunnerError `bad_request` for what cannot be refitted */
function attemptOf(view: RunView, wish: RefitWish): number {
  const attempt = wish.attempt ?? finalAttempt(view)?.id;
  const refusal = refitRefusal(view) ?? attemptRefusal(view, attempt);
  if (refusal || attempt === undefined) throw new RunnerError('bad_request', refusal?.message ?? '', refusal?.nextStep);
  return attempt;
}

/** Whether the same was asked for in the same words and Kaggle has answered: a command that is repeated uses no second try. */
function isDone({ attempt: done, slug, submit, submission }: RefitView, attempt: number, wish: RefitWish): boolean {
  const answered = submission?.status === 'complete' || submission?.status === 'error';
  return answered && done === attempt && slug === wish.slug && wish.submit !== null && submit?.message === wish.submit.message;
}

/** Whether a refit that was left alone is what is asked for now. What Kaggle has already is waited for: that sends nothing. */
function isWished(last: RefitView, attempt: number, wish: RefitWish): boolean {
  if (!canGoOn(last)) return false;
  if (last.submission?.status === 'pending') return isOpen(last) || last.attempt === attempt;
  return last.attempt === attempt && last.slug === wish.slug && last.submit?.message === wish.submit?.message;
}
