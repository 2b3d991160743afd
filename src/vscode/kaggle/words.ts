import { limitWords } from '../../node/kaggle/dayLimit';
import type { KaggleOffer } from '../../node/importers/kaggle';

export const sizeWords = (bytes: number): string => (bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : bytes >= 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : `${Math.max(1, Math.round(bytes / 1e3))} kB`);

export const dayWords = (iso: string): string => iso.slice(0, 10) || 'an unknown day';

/** What is told of a competition before anything of it is downloaded. */
export function offerWords({ competition, files, totalBytes, limits, rulesUrl }: KaggleOffer): string {
  const lines = [
    `Metric: ${competition.evaluationMetric || 'not named'}.`,
    `Until ${dayWords(competition.deadline)}${competition.teamCount > 0 ? `, ${competition.teamCount.toLocaleString('en-US')} teams` : ''}.`,
    files ? `Data: ${files.length} ${files.length === 1 ? 'file' : 'files'}, ${sizeWords(totalBytes ?? 0)}.` : `Data: behind its rules (${rulesUrl}).`,
    limits ? limitWords(limits, new Date()) : '',
    competition.isKernelsSubmissionsOnly ? 'It takes notebooks, not files: local scores work, submissions are versions of a notebook.' : '',
  ];
  return lines.filter(Boolean).join('\n');
}
