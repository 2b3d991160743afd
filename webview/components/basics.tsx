import './toolkit';
import './components.css';
import type { ComponentChildren, VNode } from 'preact';

/** A codicon. Without a name it is decoration and hidden from screen readers. */
export function Icon({ name, label, class: extra }: { readonly name: string; readonly label?: string; readonly class?: string }): VNode {
  const classes = `codicon codicon-${name}${extra ? ` ${extra}` : ''}`;
  return label ? <i class={classes} role="img" aria-label={label} title={label} /> : <i class={classes} aria-hidden="true" />;
}

interface ButtonProps {
  readonly label: string;
  readonly icon?: string;
  readonly primary?: boolean;
  readonly disabled?: boolean;
  readonly title?: string;
  /** In a narrow panel only the icon stays; the label remains its name. */
  readonly collapses?: boolean;
  readonly onPress: () => void;
}

export function Button({ label, icon, primary, disabled, title, collapses, onPress }: ButtonProps): VNode {
  return (
    <vscode-button
      class={collapses ? 'button collapses' : 'button'}
      appearance={primary ? 'primary' : 'secondary'}
      disabled={disabled ?? false}
      title={title ?? (collapses ? label : '')}
      aria-label={label}
      onClick={() => {
        if (!disabled) onPress();
      }}
    >
      {icon ? (
        <span slot="start" class="button-icon">
          <Icon name={icon} />
        </span>
      ) : null}
      <b class="button-label">{label}</b>
    </vscode-button>
  );
}

interface IconButtonProps {
  readonly label: string;
  readonly icon: string;
  readonly menu?: boolean;
  readonly disabled?: boolean;
  readonly onPress: () => void;
}

export function IconButton({ label, icon, menu, disabled, onPress }: IconButtonProps): VNode {
  return (
    <vscode-button
      class="icon-button"
      appearance="icon"
      title={label}
      aria-label={label}
      disabled={disabled ?? false}
      {...(menu ? { 'aria-haspopup': 'menu' as const } : {})}
      onClick={() => {
        if (!disabled) onPress();
      }}
    >
      <Icon name={icon} />
    </vscode-button>
  );
}

/** The main button with a caret for its variants; the caret opens a native quick pick. */
export function SplitButton(props: {
  readonly label: string;
  readonly icon: string;
  readonly menuLabel: string;
  readonly disabled?: boolean;
  readonly onPress: () => void;
  readonly onMenu: () => void;
}): VNode {
  const off = props.disabled ?? false;
  return (
    <span class="split-button" role="group" aria-label={props.label}>
      <Button label={props.label} icon={props.icon} primary disabled={off} onPress={props.onPress} />
      <vscode-button
        class="button caret"
        appearance="primary"
        disabled={off}
        title={props.menuLabel}
        aria-label={props.menuLabel}
        aria-haspopup="menu"
        onClick={() => {
          if (!off) props.onMenu();
        }}
      >
        <Icon name="chevron-down" />
      </vscode-button>
    </span>
  );
}

/** A link out of the editor (https only), as VS Code opens it. */
export function ExternalLink({ href, children }: { readonly href: string; readonly children: ComponentChildren }): VNode {
  return /^https:\/\//i.test(href) ? (
    <vscode-link class="external" href={href}>
      {children}
    </vscode-link>
  ) : (
    <span>{children}</span>
  );
}

/** Something to press that reads as a link: opens an attempt, a file, more rows. */
export function ActionLink(props: {
  readonly children: ComponentChildren;
  readonly label?: string;
  readonly onPress: () => void;
  /** Inside a grid row that has the one tab stop. */
  readonly unfocusable?: boolean;
}): VNode {
  return (
    <button
      type="button"
      class="link"
      {...(props.label ? { 'aria-label': props.label } : {})}
      {...(props.unfocusable ? { tabIndex: -1 } : {})}
      onClick={(event) => {
        event.stopPropagation();
        props.onPress();
      }}
    >
      {props.children}
    </button>
  );
}

/** A native choice among a few: it reads and opens well at any width. */
export function Select(props: {
  readonly label: string;
  readonly options: readonly { readonly id: string; readonly label: string }[];
  readonly value: string;
  readonly onChoose: (id: string) => void;
}): VNode {
  return (
    <span class="select">
      <select aria-label={props.label} value={props.value} onChange={(event) => props.onChoose(event.currentTarget.value)}>
        {props.options.map((option) => (
          <option key={option.id} value={option.id}>
            {option.label}
          </option>
        ))}
      </select>
      <Icon name="chevron-down" />
    </span>
  );
}

export function Tag(props: {
  readonly icon?: string;
  readonly tone?: 'plain' | 'warning';
  readonly title?: string;
  readonly children: string;
}): VNode {
  return (
    <vscode-tag class={`tag ${props.tone ?? 'plain'}`} title={props.title ?? ''}>
      <b class="tag-inside">
        {props.icon ? <Icon name={props.icon} /> : null}
        {props.children}
      </b>
    </vscode-tag>
  );
}

export function Count({ value, label }: { readonly value: number; readonly label: string }): VNode {
  return (
    <vscode-badge class="count" aria-label={label}>
      {value}
    </vscode-badge>
  );
}

/** Turns while something runs; still when motion is reduced. */
export function ProgressRing(): VNode {
  return <vscode-progress-ring class="ring" aria-hidden="true" />;
}
