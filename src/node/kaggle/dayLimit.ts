import type { SubmissionLimits } from './competitions';
import { KaggleError } from './kaggleError';

export const limitWords = ({ today, allowedNow }: SubmissionLimits, now: Date): string => `Submissions: ${allowedNow} left today, ${today} sent; the next day begins in ${untilTomorrow(now)} (UTC).`;

/** @throws KaggleError `no_submissions_left` */
export function requireLeft(slug: string, { today, allowedNow }: SubmissionLimits, now: Date): void {
  if (allowedNow > 0) return;
  throw new KaggleError('no_submissions_left', `The submissions of today to "${slug}" are used up (${today} sent).`, `Kaggle counts days in UTC: the next one begins in ${untilTomorrow(now)}.`);
}

/** Time until the next UTC day, as "5 h 20 min". */
function untilTomorrow(now: Date): string {
  const minutes = Math.ceil((Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + 1) - now.getTime()) / 60_000);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
