import * as vscode from 'vscode';
import { finalAttempt } from '../../core/run/finalAttempt';
import { hasEnded } from '../../core/run/fold';
import { canGoOn, isOpen, type RefitView } from '../../core/run/refit';
import { refitRefusal } from '../../core/run/refitReady';
import { CancelledError } from '../../core/errors';
import type { RunView } from '../../core/run/view';
import type { SubmissionLimits } from '../../node/kaggle/competitions';
import { limitWords, requireLeft } from '../../node/kaggle/dayLimit';
import { pickRun } from '../commands/pick';
import { HostError } from '../platform/hostError';
import { withoutLinks } from '../platform/notificationText';
import { cancellable } from '../platform/progress';
import { onlyStep, quickStep } from '../platform/quickSteps';
import type { RunHandle } from '../runs/runHandle';
import { formatScore } from '../views/format';
import { runArgument } from '../views/runsTree';
import { signedIn } from './importFlow';
import type { KaggleParts } from './kaggleFeature';

interface Wish {
  readonly attempt: number;
  readonly submit: { readonly message: string } | null;
}

/** An attempt of an ended run runs again with all training data; its file goes to Kaggle when the person says so. */
export async function refitFlow(parts: KaggleParts, argument: unknown): Promise<void> {
  const { runs, panels, workspace, access } = parts;
  workspace.startableRoot();
  const run = await pickRun(argument, runs, { suits: (view) => hasEnded(view) && view.competition.kaggle !== undefined, words: 'of a competition from Kaggle has ended', next: 'Import a competition from Kaggle, and play it to its end.' });
  const { view } = run;
  const slug = view.competition.kaggle;
  if (slug === undefined) throw new HostError('no_competition', `${view.competition.title} was not imported from Kaggle.`, 'Import from Kaggle… makes a competition of its address.');
  const refusal = refitRefusal(view);
  if (refusal) throw new HostError('no_run', refusal.message, refusal.nextStep);
  if (view.refits?.some(isOpen) && run.connection === 'attached') return await follow(run);
  const api = await signedIn(parts);
  const last = view.refits?.at(-1);
  // What was left alone goes on, with the words that it was asked for with.
  const wish = last && canGoOn(last) && last.submission !== null ? { attempt: last.attempt, submit: last.submit } : await ask(view, runArgument(argument)?.attempt, slug, () => cancellable('Asking Kaggle', (signal) => api.limits(slug, { signal })));
  panels.show(run);
  await runs.refit(run.runId, { ...wish, slug }, await access.runnerEnv());
  await follow(run);
}

/** Which attempt, whether it is sent, and with which words. The day's limit is kept here already. @throws CancelledError, KaggleError `no_submissions_left` */
async function ask(view: RunView, given: number | undefined, slug: string, askLimit: () => Promise<SubmissionLimits>): Promise<Wish> {
  const final = finalAttempt(view)?.id;
  const valid = view.attempts.filter(({ status }) => status === 'valid').sort((a, b) => Number(b.id === final) - Number(a.id === final) || b.id - a.id);
  if (valid.length === 0) throw new HostError('no_score', `Run ${view.number} has no valid attempt.`, 'Only what is valid on the local test set goes to Kaggle.');
  const items = valid.map(({ id, plan, public: open, private: hidden }) => ({
    label: `#${id}${id === final ? ' (final choice)' : ''}`,
    description: `local ${[open, hidden].flatMap((score) => (score ? [formatScore(score.score)] : [])).join(' / ')}`,
    detail: plan,
    value: id,
  }));
  const attempt = given === undefined ? await quickStep({ title: `Run ${view.number}: refit and submit to Kaggle`, placeholder: 'Attempt that runs again with all training data', items }, onlyStep) : ({ kind: 'ok', value: given } as const);
  if (attempt.kind !== 'ok') throw new CancelledError();
  const limit = await askLimit();
  const now = new Date();
  const way = await quickStep<'submit' | 'refit'>(
    {
      title: `Attempt #${attempt.value}`,
      placeholder: limitWords(limit, now),
      items: [
        { label: 'Refit and submit', description: limit.allowedNow > 0 ? `uses one of ${limit.allowedNow} submissions left today` : 'no submission is left today', value: 'submit' },
        { label: 'Refit only', description: 'make the file for Kaggle’s test set, and send nothing', value: 'refit' },
      ],
    },
    onlyStep,
  );
  if (way.kind !== 'ok') throw new CancelledError();
  if (way.value === 'refit') return { attempt: attempt.value, submit: null };
  requireLeft(slug, limit, now);
  const message = await vscode.window.showInputBox({ title: `Attempt #${attempt.value}: description of the submission`, prompt: limitWords(limit, now), value: view.attempts.find(({ id }) => id === attempt.value)?.plan.slice(0, 200) ?? '', ignoreFocusOut: true });
  if (message === undefined) throw new CancelledError();
  return { attempt: attempt.value, submit: { message: message.trim() || 'Made with Podium' } };
}

/** Progress until it is done. Cancelling stops the repetition, or the waiting: what Kaggle has stays. */
async function follow(run: RunHandle): Promise<void> {
  const newest = (): RefitView | undefined => run.view.refits?.at(-1);
  const title = `Run ${run.view.number}, attempt #${newest()?.attempt ?? ''}`;
  await vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title, cancellable: true }, (progress, token) => {
    token.onCancellationRequested(() => void run.stop().catch(() => undefined));
    return new Promise<void>((resolve) => {
      const look = (): void => {
        const refit = newest();
        progress.report({ message: refit?.text ?? '' });
        // Lost: its process has ended without a word; the command goes on with it.
        if (refit && isOpen(refit) && run.connection !== 'ended') return;
        subscription.dispose();
        resolve();
      };
      const subscription = run.onDidChange(look);
      look();
    });
  });
  const refit = newest();
  if (refit) await tell(run, refit);
}

async function tell(run: RunHandle, { status, text, nextStep, page, submission, attempt }: RefitView): Promise<void> {
  if (status === 'done') {
    const local = run.view.attempts.find(({ id }) => id === attempt)?.private;
    const scores = submission ? ` Kaggle: public ${submission.public ?? 'unknown'}${submission.private === null ? '' : `, private ${submission.private}`}; local: ${local ? formatScore(local.score) : 'unknown'}.` : '';
    void vscode.window.showInformationMessage(withoutLinks(`Attempt #${attempt}: ${text}${scores}`));
    return;
  }
  if (status !== 'failed') {
    vscode.window.setStatusBarMessage(submission ? 'Nobody waits for the score now; the submission stays' : 'The refit was stopped', 8000);
    return;
  }
  const open = 'Open Page';
  const answer = await vscode.window.showErrorMessage(withoutLinks(`Attempt #${attempt}: ${text}${nextStep ? ` ${nextStep}` : ''}`), ...(page ? [open] : []));
  if (answer === open && page) await vscode.env.openExternal(vscode.Uri.parse(page));
}
