import { relative } from 'node:path';
import type { FeedbackGiven } from '../core/run/feedback';
import { finalAttempt } from '../core/run/finalAttempt';
import { refitOf, type RefitView } from '../core/run/refit';
import type { AttemptView, RunView } from '../core/run/view';
import type { RunSummary } from '../node/runner/runs';
import { formatTable } from './output';

/** What `podium run` and `podium resume` print with `--json`. Paths are relative to the workspace. */
export interface RunReport {
  readonly runId: string;
  readonly status: RunView['status'];
  readonly reason: string;
  readonly nextStep: string | null;
  readonly isolation: RunView['isolation'];
  /** Its own evaluation says the scores; there are no hidden answers. */
  readonly selfScored: boolean;
  readonly attempts: readonly AttemptReport[];
  /** The attempt that counts, whose file `submission` is (null where an evaluation scores the files themselves): the final choice, else the best public score. */
  readonly best: AttemptReport | null;
  readonly selected: number | null;
  readonly submission: string | null;
  readonly journal: string;
  /** How much was told of test scores. */
  readonly feedback: FeedbackGiven;
  /** What the run's model has used; null where none was asked. `usd` null: the price is unknown. */
  readonly spend: { readonly calls: number; readonly inputTokens: number; readonly outputTokens: number; readonly estimated: boolean; readonly usd: number | null } | null;
}

export interface AttemptReport {
  readonly id: number;
  readonly operator: string;
  readonly plan: string;
  readonly status: string;
  readonly valid: boolean;
  readonly claim: number | null;
  readonly publicScore: number | null;
  readonly privateScore: number | null;
  readonly seconds: number;
  /** Its newest submission to Kaggle; absent where there is none. */
  readonly kaggle?: { readonly ref: number; readonly status: 'pending' | 'complete' | 'error'; readonly publicScore: number | null; readonly privateScore: number | null };
}

export function attemptReport(attempt: AttemptView, refits?: readonly RefitView[]): AttemptReport {
  const sent = refitOf(refits, attempt.id)?.submission;
  return {
    id: attempt.id,
    operator: attempt.operator,
    plan: attempt.plan,
    status: attempt.status,
    valid: attempt.status === 'valid',
    claim: attempt.claim?.value ?? null,
    publicScore: attempt.public?.score ?? null,
    privateScore: attempt.private?.score ?? null,
    seconds: attempt.seconds,
    ...(sent ? { kaggle: { ref: sent.ref, status: sent.status, publicScore: sent.public, privateScore: sent.private } } : {}),
  };
}

export function runReport(summary: RunSummary, workspace: string): RunReport {
  const { view, folder } = summary;
  const final = finalAttempt(view);
  const folderName = relative(workspace, folder).split('\\').join('/');
  return {
    runId: summary.runId,
    status: view.status,
    reason: view.statusText,
    nextStep: view.nextStep,
    isolation: view.isolation,
    selfScored: view.competition.selfScored ?? false,
    attempts: view.attempts.map((attempt) => attemptReport(attempt, view.refits)),
    best: final ? attemptReport(final, view.refits) : null,
    selected: view.selected?.attempt ?? null,
    submission: final?.status === 'valid' && !view.competition.selfScored ? `${folderName}/attempts/${final.id}/submission.csv` : null,
    journal: `${folderName}/journal.jsonl`,
    feedback: summary.feedback,
    spend: view.spend ? spendOf(view.spend) : null,
  };
}

function spendOf({ calls, inputTokens, outputTokens, estimated, usd }: NonNullable<RunView['spend']>): RunReport['spend'] {
  return { calls, inputTokens, outputTokens, estimated, usd };
}

/** Money for a person: what is unknown is called so. */
export const moneyText = (usd: number | null): string => (usd === null ? 'cost unknown' : `$${usd.toFixed(4)}`);

/** What a model has used, in one line; undefined where none was asked. */
export function spendText(spend: RunView['spend']): string | undefined {
  if (!spend) return undefined;
  const about = spend.estimated ? '≈' : '';
  return `Model: ${spend.calls} answers, ${about}${spend.inputTokens} tokens in, ${about}${spend.outputTokens} out, ${moneyText(spend.usd)}.`;
}

/** Four decimals for a person; empty when there is none. */
const score = (value: number | null | undefined): string => (value === null || value === undefined ? '' : value.toFixed(4));

/** The scoreboard of a run for a terminal. */
export function scoreboard(view: RunView): string {
  const rows = view.attempts.map((attempt) => {
    const mark = attempt.id === view.selected?.attempt ? '*' : ' ';
    const name = attempt.plan.length > 60 ? `${attempt.plan.slice(0, 59)}…` : attempt.plan;
    return [`${mark}#${attempt.id}`, attempt.operator, attempt.status, score(attempt.claim?.value), score(attempt.public?.score), score(attempt.private?.score), `${attempt.seconds.toFixed(1)} s`, name];
  });
  const told = view.competition.selfScored ? 'SELF-SCORED' : 'PUBLIC';
  return formatTable([['', 'OPERATOR', 'STATUS', 'CLAIM', told, 'PRIVATE', 'TIME', 'PLAN'], ...rows], new Set([3, 4, 5, 6]));
}
