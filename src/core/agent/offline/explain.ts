import type { Claim } from '../../environment/observation';
import { judge, standardErrors, type Comparison, type Verdict } from '../noise';
import type { Task } from './task';

/** A score as people read it: four decimals, fewer for large numbers. */
export function formatScore(value: number): string {
  const size = Math.abs(value);
  const text = size >= 1000 ? value.toFixed(1) : size >= 100 ? value.toFixed(2) : value.toFixed(4);
  return text.replace('-', '\u2212');
}

/** "macro F1" stays, "RMSE" stays, "Log loss" becomes "log loss" inside a sentence. */
export function metricInSentence(label: string): string {
  return /^[A-Z][a-z]/.test(label) ? label.charAt(0).toLowerCase() + label.slice(1) : label;
}

function noiseWords(comparison: Comparison, verdict: Verdict): string {
  const count = standardErrors(comparison);
  const folds = comparison.folds > 0 ? ` on ${comparison.folds} folds` : '';
  if (count === null) {
    const doubt = comparison.se === null ? ' (no error estimate)' : folds;
    return verdict === 'better' ? `better${doubt}` : verdict === 'worse' ? `worse${doubt}` : `no difference${doubt}`;
  }
  const size = `${Math.abs(count).toFixed(1)} standard errors${folds}`;
  if (verdict === 'within_noise') return `within noise (${size})`;
  return `${verdict} by ${size}`;
}

/** "Added log target: RMSE 0.1420 → 0.1310, better by 3.1 standard errors on 5 folds; kept." */
export function explainChange(task: Task, change: string, before: Claim, after: Claim, comparison: Comparison, kept: boolean): string {
  const verdict = judge(comparison, before.value);
  const scores = `${metricInSentence(task.metricLabel)} ${formatScore(before.value)} → ${formatScore(after.value)}`;
  return `${change}: ${scores}, ${noiseWords(comparison, verdict)}; ${kept ? 'kept' : 'not kept'}.`;
}

/** For an attempt that has no parent to compare with, or beats the best of another family. */
export function explainDraft(task: Task, name: string, claim: Claim, best: { readonly claim: Claim; readonly comparison: Comparison } | null): string {
  const score = `${metricInSentence(task.metricLabel)} ${formatScore(claim.value)} in validation`;
  if (!best) return `${capital(name)}: ${score}.`;
  const verdict = judge(best.comparison, best.claim.value);
  return `${capital(name)}: ${score}; against the best so far (${formatScore(best.claim.value)}) ${noiseWords(best.comparison, verdict)}.`;
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
