import { relative } from 'node:path';
import type { GapClosed } from '../core/grading/standings';
import type { FeedbackGiven } from '../core/run/feedback';
import { gapOfRun, methodCost, type MethodCost } from '../core/run/gap';
import { finalAttempt } from '../core/run/finalAttempt';
import { refitOf, type RefitView } from '../core/run/refit';
import type { AttemptView, RunView } from '../core/run/view';
import type { RunSummary } from '../node/runner/runs';
import { formatTable, scoreText } from './output';

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
  /** 100 · (chosen attempt − baseline) / (human − baseline), or why there is none; absent where no such scores are known. */
  readonly gapClosed?: GapClosed;
  /** Run time and code size of the chosen method against the baseline's. */
  readonly method?: MethodCost;
  /** What came of the hidden test. */
  readonly test?: NonNullable<RunView['test']>;
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
    submission: final?.status === 'valid' && !view.competition.selfScored && !view.competition.tested ? `${folderName}/attempts/${final.id}/submission.csv` : null,
    journal: `${folderName}/journal.jsonl`,
    ...testReport(view),
    feedback: summary.feedback,
    spend: view.spend ? spendOf(view.spend) : null,
  };
}

function testReport(view: RunView): Pick<RunReport, 'gapClosed' | 'method' | 'test'> {
  const gap = gapOfRun(view);
  const method = methodCost(view);
  return { ...(gap ? { gapClosed: gap } : {}), ...(method ? { method } : {}), ...(view.test ? { test: view.test } : {}) };
}

/** What the hidden test came to, in one line each; none where there is no such test. */
export function testLines(view: RunView): string[] {
  const { test, competition } = view;
  if (!test) return [];
  const gap = gapOfRun(view);
  const method = methodCost(view);
  const signed = (percent: number | null): string => (percent === null ? '' : ` (${percent >= 0 ? '+' : ''}${percent.toFixed(1)} % of the baseline)`);
  return [
    `#${test.attempt}: ${test.message}`,
    ...(gap?.ok && competition.reference ? [`Gap closed: ${gap.percent.toFixed(1)} % of the way from the baseline (${competition.reference.baseline}) to a human (${competition.reference.human}).`] : []),
    ...(method ? [`Method: ${[method.seconds === null ? '' : `${method.seconds.toFixed(1)} s${signed(method.relativeSeconds)}`, method.statements === null ? '' : `${method.statements} statements${signed(method.relativeStatements)}`].filter(Boolean).join(', ')}.`] : []),
  ];
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

/** Empty when there is none. */
const score = (value: number | null | undefined): string => (value === null || value === undefined ? '' : scoreText(value));

/** The scoreboard of a run for a terminal. */
export function scoreboard(view: RunView): string {
  const { selfScored, tested } = view.competition;
  // Where the evaluation's score is all there is, nothing is private.
  const kept = (cell: string): string[] => (selfScored ? [] : [cell]);
  const rows = view.attempts.map((attempt) => {
    const mark = attempt.id === view.selected?.attempt ? '*' : ' ';
    const name = attempt.plan.length > 60 ? `${attempt.plan.slice(0, 59)}…` : attempt.plan;
    return [`${mark}#${attempt.id}`, attempt.operator, attempt.status, score(attempt.claim?.value), score(attempt.public?.score), ...kept(score(attempt.private?.score)), `${attempt.seconds.toFixed(1)} s`, name];
  });
  const head = ['', 'OPERATOR', 'STATUS', 'CLAIM', selfScored ? 'SELF-SCORED' : tested ? 'DEV' : 'PUBLIC', ...kept(tested ? 'TEST' : 'PRIVATE'), 'TIME', 'PLAN'];
  return formatTable([head, ...rows], new Set(selfScored ? [3, 4, 5] : [3, 4, 5, 6]));
}
