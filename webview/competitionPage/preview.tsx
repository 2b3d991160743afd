import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import type { ColumnProfile, CompetitionPage } from '../../src/protocol/panel';
import { ActionLink, Icon } from '../components/basics';
import { SectionHead } from '../components/parts';
import { Tabs } from '../components/tabs';
import { counted, formatPlain, formatShare } from '../shared/format';

type FileView = CompetitionPage['files'][number];

const kinds: Record<ColumnProfile['kind'], string> = { number: 'number', category: 'category', text: 'text', date: 'date', id: 'id' };

function isNumeric(column: ColumnProfile): boolean {
  return column.kind === 'number' && column.role !== 'id';
}

/** Twelve bars, the highest at full height. */
function Histogram({ bins }: { readonly bins: readonly number[] }): VNode {
  const top = Math.max(...bins, 1);
  const width = 80 / Math.max(1, bins.length);
  return (
    <svg class="histogram" width="80" height="26" viewBox="0 0 80 26" aria-hidden="true">
      {bins.map((count, index) => {
        const height = count === 0 ? 0 : Math.max(1, (count / top) * 25);
        return <rect key={index} class="f-bar" x={index * width} y={26 - height} width={Math.max(0.5, width - 1)} height={height} />;
      })}
    </svg>
  );
}

/** Years and codes keep their digits together; other large numbers are grouped. */
function rangeNumber(value: number, range: readonly [number, number]): string {
  const looksLikeYear = Number.isInteger(range[0]) && Number.isInteger(range[1]) && range[0] >= 1800 && range[1] <= 2100;
  return looksLikeYear ? String(value) : formatPlain(value);
}

function Distribution({ column, rows }: { readonly column: ColumnProfile; readonly rows: number }): VNode {
  if (column.histogram && column.range) {
    const range = column.range;
    return (
      <>
        <Histogram bins={column.histogram} />
        <span class="muted small digits">{`${rangeNumber(range[0], range)} – ${rangeNumber(range[1], range)}`}</span>
      </>
    );
  }
  if (column.top && column.top.length > 0 && column.role !== 'id' && column.kind !== 'text') {
    const shown = column.top.slice(0, 3);
    const rest = column.unique - shown.length;
    return (
      <div class="top-values">
        {shown.map((entry) => (
          <div key={entry.value}>
            <span class="cut" title={entry.value}>
              {entry.value}
            </span>
            <span class="muted digits">{formatShare(rows > 0 ? entry.count / rows : 0, 0)}</span>
            <svg width="100%" height="2" aria-hidden="true">
              <rect class="f-bar" width={`${rows > 0 ? (70 * entry.count) / (column.top?.[0]?.count || 1) : 0}%`} height="2" />
            </svg>
          </div>
        ))}
        {rest > 0 ? <span class="muted small">{rest} more</span> : null}
      </div>
    );
  }
  return <span class="muted small digits">{column.unique === rows ? `${formatPlain(rows)} unique` : `${formatPlain(column.unique)} different`}</span>;
}

function FileTable({ file }: { readonly file: FileView }): VNode {
  if (file.columns.length === 0) return <p class="muted">{file.description}</p>;
  return (
    <>
      {file.description ? <p class="muted file-note">{file.description}</p> : null}
      <div class="preview" tabIndex={0} role="region" aria-label={`First rows of ${file.path}`}>
        <table>
          <thead>
            <tr>
              {file.columns.map((column) => (
                <th key={column.name} scope="col" class={isNumeric(column) ? 'num' : ''}>
                  <span class="column-name">{column.name}</span>
                  <span class={`small ${column.role === 'target' ? '' : 'muted'}`}>{column.role === 'target' ? 'target' : kinds[column.kind]}</span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            <tr class="distribution">
              {file.columns.map((column) => (
                <td key={column.name} class={isNumeric(column) ? 'num' : ''}>
                  <Distribution column={column} rows={file.rows} />
                </td>
              ))}
            </tr>
            <tr class="missing">
              {file.columns.map((column) => (
                <td key={column.name} class={isNumeric(column) ? 'num' : ''}>
                  <span class={column.missing > 0 ? 'some' : 'muted'}>{formatShare(file.rows > 0 ? column.missing / file.rows : 0)} missing</span>
                </td>
              ))}
            </tr>
            {file.head.map((row, index) => (
              <tr key={index}>
                {file.columns.map((column, at) => {
                  const value = row[at] ?? null;
                  return (
                    <td key={column.name} class={isNumeric(column) ? 'num' : ''}>
                      {value === null || value === '' ? (
                        <em class="muted">missing</em>
                      ) : (
                        <span class="value" title={value.length > 40 ? value : ''}>
                          {value}
                        </span>
                      )}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="muted small file-note">{`First ${counted(file.head.length, 'row')} of ${formatPlain(file.rows)}.`}</p>
    </>
  );
}

function fileName(path: string): string {
  return path.split('/').at(-1) ?? path;
}

export function Files(props: {
  readonly files: readonly FileView[];
  readonly active: string | null;
  readonly onActive: (path: string) => void;
  readonly onOpenFolder: () => void;
  readonly onOpenFile: (path: string) => void;
}): VNode {
  const [first] = props.files;
  const file = props.files.find((candidate) => candidate.path === props.active) ?? first;
  const [prefix] = useState('file');
  return (
    <section class="pane" aria-label="Files" data-region tabIndex={-1}>
      <SectionHead title="Files">
        {file ? <ActionLink onPress={() => props.onOpenFile(file.path)}>{`Open ${fileName(file.path)}`}</ActionLink> : null}
        <ActionLink onPress={props.onOpenFolder}>Open data folder</ActionLink>
      </SectionHead>
      {file ? (
        <Tabs
          name={prefix}
          items={props.files.map((one, index) => ({
            id: String(index),
            label: fileName(one.path),
            note: counted(one.rows, 'row'),
            icon: <Icon name="table" />,
          }))}
          active={String(props.files.indexOf(file))}
          onActive={(id) => {
            const next = props.files[Number(id)];
            if (next && next !== file) props.onActive(next.path);
          }}
        >
          <FileTable file={file} />
        </Tabs>
      ) : (
        <p class="muted">This competition has no public files.</p>
      )}
    </section>
  );
}
