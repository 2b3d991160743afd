import type { VNode } from 'preact';
import type { Failure } from '../../src/protocol/panel';
import { ActionLink, Icon } from '../components/basics';

/** What went wrong, where, and what may help. */
export function FailureBox(props: {
  readonly failure: Failure;
  readonly onPlace: (file: string, line: number) => void;
  readonly onLog?: () => void;
}): VNode {
  const { failure } = props;
  const place = failure.place;
  return (
    <div class="failure">
      <code class="failure-title">
        {failure.type}: {failure.message}
      </code>
      {place ? (
        <p class="small">
          <ActionLink onPress={() => props.onPlace(place.file, place.line)}>{`${place.file}:${place.line}`}</ActionLink>
          {place.source ? <code class="muted bare"> {place.source.trim()}</code> : null}
        </p>
      ) : null}
      {failure.hints.length > 0 || props.onLog ? (
        <div class="hint">
          <Icon name="lightbulb" />
          <div>
            {failure.hints.map((hint, index) => (
              <p key={index}>{hint}</p>
            ))}
            {props.onLog ? <ActionLink onPress={props.onLog}>Show log</ActionLink> : null}
          </div>
        </div>
      ) : null}
    </div>
  );
}
