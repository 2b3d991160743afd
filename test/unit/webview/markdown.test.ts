// @vitest-environment jsdom
import { describe, expect, it } from 'vitest';
import { markdownFragment } from '../../../webview/shared/markdown';

function rendered(source: string): HTMLElement {
  const holder = document.createElement('div');
  holder.append(markdownFragment(source));
  return holder;
}

describe('competition descriptions', () => {
  it('render paragraphs, code, lists and tables', () => {
    const page = rendered('# Title\n\nSome `code` and **bold**.\n\n- one\n- two\n\n| a | b |\n|---|---|\n| 1 | 2 |');
    expect(page.querySelector('h1')).toBeNull();
    expect(page.querySelector('h3')?.textContent).toBe('Title');
    expect(page.querySelector('code')?.textContent).toBe('code');
    expect(page.querySelectorAll('li')).toHaveLength(2);
    expect([...page.querySelectorAll('td')].map((cell) => cell.textContent)).toEqual(['1', '2']);
  });

  it('treat HTML as text', () => {
    const page = rendered('<script>alert(1)</script>\n\n<img src=x onerror=alert(1)> <b style="color:red">x</b>\n\n<iframe src="https://example.org"></iframe>');
    expect(page.querySelectorAll('script, img, iframe, b, [style], [onerror]')).toHaveLength(0);
    expect(page.textContent).toContain('<script>alert(1)</script>');
  });

  it('link to https only and load no image', () => {
    const page = rendered('[good](https://example.org/a) [script](javascript:alert(1)) [plain](http://example.org) [file](file:///etc/passwd) [cmd](command:x) ![picture](https://example.org/x.png)');
    expect([...page.querySelectorAll('a')].map((link) => link.getAttribute('href'))).not.toContain('http://example.org');
    for (const link of page.querySelectorAll('a')) expect(link.getAttribute('href')).toMatch(/^https:\/\//);
    expect(page.querySelector('img')).toBeNull();
    expect(page.textContent).toContain('javascript:alert(1)');
  });
});
