import type { VNode } from 'preact';
import { useMemo } from 'preact/hooks';
import { Icon } from '../../components/basics';
import { fileDiff, markedTokens } from './fileDiff';
import type { DiffLine } from './fileDiff';
import { readableText } from './notebookText';
import { linesOf } from './python';

/** More lines than this are cut; the file itself can be opened. */
const maxLines = 2000;

function LineText({ line }: { readonly line: Pick<DiffLine, 'tokens' | 'marks'> }): VNode {
  return (
    <span class="code-text">
      {markedTokens(line).map((token, index) => {
        const text = token.kind === 'plain' ? token.text : <span class={`t-${token.kind}`}>{token.text}</span>;
        return token.marked ? <mark key={index}>{text}</mark> : <span key={index}>{text}</span>;
      })}
    </span>
  );
}

const signs = { same: '', added: '+', removed: '\u2212', head: '' };
const words = { same: '', added: 'added', removed: 'removed', head: '' };

export function DiffBlock(props: {
  readonly path: string;
  readonly before: string | null;
  readonly after: string;
  /** What it is held against, as words or as a choice. */
  readonly against: VNode;
}): VNode {
  const diff = useMemo(() => fileDiff(props.path, props.before, props.after), [props.path, props.before, props.after]);
  return (
    <figure class="code-block" aria-label={`Changes of ${props.path}`}>
      <figcaption>
        <Icon name="file" />
        <span>{props.path}</span>
        <span class="added digits">+{diff.added}</span>
        <span class="removed digits">{`\u2212${diff.removed}`}</span>
        <span class="against">
          {props.before === null ? 'new against ' : 'against '}
          {props.against}
        </span>
      </figcaption>
      <ol class="code diff" tabIndex={0} aria-label={`Lines of ${props.path}`}>
        {diff.lines.slice(0, maxLines).map((line, index) => (
          <li key={index} class={line.kind}>
            <s>{line.before ?? ''}</s>
            <s>{line.after ?? ''}</s>
            <b aria-label={words[line.kind] || undefined}>{signs[line.kind]}</b>
            <LineText line={line} />
          </li>
        ))}
      </ol>
      {diff.lines.length > maxLines ? <p class="muted small cut-note">Cut after {maxLines} lines. Open the file to see all.</p> : null}
    </figure>
  );
}

export function CodeBlock({ path, text }: { readonly path: string; readonly text: string }): VNode {
  const lines = useMemo(() => linesOf(path, readableText(path, text)), [path, text]);
  return (
    <figure class="code-block" aria-label={path}>
      <figcaption>
        <Icon name={path.endsWith('.ipynb') ? 'notebook' : 'file'} />
        <span>{path}</span>
      </figcaption>
      <ol class="code" tabIndex={0} aria-label={`Lines of ${path}`}>
        {lines.slice(0, maxLines).map((tokens, index) => (
          <li key={index}>
            <s>{index + 1}</s>
            <LineText line={{ tokens, marks: [] }} />
          </li>
        ))}
      </ol>
      {lines.length > maxLines ? <p class="muted small cut-note">Cut after {maxLines} lines. Open the file to see all.</p> : null}
    </figure>
  );
}
