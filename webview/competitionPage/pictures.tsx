import type { VNode } from 'preact';
import type { CompetitionPage } from '../../src/protocol/panel';
import { SectionHead } from '../components/parts';
import { formatPlain } from '../shared/format';

type FolderView = NonNullable<CompetitionPage['folders']>[number];

function fileName(path: string): string {
  return path.split('/').at(-1) ?? path;
}

function sizeWords(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  return bytes < 1e6 ? `${formatPlain(bytes / 1e3, 0)} kB` : `${formatPlain(bytes / 1e6, 1)} MB`;
}

/** A public folder: how much is in it, and a few of its pictures with what the training file says of them. */
export function Folder({ folder }: { readonly folder: FolderView }): VNode {
  const kinds = folder.kinds.map(({ kind }) => (kind === '' ? 'no ending' : kind.toUpperCase())).join(', ');
  return (
    <section class="pane" aria-label={`Folder ${folder.path}`} data-region tabIndex={-1}>
      <SectionHead title={folder.path}>
        <span class="muted small digits">{`${formatPlain(folder.files)} ${kinds} ${folder.files === 1 ? 'file' : 'files'}, ${sizeWords(folder.bytes)}`}</span>
      </SectionHead>
      {folder.description ? <p class="muted file-note">{folder.description}</p> : null}
      {folder.pictures.length > 0 ? (
        <ul class="pictures">
          {folder.pictures.map((picture) => (
            <li key={picture.path}>
              <img
                src={picture.uri}
                alt={picture.label === null ? fileName(picture.path) : `${fileName(picture.path)}: ${picture.label}`}
                title={picture.size ? `${fileName(picture.path)}, ${picture.size[0]} × ${picture.size[1]} pixels` : fileName(picture.path)}
                class={picture.size && picture.size[0] <= 32 ? 'pixels' : ''}
              />
              <span class="muted small">{picture.label ?? ''}</span>
            </li>
          ))}
        </ul>
      ) : null}
    </section>
  );
}
