import type { CsvTable } from '../../../grading/csv';

/** Pictures of the rows: which column names them, and under which names players get them. */

/** `base`, a cell and `ending` together are the path of a picture in the person's folder. */
export interface PictureColumn {
  readonly column: string;
  /** Empty, or a folder that ends in `/`. */
  readonly base: string;
  readonly ending: string;
}

const pictureName = /\.(png|jpe?g|gif|webp|bmp|tiff?|dcm|npy)$/i;
export const isPicture = (path: string): boolean => pictureName.test(path);

/** Columns whose every value names a picture, the best first: with the ending in the cell, then without. */
export function pictureColumns(table: CsvTable, files: readonly string[]): PictureColumn[] {
  if (table.rows === 0 || files.length === 0) return [];
  const known = new Set(files);
  const bases = ['', ...new Set(files.flatMap((path) => path.split('/').slice(0, -1).map((_, at, parts) => `${parts.slice(0, at + 1).join('/')}/`)))];
  const endings = ['', ...new Set(files.map((path) => path.slice(path.lastIndexOf('.'))))];
  const ways = endings.flatMap((ending) => bases.map((base) => ({ base, ending })));
  return [...table.columns.values()].flatMap((column) => {
    const way = ways.find(({ base, ending }) => Array.from({ length: table.rows }, (_, row) => row).every((row) => known.has(`${base}${column.text(row)}${ending}`)));
    return way ? [{ column: column.name, ...way }] : [];
  });
}

/** A row's picture: its cell and where it lies now. */
export interface PictureOfRow {
  readonly cell: string;
  readonly source: string;
  /** The truth of the row. */
  readonly label: string;
}

export function picturesOf(table: CsvTable, rows: readonly number[], { column, base, ending }: PictureColumn, label: (row: number) => string): PictureOfRow[] {
  const cells = table.columns.get(column);
  return rows.map((row) => {
    const cell = cells?.text(row) ?? '';
    return { cell, source: `${base}${cell}${ending}`, label: label(row) };
  });
}

export interface PicturePlan {
  /** New path below `data/` → where the picture lies now. */
  readonly files: ReadonlyMap<string, string>;
  /** New cells of the training and the test rows; null: they stay as they are. */
  readonly cells: { readonly train: readonly string[]; readonly test: readonly string[] } | null;
  /** Why the pictures got new names. */
  readonly reason: string | null;
}

/**
 * All pictures lie in `data/images/`, those of the test as those of the training. They get numbers for
 * names where folders or names could tell the answer, or where two files would get one name.
 */
export function planPictures(train: readonly PictureOfRow[], test: readonly PictureOfRow[]): PicturePlan {
  const all = [...train, ...test];
  const kept = new Map<string, string>();
  for (const { cell, source } of all) kept.set(placeOf(cell, source), source);
  const reason = whyNewNames(all, test, kept);
  if (reason === null) return { files: kept, cells: null, reason };
  const width = String(all.length).length;
  // A picture that several rows name keeps one name.
  const names = new Map<string, string>();
  for (const { source } of all) if (!names.has(source)) names.set(source, `images/${String(names.size + 1).padStart(width, '0')}${source.slice(source.lastIndexOf('.')).toLowerCase()}`);
  const nameOf = ({ source }: PictureOfRow): string => names.get(source) ?? '';
  return {
    files: new Map([...names].map(([source, name]) => [`data/${name}`, source])),
    cells: { train: train.map(nameOf), test: test.map(nameOf) },
    reason,
  };
}

/** A cell with a folder counts from `data/`, one without from `data/images/`. */
function placeOf(cell: string, source: string): string {
  const ending = source.endsWith(cell) ? '' : source.slice(source.lastIndexOf('.'));
  return `data/${cell.includes('/') ? '' : 'images/'}${cell}${ending}`;
}

function whyNewNames(all: readonly PictureOfRow[], test: readonly PictureOfRow[], kept: ReadonlyMap<string, string>): string | null {
  if (all.some(({ cell, source }) => kept.get(placeOf(cell, source)) !== source)) return 'pictures of one name lay in several folders';
  if (new Set(all.map(({ cell }) => cell.slice(0, cell.lastIndexOf('/') + 1))).size > 1) return 'they lay in several folders, which could tell the answer';
  if (all.some(({ cell }) => !/^[^./\\][^\\]*$/.test(cell) || cell.split('/').some((part) => part === '' || part.startsWith('.')))) return 'their paths led elsewhere';
  const labels = [...new Set(test.map(({ label }) => label))].filter((label) => /[\p{L}]{2}/u.test(label));
  const telling = test.filter(({ cell, label }) => labels.includes(label) && cell.toLowerCase().includes(label.toLowerCase())).length;
  return labels.length > 1 && telling >= test.length / 2 ? 'their names told the answer' : null;
}
