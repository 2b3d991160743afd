import type { RefObject, VNode } from 'preact';
import { useState } from 'preact/hooks';
import type { RunView } from '../../src/protocol/panel';
import { IconButton } from '../components/basics';
import { hasEnded } from './model';

const longest = 2000;

/** Whether anyone reads instructions: templates do not, nor does a person who plays alone. */
export function takesInstructions(run: Pick<RunView, 'agent' | 'status'>): boolean {
  return !hasEnded(run) && run.status !== 'interrupted' && run.agent !== 'offline' && run.agent !== 'human';
}

/** Words to the agent. Enter sends them, and what was sent is gone from the field. */
export function Instruct(props: { readonly field: RefObject<HTMLInputElement | null>; readonly onSend: (text: string) => void }): VNode {
  const [text, setText] = useState('');
  const [sent, setSent] = useState('');
  const words = text.trim();
  const send = (): void => {
    if (words === '') return;
    props.onSend(words);
    setSent(words);
    setText('');
  };
  return (
    <div class="instruct" role="group" aria-label="Instruct">
      <input
        ref={props.field}
        class="field"
        type="text"
        value={text}
        maxLength={longest}
        placeholder="Instruct the agent, from its next step"
        aria-label="Instruct the agent, from its next step"
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || event.isComposing) return;
          event.preventDefault();
          send();
        }}
      />
      <IconButton label="Send to the agent" icon="send" disabled={words === ''} onPress={send} />
      <span class="spoken" aria-live="polite">
        {sent && text === '' ? 'Sent. It counts from the next step.' : ''}
      </span>
    </div>
  );
}
