import * as vscode from 'vscode';
import type { BenchEdit } from '../../core/run/events';
import { editScheme } from '../platform/viewIds';
import type { RunSource } from '../runs/runHandle';
import type { ReviewDocuments } from './review/reviewDocuments';

/** `podium-edit:/<runId>/<content hash or "empty">/<path>`: one version of a bench file, read-only. */
export function editUri(runId: string, edit: BenchEdit, side: 'next' | 'base' = 'next'): vscode.Uri {
  const hash = side === 'next' ? edit.next : (edit.base ?? 'empty');
  return vscode.Uri.from({ scheme: editScheme, path: `/${runId}/${hash}/${edit.path}`, query: edit.id });
}

/** Takes the place of the run id for a version that undo keeps. */
const keptVersion = 'kept';

/** `podium-edit:/kept/<content hash>/<path>`: a bench file as it was before an applied edit. */
export function keptUri(hash: string, path: string): vscode.Uri {
  return vscode.Uri.from({ scheme: editScheme, path: `/${keptVersion}/${hash}/${path}` });
}

/** Folder name of the agent's side of a review; `contributes.languages` in package.json knows it. */
const reviewFolder = 'podium-edit-review';

export interface ReviewSide {
  readonly runId: string;
  readonly editId: string;
  /** Bench path of the edited file. */
  readonly path: string;
  /** Cell of a notebook. */
  readonly cell?: string;
  /** `now`: the file as it is. `next`: the same with the changes that wait. */
  readonly side: 'now' | 'next';
}

/** `podium-edit:/podium-edit-review/<path>?…`: one side of a review; of a notebook one cell. */
export function reviewUri({ runId, editId, path, cell, side }: ReviewSide): vscode.Uri {
  const query = new URLSearchParams({ run: runId, edit: editId, side, ...(cell === undefined ? {} : { cell }) });
  return vscode.Uri.from({ scheme: editScheme, path: `/${reviewFolder}/${path}`, query: query.toString() });
}

export function parseReviewUri(uri: vscode.Uri): ReviewSide | undefined {
  const [, folder, ...path] = uri.path.split('/');
  const query = new URLSearchParams(uri.query);
  const [runId, editId, cell] = [query.get('run'), query.get('edit'), query.get('cell')];
  if (uri.scheme !== editScheme || folder !== reviewFolder || !runId || !editId) return undefined;
  return { runId, editId, path: path.join('/'), side: query.get('side') === 'now' ? 'now' : 'next', ...(cell === null ? {} : { cell }) };
}

/** Run and edit that a virtual file belongs to; undefined for another address. */
export function parseEditUri(uri: vscode.Uri): { runId: string; hash: string; editId: string } | undefined {
  const [, runId, hash] = uri.path.split('/');
  return uri.scheme === editScheme && runId && hash ? { runId, hash, editId: uri.query } : undefined;
}

/**
 * The virtual side of a waiting edit. A file system and not a content provider, because only
 * then does the editor show a notebook diff for notebooks.
 */
export class EditFileSystem implements vscode.FileSystemProvider {
  private readonly changed = new vscode.EventEmitter<vscode.FileChangeEvent[]>();
  readonly onDidChangeFile = this.changed.event;

  constructor(
    private readonly runs: RunSource,
    private readonly ready: () => Promise<void>,
    private readonly kept: (hash: string) => Promise<Uint8Array>,
    private readonly reviews: ReviewDocuments,
  ) {
    reviews.onDidChange((uri) => this.changed.fire([{ type: vscode.FileChangeType.Changed, uri }]));
  }

  async readFile(uri: vscode.Uri): Promise<Uint8Array> {
    const side = parseReviewUri(uri);
    if (side) return Buffer.from((await this.review(uri, side)).text, 'utf8');
    const parsed = parseEditUri(uri);
    if (!parsed) throw vscode.FileSystemError.FileNotFound(uri);
    if (parsed.hash === 'empty') return new Uint8Array();
    if (parsed.runId === keptVersion) return this.kept(parsed.hash);
    await this.ready();
    const run = this.runs.get(parsed.runId);
    if (!run) throw vscode.FileSystemError.FileNotFound(uri);
    try {
      return Buffer.from(await run.blob(parsed.hash), 'utf8');
    } catch {
      // The editor shows its own "file not found"; the run's log has the reason.
      throw vscode.FileSystemError.FileNotFound(uri);
    }
  }

  async stat(uri: vscode.Uri): Promise<vscode.FileStat> {
    const side = parseReviewUri(uri);
    const { size, mtime } = side ? await this.review(uri, side).then(({ text, version }) => ({ size: Buffer.byteLength(text), mtime: version })) : { size: (await this.readFile(uri)).length, mtime: 0 };
    return { type: vscode.FileType.File, ctime: 0, mtime, size, permissions: vscode.FilePermission.Readonly };
  }

  private async review(uri: vscode.Uri, side: ReviewSide): Promise<{ text: string; version: number }> {
    await this.ready();
    const found = await this.reviews.read(uri, side);
    if (!found) throw vscode.FileSystemError.FileNotFound(uri);
    return found;
  }

  watch(): vscode.Disposable {
    // Versions are addressed by their hash and never change; reviews tell by themselves.
    return new vscode.Disposable(() => undefined);
  }

  readDirectory(): [string, vscode.FileType][] {
    return [];
  }

  createDirectory(uri: vscode.Uri): void {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  writeFile(uri: vscode.Uri): void {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  delete(uri: vscode.Uri): void {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  rename(uri: vscode.Uri): void {
    throw vscode.FileSystemError.NoPermissions(uri);
  }
}
