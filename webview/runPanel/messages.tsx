import type { VNode } from 'preact';
import type { AttemptView, RunView } from '../../src/protocol/panel';
import { remedyOf } from '../../src/protocol/panel';
import { Button } from '../components/basics';
import { MessageBar } from '../components/parts';
import { words } from '../components/words';
import { counted, formatTime } from '../shared/format';
import { ApprovalBar } from './approval';
import { AwayBar } from './away';
import type { PanelCommand } from './header';
import type { PanelState } from './model';
import { hasEnded } from './model';

function editFiles(run: RunView): string {
  const paths = [...new Set(run.waitingEdits.map((edit) => edit.path))];
  return paths.length <= 2 ? paths.join(' and ') : `${paths.slice(0, 2).join(', ')} and ${paths.length - 2} more`;
}

function ended(text: string): string {
  return /[.!?…]$/.test(text) || text === '' ? text : `${text}.`;
}

function EditsBar({ run, onReview }: { readonly run: RunView; readonly onReview: () => void }): VNode {
  const edits = run.waitingEdits.length;
  return (
    <MessageBar
      tone={run.status === 'waiting' ? 'warning' : 'info'}
      icon={run.status === 'waiting' ? 'bell' : 'git-compare'}
      title={`${edits === 1 ? '1 edit waits' : `${edits} edits wait`} for your review in ${editFiles(run)}`}
      actions={<Button label={edits === 1 ? 'Review edit' : 'Review edits'} primary onPress={onReview} />}
    >
      {run.status === 'waiting'
        ? 'The run waits and the clock is stopped.'
        : hasEnded(run)
          ? 'Your files stay as they are until you accept.'
          : 'The run goes on. Your files stay as they are until you accept.'}
    </MessageBar>
  );
}

/** What helps a run whose model gives no answer. */
function TroubleActions({ remedy, press }: { readonly remedy: ReturnType<typeof remedyOf>; readonly press: (command: PanelCommand) => () => void }): VNode | null {
  if (remedy === 'none') return null;
  const giveKey = remedy === 'giveKey';
  return (
    <>
      {giveKey ? <Button label="Give new key" icon="key" primary onPress={press('giveModelKey')} /> : null}
      <Button label="Try again" icon="debug-continue" primary={!giveKey} onPress={press('resume')} />
    </>
  );
}

/**
 * What the person must know or do now, most pressing first. Nothing while all is well.
 * One primary button at most.
 */
export function Messages(props: {
  readonly state: PanelState;
  readonly run: RunView;
  readonly onCommand: (command: PanelCommand, question?: string) => void;
  /** Brings these attempts into sight. */
  readonly onShow: (attempts: readonly AttemptView[]) => void;
  readonly onDismissAway: () => void;
}): VNode | null {
  const { state, run, onCommand } = props;
  const press = (command: PanelCommand) => (): void => onCommand(command);
  const last = run.attempts.reduce((newest, attempt) => Math.max(newest, attempt.id), 0);
  if (state.foreign) {
    return (
      <MessageBar tone="warning" icon="warning" title="This panel belongs to another version of Podium">
        Reload the window to see the run as it is.
      </MessageBar>
    );
  }
  if (state.connection.state === 'lost' && !hasEnded(run)) {
    return (
      <MessageBar
        tone="warning"
        icon="plug"
        title={`No answer from the run since ${formatTime(state.connection.since)}`}
        actions={
          <>
            <Button label="Attach again" icon="refresh" primary onPress={press('attachAgain')} />
            <Button label="Resume from journal" onPress={press('resumeFromJournal')} />
            <Button label="Show log" onPress={press('showLog')} />
          </>
        }
      >
        Its process or machine may be asleep. Nothing is lost: the journal holds every attempt{last > 0 ? ` up to #${last}` : ''}.
      </MessageBar>
    );
  }
  if (run.status === 'failed') {
    return (
      <MessageBar
        tone="error"
        icon="error"
        title={ended(run.statusText || 'The run failed')}
        actions={
          <>
            <Button label="Show log" onPress={press('showLog')} />
            <Button label="New run" icon="play" onPress={press('newRun')} />
          </>
        }
      >
        {words(run.nextStep ?? 'The log says what happened. Every attempt so far is kept.')}
      </MessageBar>
    );
  }
  if (run.status === 'interrupted') {
    return (
      <MessageBar
        tone="warning"
        icon="debug-disconnect"
        title={`The run was interrupted at ${formatTime(run.elapsed)}`}
        actions={
          <>
            <Button label="Resume from journal" icon="play" primary onPress={press('resumeFromJournal')} />
            <Button label="Show log" onPress={press('showLog')} />
          </>
        }
      >
        {words(run.nextStep ?? `Nothing is lost: the journal holds every attempt${last > 0 ? ` up to #${last}` : ''}.`)}
      </MessageBar>
    );
  }
  if (run.approval) {
    return <ApprovalBar question={run.approval} isolation={run.isolation} onCommand={onCommand} />;
  }
  if (state.away && !hasEnded(run) && run.status !== 'waiting') {
    return <AwayBar run={run} away={state.away} files={editFiles(run)} onCommand={onCommand} onShow={props.onShow} onDismiss={props.onDismissAway} />;
  }
  if (run.waitingEdits.length > 0) {
    return <EditsBar run={run} onReview={press('reviewEdits')} />;
  }
  if (run.status === 'waiting') {
    return (
      <MessageBar tone="warning" icon="bell" title={ended(run.statusText)} actions={run.modelTrouble && <TroubleActions remedy={remedyOf(run.modelTrouble)} press={press} />}>
        {words(run.nextStep ?? 'The run waits and the clock is stopped.')}
      </MessageBar>
    );
  }
  return null;
}

/** Under the numbers while they are old. */
export function asOfWords(state: PanelState, run: RunView): string | null {
  return state.connection.state === 'lost' && !hasEnded(run) ? `as of ${formatTime(run.elapsed)}` : null;
}

export function gradedCallsWords(run: RunView): string {
  const used = run.budget.gradedCalls.used;
  return `${counted(used, 'graded call')} ${used === 1 ? 'was' : 'were'} answered during the run; the record says so.`;
}
