import type { ComponentChildren } from 'preact';

/** A sentence whose parts in backticks are shown as code. */
export function words(text: string): ComponentChildren {
  return text.split(/`([^`]+)`/).map((part, index) => (index % 2 === 1 ? <code key={index}>{part}</code> : part));
}
