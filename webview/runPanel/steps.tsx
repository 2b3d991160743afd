import type { VNode } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { StepView } from '../../src/protocol/panel';
import { ActionLink, Icon, ProgressRing } from '../components/basics';
import { SectionHead } from '../components/parts';
import { formatTime } from '../shared/format';
import { actionIcon } from '../shared/operators';
import { FailureBox } from './failure';

export interface StepsProps {
  readonly steps: readonly StepView[];
  readonly folded: boolean;
  readonly onFold: () => void;
  readonly onSelect: (id: number) => void;
  readonly onOpen: (id: number, path?: string, line?: number) => void;
  readonly onLog: (id: number) => void;
}

/** The action in front of a summary that does not already begin with it. */
function StepText({ step }: { readonly step: StepView }): VNode {
  const said = step.summary.toLowerCase().startsWith(step.action.toLowerCase());
  return (
    <span class="step-text">
      {said ? null : <code class="bare">{step.action}</code>} {step.summary}
    </span>
  );
}

function Step({ step, props }: { readonly step: StepView; readonly props: StepsProps }): VNode {
  const attempt = step.attempt;
  const failed = step.status === 'error' || step.status === 'timeout';
  return (
    <li class={failed ? 'failed' : ''}>
      <span class="at digits">{formatTime(step.at)}</span>
      {step.status === null ? (
        <ProgressRing />
      ) : failed ? (
        <Icon name="error" class="failed-mark" label="failed" />
      ) : step.status === 'cancelled' ? (
        <Icon name="circle-slash" label="cancelled" />
      ) : (
        <Icon name={actionIcon(step.action)} />
      )}
      <StepText step={step} />
      {attempt === null ? <span /> : <ActionLink label={`Attempt ${attempt}`} unfocusable onPress={() => props.onSelect(attempt)}>{`#${attempt}`}</ActionLink>}
      {step.error ? (
        <FailureBox
          failure={step.error}
          onPlace={(file, line) => {
            if (attempt !== null) props.onOpen(attempt, file, line);
          }}
          {...(attempt !== null ? { onLog: () => props.onLog(attempt) } : {})}
        />
      ) : null}
    </li>
  );
}

/** The feed of actions. Follows while it is scrolled to its end. */
export function Steps(props: StepsProps): VNode {
  const list = useRef<HTMLOListElement>(null);
  const [following, setFollowing] = useState(true);
  const [seen, setSeen] = useState(0);
  const last = props.steps.at(-1)?.seq ?? 0;
  const unseen = props.steps.filter((step) => step.seq > seen).length;

  useLayoutEffect(() => {
    if (following && list.current) list.current.scrollTop = list.current.scrollHeight;
  }, [props.steps, following, props.folded]);
  useEffect(() => {
    if (following) setSeen(last);
  }, [following, last]);

  return (
    <section class="pane steps" aria-label="Steps" data-region tabIndex={-1}>
      <SectionHead title="Steps" note={following ? 'following' : ''} folded={props.folded} onFold={props.onFold}>
        {following ? null : (
          <ActionLink onPress={() => setFollowing(true)}>{unseen > 0 ? `Follow, ${unseen} new` : 'Follow'}</ActionLink>
        )}
      </SectionHead>
      {props.folded ? null : props.steps.length === 0 ? (
        <p class="muted">Nothing done yet.</p>
      ) : (
        <ol
          ref={list}
          class="feed"
          tabIndex={0}
          aria-label="Steps, oldest first"
          onScroll={(event) => {
            const box = event.currentTarget;
            setFollowing(box.scrollTop + box.clientHeight >= box.scrollHeight - 4);
          }}
        >
          {props.steps.map((step) => (
            <Step key={step.seq} step={step} props={props} />
          ))}
        </ol>
      )}
    </section>
  );
}
