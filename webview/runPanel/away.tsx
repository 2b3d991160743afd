import type { VNode } from 'preact';
import type { AttemptView, RunView } from '../../src/protocol/panel';
import { Button } from '../components/basics';
import { MessageBar } from '../components/parts';
import { counted, decimalsFor, formatScore, formatTime } from '../shared/format';
import type { PanelCommand } from './header';
import { missedWhile } from './missed';
import type { Missed } from './missed';
import type { PanelState } from './model';

type Away = NonNullable<PanelState['away']>;

function scoreWords({ before, after }: NonNullable<Missed['best']>): string {
  const decimals = decimalsFor([before, after]);
  return before === null || before === after ? formatScore(after, decimals) : `${formatScore(before, decimals)} → ${formatScore(after, decimals)}`;
}

/** After a reload or a lost connection: what the person missed, and where to look. */
export function AwayBar(props: {
  readonly run: RunView;
  readonly away: Away;
  /** `train.py`: where edits wait. */
  readonly files: string;
  readonly onCommand: (command: PanelCommand) => void;
  readonly onShow: (attempts: readonly AttemptView[]) => void;
  readonly onDismiss: () => void;
}): VNode {
  const { run, away } = props;
  const missed = missedWhile(run, away);
  const { best, attempts } = missed;
  const edits = run.waitingEdits.length;
  return (
    <MessageBar
      tone="info"
      icon="plug"
      title="Attached again. The run went on without this window."
      onDismiss={props.onDismiss}
      actions={
        edits > 0 || attempts.length > 0 ? (
          <>
            {edits > 0 ? <Button label={edits === 1 ? 'Review edit' : 'Review edits'} primary onPress={() => props.onCommand('reviewEdits')} /> : null}
            {attempts.length > 0 ? (
              <Button label={attempts.length === 1 ? 'Show the attempt' : `Show the ${attempts.length} attempts`} onPress={() => props.onShow(attempts)} />
            ) : null}
          </>
        ) : null
      }
    >
      <span>
        Away {formatTime(away.to - away.from)}, from {formatTime(away.from)} to {formatTime(away.to)} of run time.
      </span>
      <ul class="missed digits">
        {best ? (
          <li>
            <b>{scoreWords(best)}</b> best public, #{best.attempt.id} <span class="muted">{best.before === best.after ? 'as before' : best.attempt.operator}</span>
          </li>
        ) : null}
        <li>
          <b>{attempts.length}</b> {attempts.length === 1 ? 'attempt' : 'attempts'}
          {missed.outcomes ? `: ${missed.outcomes}` : ''}
        </li>
        <li>
          {away.usd === undefined ? (
            <>
              <b>{away.gradedCalls}</b> {away.gradedCalls === 1 ? 'graded call used' : 'graded calls used'}
            </>
          ) : (
            <>
              <b>{`$${away.usd.toFixed(2)}`}</b> spent, {counted(away.gradedCalls, 'graded call')} used
            </>
          )}
        </li>
        {edits > 0 ? (
          <li>
            <b>{edits}</b> {edits === 1 ? 'edit waits' : 'edits wait'} for your review in {props.files}
          </li>
        ) : null}
      </ul>
    </MessageBar>
  );
}
