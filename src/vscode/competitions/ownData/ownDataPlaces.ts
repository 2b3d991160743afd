import { basename, dirname, relative } from 'node:path';
import * as vscode from 'vscode';

/** Data of the workspace that could be imported: a folder with a training table, or a table alone. */
export interface OwnDataPlace {
  readonly path: string;
  readonly label: string;
  readonly description: string;
}

const searched = 2_000;
const shown = 30;
/** Competitions, benches' copies of their data, runs, and what tools make. */
const exclude = '{**/node_modules/**,**/.*/**,**/.venv/**,competitions/**,*/data/**}';

/** Folders that hold `train.csv` or a single table, then single tables; nearest to the workspace's root first. */
export async function ownDataPlaces(root: string): Promise<OwnDataPlace[]> {
  const found = await vscode.workspace.findFiles(new vscode.RelativePattern(root, '**/*.{csv,tsv}'), exclude, searched);
  const byFolder = new Map<string, string[]>();
  for (const { fsPath } of found) byFolder.set(dirname(fsPath), [...(byFolder.get(dirname(fsPath)) ?? []), fsPath]);
  const depth = (path: string): number => relative(root, path).split(/[\\/]/).length;
  const folders = [...byFolder].sort(([a], [b]) => depth(a) - depth(b) || (a < b ? -1 : 1));
  const places = folders.flatMap(([folder, tables]): OwnDataPlace[] => {
    const names = tables.map((path) => basename(path)).sort();
    const hasTrain = names.some((name) => /^train(ing)?\.(csv|tsv)$/i.test(name));
    const shownFolder = relative(root, folder) || '.';
    // Of the workspace itself only its tables are meant: it holds other things too.
    if (shownFolder !== '.' && (hasTrain || names.length === 1)) return [{ path: folder, label: shownFolder, description: names.join(', ') }];
    return tables.sort().map((path) => ({ path, label: relative(root, path), description: 'a single table' }));
  });
  return places.slice(0, shown);
}
