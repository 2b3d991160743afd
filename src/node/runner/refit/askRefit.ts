import type { Manifest } from '../../../core/competition/manifest';
import { finalAttempt } from '../../../core/run/finalAttempt';
import { hasEnded } from '../../../core/run/fold';
import { canGoOn, isOpen, type RefitView } from '../../../core/run/refit';
import { RunJournal } from '../../storage/journal';
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
export async function askRefit({ folder, view }: Pick<RunSummary, 'folder' | 'view'>, wish: RefitWish): Promise<RefitView> {
  if (!hasEnded(view)) throw new RunnerError('bad_request', `Run ${view.number} has not ended: its final choice is made before Kaggle's scores are known.`, 'Finish or stop the run first.');
  const attempt = view.attempts.find(({ id }) => id === (wish.attempt ?? finalAttempt(view)?.id));
  if (!attempt) throw new RunnerError('bad_request', wish.attempt === undefined ? `Run ${view.number} has no valid attempt.` : `Run ${view.number} has no attempt ${wish.attempt}.`, `Attempts: ${view.attempts.map(({ id }) => id).join(', ') || 'none'}.`);
  if (attempt.status !== 'valid') throw new RunnerError('bad_request', `Attempt ${attempt.id} is not valid on the local test set.`, 'Choose an attempt with a score.');
  const { journal, events } = await RunJournal.open(folder, { now: () => Date.now() });
  journal.runClock.pause();
  try {
    const before = refitsIn(events);
    const last = before.at(-1);
    // What was left alone goes on before anything else begins; another wish for the same attempt is that one.
    if (last && canGoOn(last) && (isOpen(last) || last.attempt === attempt.id) && !wish.again) return last;
    const ready = wish.again ? undefined : before.findLast((one) => one.attempt === attempt.id && one.file !== null);
    if (ready && !wish.submit) return ready;
    const data = { refit: before.length + 1, attempt: attempt.id, slug: wish.slug, submit: wish.submit ? { ...wish.submit } : null, ...(ready ? { uses: ready.refit } : {}) };
    const asked = await journal.append({ actor: 'human', type: 'refit_asked', data });
    const made = refitsIn([...events, asked]).at(-1);
    if (!made) throw new Error('unreachable: it was just asked for');
    return made;
  } finally {
    await journal.close();
  }
}
