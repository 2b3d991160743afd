import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { themes } from '../../webview/harness/themes';

/**
 * Contrast of what the views draw, by the published values of the three themes. WCAG 2.2: relative
 * luminance of sRGB, 4.5:1 for text, 3:1 for marks.
 */

type Colour = readonly [number, number, number, number];

function colour(hex: string): Colour {
  const digits = hex.replace('#', '');
  const full = digits.length === 6 ? `${digits}ff` : digits;
  const part = (at: number): number => Number.parseInt(full.slice(at, at + 2), 16) / 255;
  return [part(0), part(2), part(4), part(6)];
}

/** A colour with its alpha over an opaque one. */
function over(top: Colour, below: Colour): Colour {
  const mix = (index: 0 | 1 | 2): number => top[index] * top[3] + below[index] * (1 - top[3]);
  return [mix(0), mix(1), mix(2), 1];
}

function luminance([r, g, b]: Colour): number {
  const linear = (value: number): number => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
  return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
}

function contrast(a: Colour, b: Colour): number {
  const [x, y] = [luminance(a), luminance(b)].sort((m, n) => n - m);
  return ((x ?? 0) + 0.05) / ((y ?? 0) + 0.05);
}

/** Text on the editor's background, unless said otherwise. */
const texts: [string, string?][] = [
  ['foreground'], ['descriptionForeground'], ['textLink-foreground'], ['list-errorForeground'], ['list-warningForeground'],
  ['gitDecoration-addedResourceForeground'], ['textPreformat-foreground', 'textPreformat-background'], ['editorHoverWidget-foreground', 'editorHoverWidget-background'],
  ['descriptionForeground', 'editorHoverWidget-background'], ['list-activeSelectionForeground', 'list-activeSelectionBackground'], ['foreground', 'list-inactiveSelectionBackground'],
  ['foreground', 'list-hoverBackground'], ['list-errorForeground', 'list-hoverBackground'],
  ['button-foreground', 'button-background'], ['button-secondaryForeground', 'button-secondaryBackground'], ['badge-foreground', 'badge-background'],
  ['input-foreground', 'input-background'], ['input-placeholderForeground', 'input-background'], ['dropdown-foreground', 'dropdown-background'],
];

const styles = readFileSync('webview/runPanel/runPanel.css', 'utf8');

function opacityOf(selector: string): number {
  const rule = styles.slice(styles.indexOf(`${selector} {`)).split('}', 1)[0] ?? '';
  return Number(/stroke-opacity: ([\d.]+)/.exec(rule)?.[1] ?? 1);
}

/** Marks and lines that carry meaning; at the opacity at which the style sheets draw them. */
const marks: [string, number?][] = [
  ['charts-blue'], ['charts-purple'], ['charts-red'], ['charts-foreground'], ['charts-blue', opacityOf('.w-public')], ['charts-purple', opacityOf('.w-private')], ['charts-foreground', opacityOf('.w-claim')], ['editorError-foreground'], ['editorWarning-foreground'],
  ['editorInfo-foreground'], ['testing-iconPassed'], ['progressBar-background'], ['focusBorder'],
];

describe.each(Object.entries(themes))('contrast in %s', (_, theme) => {
  const value = (name: string): string => {
    const found = (theme as Record<string, string>)[name];
    if (found === undefined) throw new Error(`the theme has no ${name}`);
    return found;
  };
  const editor = colour(value('editor-background'));
  const behind = (name: string | undefined): Colour => {
    if (name === undefined || value(name) === 'transparent') return editor;
    return over(colour(value(name)), editor);
  };

  it.each(texts)('text %s on %s is read at 4.5:1', (text, background) => {
    const below = behind(background);
    expect(contrast(over(colour(value(text)), below), below)).toBeGreaterThanOrEqual(4.5);
  });

  it.each(marks)('mark %s is seen at 3:1', (mark, opacity = 1) => {
    const [r, g, b, a] = colour(value(mark));
    expect(contrast(over([r, g, b, a * opacity], editor), editor)).toBeGreaterThanOrEqual(3);
  });
});
