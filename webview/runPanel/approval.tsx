import './approval.css';
import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { RunView } from '../../src/protocol/panel';
import { Button } from '../components/basics';
import { MessageBar } from '../components/parts';
import type { PanelCommand } from './header';

const places = { container: 'in the container', bubblewrap: 'in the sandbox', none: 'on this machine, where nothing isolates it' };
const key = /Mac/.test(navigator.platform) ? 'Cmd+Enter' : 'Ctrl+Enter';

/** What the agent asks to be allowed, with exactly what would run. It takes the focus only when the panel has it. */
export function ApprovalBar(props: {
  readonly question: NonNullable<RunView['approval']>;
  readonly isolation: RunView['isolation'];
  readonly onCommand: (command: PanelCommand, question: string) => void;
}): VNode {
  const { question, onCommand } = props;
  const actions = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (document.hasFocus()) actions.current?.querySelector<HTMLElement>('vscode-button')?.focus();
  }, [question.id]);
  return (
    <MessageBar
      tone="warning"
      icon="bell"
      title={question.title}
      actions={
        <div class="approval-actions" ref={actions}>
          <Button label="Allow once" primary onPress={() => onCommand('allowOnce', question.id)} />
          <Button label="Allow for this run" onPress={() => onCommand('allowForRun', question.id)} />
          <Button label="Refuse…" onPress={() => onCommand('refuseApproval', question.id)} />
          <kbd class="approval-key wide-only">{key}</kbd>
        </div>
      }
    >
      {`The agent wants to run this ${places[props.isolation ?? 'container']}. The run waits and the clock is stopped.`}
      <pre class="approval-code" tabIndex={0} aria-label="What would run">
        {question.code}
      </pre>
      {question.effect ? <p class="approval-effect">{question.effect}</p> : null}
      {question.reason ? <p class="approval-reason">The agent's reason: {question.reason}</p> : null}
    </MessageBar>
  );
}
