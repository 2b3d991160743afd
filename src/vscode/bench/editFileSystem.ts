import * as vscode from 'vscode';
import type { BenchEdit } from '../../core/run/events';
import { editScheme } from '../platform/viewIds';
import type { RunSource } from '../runs/runHandle';

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
  ) {}

  async readFile(uri: vscode.Uri): Promise<Uint8Array> {
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
    const size = (await this.readFile(uri)).length;
    return { type: vscode.FileType.File, ctime: 0, mtime: 0, size, permissions: vscode.FilePermission.Readonly };
  }

  watch(): vscode.Disposable {
    // Content is addressed by its hash and never changes.
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
