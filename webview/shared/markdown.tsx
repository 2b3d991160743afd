import createDOMPurify from 'dompurify';
import MarkdownIt from 'markdown-it';
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { VNode } from 'preact';

/** Raw HTML is text, images are left out, links lead to https only. */
const markdown = new MarkdownIt({ html: false, linkify: false, typographer: false }).disable('image');
markdown.validateLink = (url) => /^https:\/\//i.test(url.trim());

const allowed = [
  'p', 'br', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'strong', 'em', 's', 'code', 'pre', 'blockquote', 'hr',
  'ul', 'ol', 'li', 'table', 'thead', 'tbody', 'tr', 'th', 'td', 'a',
];

/** Markdown of a competition as a detached fragment without scripts, styles, images or foreign links. */
export function markdownFragment(source: string): DocumentFragment {
  const fragment = createDOMPurify(window).sanitize(markdown.render(source), {
    ALLOWED_TAGS: allowed,
    ALLOWED_ATTR: ['href', 'start'],
    ALLOWED_URI_REGEXP: /^https:\/\//i,
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
    RETURN_DOM_FRAGMENT: true,
  });
  // The page has its own h1 and h2.
  for (const heading of fragment.querySelectorAll('h1, h2')) {
    const lower = document.createElement('h3');
    lower.append(...heading.childNodes);
    heading.replaceWith(lower);
  }
  return fragment;
}

export function Markdown({ source }: { readonly source: string }): VNode {
  const holder = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    holder.current?.replaceChildren(markdownFragment(source));
  }, [source]);
  return <div ref={holder} class="prose" />;
}
