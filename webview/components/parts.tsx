import './components.css';
import type { ComponentChildren, VNode } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { Icon, IconButton } from './basics';
import { words } from './words';

export type Tone = 'info' | 'warning' | 'error';

/** One message with what to do about it: what happened, what it means, buttons. */
export function MessageBar(props: {
  readonly tone: Tone;
  readonly icon: string;
  readonly title: string;
  readonly children?: ComponentChildren;
  readonly actions?: ComponentChildren;
  /** It can be closed. */
  readonly onDismiss?: () => void;
}): VNode {
  return (
    <section class={`bar ${props.tone}`} aria-label={props.title.replaceAll('`', '')}>
      <Icon name={props.icon} />
      <div>
        <strong>{words(props.title)}</strong>
        {props.children ? <div class="bar-text">{props.children}</div> : null}
        {props.actions ? <div class="actions">{props.actions}</div> : null}
      </div>
      {props.onDismiss ? <IconButton label="Dismiss" icon="close" onPress={props.onDismiss} /> : null}
    </section>
  );
}

/** Used of limit, with a tick at 80 %. Warning colour from the tick on, error colour when it is used up; neither when `quiet`. */
export function Meter(props: { readonly label: string; readonly used: number; readonly limit: number; readonly quiet?: boolean }): VNode {
  const { label, used, limit } = props;
  const fill = useRef<HTMLSpanElement>(null);
  const share = limit > 0 ? Math.min(1, Math.max(0, used / limit)) : 0;
  useLayoutEffect(() => {
    if (fill.current) fill.current.style.width = `${(share * 100).toFixed(1)}%`;
  }, [share]);
  const tone = props.quiet ? '' : share >= 1 ? ' over' : share >= 0.8 ? ' hot' : '';
  return (
    <div
      class={`meter${tone}`}
      role="meter"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(share * 100)}
    >
      <span ref={fill} class="meter-fill" />
      <span class="meter-tick" />
    </div>
  );
}

/** Head of a section; in a narrow panel it folds the section. */
export function SectionHead(props: {
  readonly title: string;
  readonly note?: string;
  readonly folded?: boolean;
  readonly onFold?: () => void;
  readonly children?: ComponentChildren;
}): VNode {
  return (
    <div class="section-head">
      <h2>
        {props.onFold ? (
          <button
            type="button"
            class="fold"
            aria-expanded={!props.folded}
            aria-label={`${props.folded ? 'Unfold' : 'Fold'} ${props.title}`}
            onClick={props.onFold}
          >
            <Icon name={props.folded ? 'chevron-right' : 'chevron-down'} />
          </button>
        ) : null}
        {props.title}
      </h2>
      {props.note ? <span class="muted digits">{props.note}</span> : null}
      <span class="section-extra">{props.children}</span>
    </div>
  );
}

/** The layout of a page while it waits for data. Still, and silent but for its name. */
export function Skeleton({ spoken, rows }: { readonly spoken: string; readonly rows: number }): VNode {
  return (
    <div class="skeleton" role="status" aria-label={spoken}>
      <div class="skeleton-strip">
        {[0, 1, 2].map((n) => (
          <div key={n}>
            <span class="bone short" />
            <span class="bone tall" />
            <span class="bone long" />
          </div>
        ))}
      </div>
      {[0, 1, 2, 3].map((n) => (
        <span key={n} class="bone-line" />
      ))}
      {Array.from({ length: rows }, (_, n) => (
        <div key={n} class="skeleton-row">
          <span class="bone" />
          <span class="bone" />
          <span class="bone" />
          <span class="bone" />
          <span class="bone" />
        </div>
      ))}
    </div>
  );
}
