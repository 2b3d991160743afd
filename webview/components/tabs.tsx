import './toolkit';
import { Fragment } from 'preact';
import type { ComponentChildren, VNode } from 'preact';

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
  const changed = (event: Event): void => {
    const panels = event.currentTarget;
    if (event.target !== panels || panels === null || !('activeid' in panels)) return;
    // The property, not the attribute: the toolkit writes attributes later.
    const id = String(panels.activeid);
    if (id.startsWith(prefix)) props.onActive(id.slice(prefix.length));
  };
  return (
    // Another set of tabs is another element: the toolkit loses the active one when tabs come and go.
    <vscode-panels key={props.items.map((item) => item.id).join()} class="tabs" activeid={prefix + props.active} aria-label={props.name} onChange={changed}>
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
