import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

/** The page's policy forbids inline styles, inline handlers and eval; these sources must not need them. */
const folder = join(__dirname, '../../webview');
const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => /\.(ts|tsx|css)$/.test(file));
const textOf = (file: string): string => readFileSync(join(folder, file), 'utf8');

describe('webview sources', () => {
  it('write no HTML strings, no style attributes and no eval', () => {
    const forbidden = /innerHTML|outerHTML|insertAdjacentHTML|dangerouslySetInnerHTML|document\.write|setAttribute\(\s*['"]style|style="|\beval\(|new Function\(/;
    expect(sources.length).toBeGreaterThan(30);
    expect(sources.filter((file) => forbidden.test(textOf(file)))).toEqual([]);
  });

  it('take every colour from the theme', () => {
    const styles = sources.filter((file) => file.endsWith('.css'));
    expect(styles.length).toBeGreaterThan(3);
    expect(styles.filter((file) => /#[0-9a-f]{3,8}\b|\brgba?\(|\bhsla?\(/i.test(textOf(file)))).toEqual([]);
  });

  it('import the toolkit in components only', () => {
    const users = sources.filter((file) => /@vscode\/webview-ui-toolkit|@microsoft\/fast/.test(textOf(file)));
    expect(users).toEqual([join('components', 'toolkit.ts')]);
  });
});
