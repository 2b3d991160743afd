import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as vscode from 'vscode';
import { applyNotebook } from '../notebooks/applyNotebook';
import { editText } from './editText';

/** sha256 of a file's bytes, as bench edits name versions. */
export function hashOf(content: Uint8Array | string): string {
  return createHash('sha256').update(content).digest('hex');
}

export interface FileState {
  /** null: the file does not exist. */
  readonly bytes: Buffer | null;
  readonly hash: string | null;
  /** Open in an editor, with changes that are not saved. */
  readonly dirty: boolean;
}

/** What a bench file is now, on disk and in the editor. */
export async function readState(path: string): Promise<FileState> {
  const open = openDocument(path);
  const bytes = await readOrNull(path);
  return { bytes, hash: bytes === null ? null : hashOf(bytes), dirty: open?.isDirty ?? false };
}

/** Result of bringing a new version to a bench file. `hash`: of what is on disk afterwards, null when it was removed. */
export interface Written {
  readonly hash: string | null;
}

/**
 * Makes a clean bench file the given version. An open document is changed in the editor (text by
 * its changed lines, a notebook by its changed cells) and saved; a closed file is replaced on disk.
 * Returns undefined when the editor refused. Callers have checked that nothing unsaved is lost.
 * @param content null removes the file
 * @param virtual an address from which the editor can read the same content, needed for notebooks
 */
export async function writeVersion(path: string, content: Buffer | null, virtual: vscode.Uri | undefined): Promise<Written | undefined> {
  if (content === null) {
    const edit = new vscode.WorkspaceEdit();
    edit.deleteFile(vscode.Uri.file(path), { ignoreIfNotExists: true });
    return (await vscode.workspace.applyEdit(edit)) ? { hash: null } : undefined;
  }
  const open = openDocument(path);
  if (open && (await readOrNull(path)) !== null) {
    if ('getText' in open && !(await isCurrent(open, path))) return undefined;
    const applied = await applyToOpen(open, content, virtual);
    if (!applied || !(await open.save())) return undefined;
  } else await replaceOnDisk(path, content);
  return { hash: (await readState(path)).hash };
}

/**
 * Changes a text from what it was seen as. A clean document is saved, one with unsaved changes keeps
 * them and the change unsaved; a closed file is written on disk. Returns undefined when the text is
 * no longer what was seen or the editor refused, else the hash on disk if it was saved.
 */
export async function writeText(path: string, seen: string, text: string): Promise<{ readonly hash: string | undefined } | undefined> {
  const open = openText(path);
  if (!open || (await readOrNull(path)) === null) {
    const there = (await readOrNull(path))?.toString('utf8') ?? '';
    const mark = there.startsWith('\uFEFF') ? '\uFEFF' : '';
    if (there.slice(mark.length) !== seen) return undefined;
    await replaceOnDisk(path, Buffer.from(mark + text, 'utf8'));
    return { hash: (await readState(path)).hash ?? undefined };
  }
  const clean = !open.isDirty;
  if (open.getText() !== seen || (clean && !(await isCurrent(open, path)))) return undefined;
  const edit = new vscode.WorkspaceEdit();
  editText(edit, open, text);
  if (!(await vscode.workspace.applyEdit(edit))) return undefined;
  if (!clean) return { hash: undefined };
  return (await open.save()) ? { hash: (await readState(path)).hash ?? undefined } : undefined;
}

type OpenDocument = vscode.TextDocument | vscode.NotebookDocument;

/** The open document of a path; a notebook before the text of the same file. */
const openDocument = (path: string): OpenDocument | undefined => openNotebook(path) ?? openText(path);

export function openNotebook(path: string): vscode.NotebookDocument | undefined {
  return vscode.workspace.notebookDocuments.find((document) => isFile(document, path));
}

export function openText(path: string): vscode.TextDocument | undefined {
  return vscode.workspace.textDocuments.find((document) => isFile(document, path));
}

function isFile({ uri, isClosed }: OpenDocument, path: string): boolean {
  return uri.scheme === 'file' && uri.fsPath === vscode.Uri.file(path).fsPath && !isClosed;
}

/** Whether an open text shows what is on disk; the editor takes a moment to read a file that has just changed. */
async function isCurrent(document: vscode.TextDocument, path: string): Promise<boolean> {
  for (let wait = 0; wait <= 2000; wait += 100) {
    if (document.isDirty) return false;
    if (document.getText() === (await readOrNull(path))?.toString('utf8').replace(/^\uFEFF/, '')) return true;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return false;
}

async function applyToOpen(document: OpenDocument, content: Buffer, virtual: vscode.Uri | undefined): Promise<boolean> {
  if ('getCells' in document) {
    if (!virtual) return false;
    return applyNotebook(document, await vscode.workspace.openNotebookDocument(virtual));
  }
  const edit = new vscode.WorkspaceEdit();
  editText(edit, document, content.toString('utf8'));
  return vscode.workspace.applyEdit(edit);
}

export async function replaceOnDisk(path: string, content: Buffer): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    await writeFile(temporary, content);
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
}

async function readOrNull(path: string): Promise<Buffer | null> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
