import { manifestSchema, type ColumnProfile } from '../../../src/core/competition/manifest';
import type { Competition } from '../../../src/core/environment/ports';

type Column = Partial<ColumnProfile> & Pick<ColumnProfile, 'name' | 'kind'>;

const column = (spec: Column): ColumnProfile => ({ role: 'feature', missing: 0, unique: 10, ...spec });

interface Spec {
  readonly folders?: Competition['folders'];
  readonly modality: 'tabular' | 'text' | 'image' | 'time';
  readonly task: 'binary' | 'multiclass' | 'multilabel' | 'regression';
  readonly metric: string;
  readonly params?: Record<string, string | string[]>;
  readonly direction: 'maximize' | 'minimize';
  readonly target: string[];
  readonly label: Column;
  readonly features: Column[];
  readonly rows?: number;
  readonly split?: { by: 'row' | 'group' | 'time'; column?: string };
}

/** A competition without files: what a player is told of it. */
export function competitionOf(spec: Spec): Competition {
  const rows = spec.rows ?? 2000;
  const manifest = manifestSchema.parse({
    schema: 1,
    id: 'synthetic',
    title: 'Synthetic',
    summary: 'A made-up task.',
    source: { kind: 'own', name: 'test', url: 'https://example.org/', licence: 'CC0 1.0' },
    modality: spec.modality,
    task: spec.task,
    files: [
      { path: 'data/train.csv', role: 'train', description: 'train' },
      { path: 'data/test.csv', role: 'test', description: 'test' },
    ],
    submission: { id: ['id'], target: spec.target },
    metric: { name: spec.metric, params: spec.params ?? {} },
    split: { seed: 1, publicShare: 0.5, by: 'row', ...spec.split },
  });
  const id = column({ name: 'id', kind: 'id', role: 'id', unique: rows });
  const features = spec.features.map(column);
  const file = { bytes: 1000, rows, head: [] };
  return {
    manifest,
    description: 'A made-up task.',
    metricLabel: spec.metric,
    direction: spec.direction,
    board: [],
    profiles: [
      { path: 'data/train.csv', ...file, columns: [id, ...features, column({ role: 'target', ...spec.label })] },
      { path: 'data/test.csv', ...file, columns: [id, ...features] },
    ],
    sample: `id,${spec.target.join(',')}\n`,
    ...(spec.folders ? { folders: spec.folders } : {}),
  };
}

export const houses = competitionOf({
  modality: 'tabular',
  task: 'regression',
  metric: 'rmse',
  direction: 'minimize',
  target: ['price'],
  label: { name: 'price', kind: 'number', range: [10, 900] },
  features: [
    { name: 'area', kind: 'number', missing: 12 },
    { name: 'rooms', kind: 'number' },
    { name: 'town', kind: 'category' },
    { name: 'sold', kind: 'date' },
  ],
});

export const flowers = competitionOf({
  modality: 'tabular',
  task: 'multiclass',
  metric: 'accuracy',
  direction: 'maximize',
  target: ['species'],
  label: { name: 'species', kind: 'category' },
  features: [{ name: 'length', kind: 'number' }, { name: 'width', kind: 'number' }],
});

export const mails = competitionOf({
  modality: 'text',
  task: 'multiclass',
  metric: 'log_loss',
  params: { label_column: 'folder' },
  direction: 'minimize',
  target: ['work', 'home', 'junk'],
  label: { name: 'folder', kind: 'category' },
  features: [{ name: 'body', kind: 'text' }],
});

export const pictures = competitionOf({
  modality: 'image',
  task: 'multiclass',
  metric: 'accuracy',
  direction: 'maximize',
  target: ['digit'],
  label: { name: 'digit', kind: 'category' },
  features: [{ name: 'path', kind: 'text' }],
});

/** Pictures of one size, each named by a column of the training file. */
export const stamps = competitionOf({
  modality: 'image',
  task: 'multiclass',
  metric: 'accuracy',
  direction: 'maximize',
  target: ['kind'],
  label: { name: 'kind', kind: 'category' },
  features: [{ name: 'file', kind: 'category', unique: 2000 }],
  folders: [
    {
      path: 'data/stamps/',
      files: 3000,
      bytes: 600_000,
      kinds: [{ kind: 'png', count: 3000 }],
      namedBy: { column: 'file', base: 'data/stamps/' },
      pictures: [{ path: 'data/stamps/1.png', label: 'blue', size: [12, 10], uri: 'data:image/png;base64,' }],
    },
  ],
});
