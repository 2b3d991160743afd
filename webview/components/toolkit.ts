import { html } from '@microsoft/fast-element';
import {
  provideVSCodeDesignSystem,
  vsCodeBadge,
  vsCodeButton,
  vsCodeLink,
  vsCodePanelTab,
  vsCodePanelView,
  vsCodePanels,
  vsCodeProgressRing,
  vsCodeTag,
} from '@vscode/webview-ui-toolkit';
import type { ComponentChildren, RefObject } from 'preact';

// The one place that knows the toolkit's elements. It is archived: everything else uses the
// components beside this file, so that it can be replaced here.

// The toolkit's own template of badge and tag has a `style` attribute, which the page's policy refuses.
const plainTemplate = html`<span class="control" part="control"><slot></slot></span>`;

provideVSCodeDesignSystem().register(
  vsCodeBadge({ template: plainTemplate }),
  vsCodeButton(),
  vsCodeLink(),
  vsCodePanelTab(),
  vsCodePanelView(),
  vsCodePanels(),
  vsCodeProgressRing(),
  vsCodeTag({ template: plainTemplate }),
);

interface ElementProps {
  class?: string;
  id?: string;
  key?: string | number;
  slot?: string;
  title?: string;
  role?: string;
  disabled?: boolean;
  'aria-label'?: string;
  'aria-hidden'?: boolean | 'true' | 'false';
  'aria-expanded'?: boolean;
  'aria-haspopup'?: 'menu' | 'listbox' | 'dialog';
  children?: ComponentChildren;
  onClick?: (event: MouseEvent) => void;
}

declare module 'preact' {
  // eslint-disable-next-line @typescript-eslint/no-namespace -- preact's way to name custom elements
  namespace JSX {
    interface IntrinsicElements {
      'vscode-badge': ElementProps;
      'vscode-button': ElementProps & { appearance: 'primary' | 'secondary' | 'icon' };
      'vscode-link': ElementProps & { href: string };
      'vscode-panels': ElementProps & { activeid: string; ref?: RefObject<HTMLElement | null>; onChange?: (event: Event) => void };
      'vscode-panel-tab': ElementProps;
      'vscode-panel-view': ElementProps;
      'vscode-progress-ring': ElementProps;
      'vscode-tag': ElementProps;
    }
  }
}
