import './kaggle.css';
import type { VNode } from 'preact';
import { refitOf } from '../../src/protocol/panel';
import type { RefitView, RunView } from '../../src/protocol/panel';
import { ActionLink, Button, ExternalLink, Icon, ProgressRing } from '../components/basics';
import { decimalsFor, formatScore } from '../shared/format';
import type { PanelCommand } from './header';
import { hasEnded } from './model';

const isUnderWay = ({ status }: RefitView): boolean => status === 'running' || status === 'sending' || status === 'scoring';

/** Scores that Kaggle gave; empty before there are any. */
function scoresOf(refit: RefitView): string {
  const { submission } = refit;
  if (submission?.status !== 'complete') return '';
  return [submission.public === null ? '' : `public ${submission.public}`, submission.private === null ? '' : `private ${submission.private}`].filter(Boolean).join(', ');
}

/** A few words for the table, by attempt. */
export function kaggleBadges(refits: RunView['refits']): ReadonlyMap<number, string> {
  const badges = new Map<number, string>();
  for (const { attempt } of refits ?? []) {
    const refit = refitOf(refits, attempt);
    const score = refit?.submission?.public ?? null;
    if (score !== null) badges.set(attempt, `Kaggle ${score}`);
    else if (refit && isUnderWay(refit)) badges.set(attempt, 'Kaggle …');
    else if (refit?.submission) badges.set(attempt, 'Kaggle');
  }
  return badges;
}

/** One sentence for an attempt's detail; undefined where it never was on its way to Kaggle. */
export function kaggleWords({ refits }: Pick<RunView, 'refits'>, attempt: number): string | undefined {
  const refit = refitOf(refits, attempt);
  if (!refit) return undefined;
  const scores = scoresOf(refit);
  return `Fitted again with all training data: ${scores === '' ? refit.text : `${scores} on Kaggle.`}`;
}

function Row({ refit, run, onSelect }: { readonly refit: RefitView; readonly run: RunView; readonly onSelect: (id: number) => void }): VNode {
  const attempt = run.attempts.find(({ id }) => id === refit.attempt);
  const local = [attempt?.public?.score, attempt?.private?.score];
  const decimals = decimalsFor(local);
  const shown = (score: number | null | undefined): string => (score === null || score === undefined ? '–' : String(score));
  return (
    <tr>
      <th scope="row">
        <ActionLink onPress={() => onSelect(refit.attempt)}>{`#${refit.attempt}`}</ActionLink>
      </th>
      <td class="num">{shown(refit.submission?.public)}</td>
      <td class="num">{shown(refit.submission?.private)}</td>
      <td class="num local">{local[0] === undefined ? '–' : formatScore(local[0], decimals)}</td>
      <td class="num local">{local[1] === undefined ? '–' : formatScore(local[1], decimals)}</td>
      <td class="kaggle-state">
        {isUnderWay(refit) ? <ProgressRing /> : <Icon name={refit.status === 'done' ? 'check' : refit.status === 'failed' ? 'error' : 'circle-slash'} />}
        <span>
          {refit.text}
          {refit.nextStep ? ` ${refit.nextStep}` : ''}
        </span>
      </td>
    </tr>
  );
}

/** After the end of a run on a competition from Kaggle: what went there, its scores there beside the local ones, and how to send more. */
export function KagglePane(props: { readonly run: RunView; readonly onCommand: (command: PanelCommand) => void; readonly onSelect: (id: number) => void }): VNode | null {
  const { run, onCommand } = props;
  if (!run.competition.kaggle || !hasEnded(run)) return null;
  const refits = run.refits ?? [];
  const last = refits.at(-1);
  const busy = last !== undefined && isUnderWay(last);
  return (
    <section class="pane kaggle" aria-label="Kaggle" data-region tabIndex={-1}>
      {refits.length === 0 ? (
        <p>These scores are over a test set cut from the training data. For Kaggle an attempt runs again with all of it.</p>
      ) : (
        <table class="kaggle-table" aria-live="polite">
          <thead>
            <tr>
              <th scope="col">Attempt</th>
              <th scope="col" class="num">Kaggle public</th>
              <th scope="col" class="num">Kaggle private</th>
              <th scope="col" class="num">Local public</th>
              <th scope="col" class="num">Local private</th>
              <th scope="col">State</th>
            </tr>
          </thead>
          <tbody>
            {refits.map((refit) => (
              <Row key={refit.refit} refit={refit} run={run} onSelect={props.onSelect} />
            ))}
          </tbody>
        </table>
      )}
      <div class="actions">
        {busy ? (
          <Button label={last.status === 'scoring' ? 'Stop waiting' : 'Stop'} icon="debug-stop" onPress={() => onCommand('stopRefit')} />
        ) : (
          <Button label="Refit and submit to Kaggle…" icon="cloud-upload" primary={refits.length === 0} onPress={() => onCommand('refit')} />
        )}
        {last?.page ? <ExternalLink href={last.page}>Open the page on Kaggle</ExternalLink> : null}
      </div>
    </section>
  );
}
