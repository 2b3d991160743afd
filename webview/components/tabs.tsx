import './toolkit';
import { Fragment } from 'preact';
import type { ComponentChildren, VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

export interface TabItem {
  readonly id: string;
  readonly label: string;
  readonly note?: string;
  readonly icon?: ComponentChildren;
}

/** Tabs over one panel; only the active one's content is made. Arrow keys move between tabs. */
export function Tabs(props: {
  readonly name: string;
  readonly items: readonly TabItem[];
  readonly active: string;
  readonly onActive: (id: string) => void;
  readonly children: ComponentChildren;
}): VNode {
  const prefix = `${props.name}-`;
  const element = useRef<HTMLElement>(null);
  const latest = useRef(props.onActive);
  latest.current = props.onActive;
  useEffect(() => {
    const node = element.current;
    if (!node) return;
    const changed = (event: Event): void => {
      if (event.target !== node) return;
      const id = node.getAttribute('activeid') ?? '';
      if (id.startsWith(prefix)) latest.current(id.slice(prefix.length));
    };
    node.addEventListener('change', changed);
    return () => node.removeEventListener('change', changed);
  }, [prefix]);
  return (
    // Another set of tabs is another element: the toolkit loses the active one when tabs come and go.
    <vscode-panels key={props.items.map((item) => item.id).join()} class="tabs" ref={element} activeid={prefix + props.active} aria-label={props.name}>
      {props.items.map((item) => (
        <vscode-panel-tab key={`tab-${item.id}`} id={prefix + item.id}>
          {item.icon}
          {item.label}
          {item.note ? <small class="tab-note">{item.note}</small> : null}
        </vscode-panel-tab>
      ))}
      {props.items.map((item) => (
        <vscode-panel-view key={`view-${item.id}`} id={`view-${prefix}${item.id}`} class="tab-view">
          {item.id === props.active ? <Fragment>{props.children}</Fragment> : null}
        </vscode-panel-view>
      ))}
    </vscode-panels>
  );
}
