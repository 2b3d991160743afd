import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { factsOf, type Facts } from '../../core/suggest/facts';
import { lineAt } from '../../core/suggest/python';
import type { BenchFolders } from '../bench/benchFolders';
import type { Failures } from '../platform/failures';
import type { Services } from '../platform/services';

interface Known {
  readonly facts: Facts;
  /** Of manifest and data folder, when they were read. */
  readonly stamp: string;
  readonly folder: string;
}

/** Scripts, and cells of notebooks, that suggestions are for. */
export const benchSelector: vscode.DocumentSelector = [
  { scheme: 'file', pattern: '**/*.py' },
  { scheme: 'vscode-notebook-cell', language: 'python' },
];

/** The text of a script or cell, with the cells of its notebook that come before. */
export interface CodeBefore {
  readonly prefix: string;
  /** Offset in `prefix` at which the document itself begins. */
  readonly start: number;
}

/** What suggestions know of the code on a bench: whose it is, and the competition's public facts. */
export class BenchCode {
  private readonly known = new Map<string, Promise<Known | undefined>>();

  constructor(
    private readonly services: Services,
    private readonly benches: BenchFolders,
    private readonly failures: Failures,
  ) {}

  /** Id of the competition that a script or cell belongs to; undefined outside of benches. */
  competitionOf(document: vscode.TextDocument): string | undefined {
    if (document.uri.scheme === 'file' ? !document.uri.fsPath.endsWith('.py') : document.uri.scheme !== 'vscode-notebook-cell' || document.languageId !== 'python') return undefined;
    return this.benches.ofFile(document.uri.fsPath);
  }

  /** The facts of a competition, read once and again when its files have changed; undefined when they cannot be read. */
  async facts(competition: string): Promise<Facts | undefined> {
    const known = await this.known.get(competition);
    if (known && known.stamp === (await stampOf(known.folder))) return known.facts;
    const reading = this.read(competition);
    this.known.set(competition, reading);
    return (await reading)?.facts;
  }

  /** All code that runs before a place: the cells above it count for a notebook. */
  before(document: vscode.TextDocument, position: vscode.Position): CodeBefore {
    const above = codeAbove(document);
    return { prefix: above + document.getText(new vscode.Range(new vscode.Position(0, 0), position)).replaceAll('\r\n', '\n'), start: above.length };
  }

  private async read(competition: string): Promise<Known | undefined> {
    try {
      const loaded = await (await this.services.competitions()).load(competition);
      return { facts: factsOf(loaded), folder: loaded.folder, stamp: await stampOf(loaded.folder) };
    } catch (error) {
      // Nobody asked for a suggestion: the competition's page says what is wrong with it.
      this.failures.record(error, `read ${competition} for suggestions`);
      return undefined;
    }
  }
}

/** The notebook that a cell's document belongs to, and the cell; undefined for a script. */
export function cellOf(document: vscode.TextDocument): vscode.NotebookCell | undefined {
  if (document.uri.scheme !== 'vscode-notebook-cell') return undefined;
  return vscode.workspace.notebookDocuments.flatMap((notebook) => notebook.getCells()).find((cell) => cell.document === document);
}

/** The code of the cells above a cell; empty for a script. */
export function codeAbove(document: vscode.TextDocument): string {
  const cell = cellOf(document);
  if (!cell) return '';
  const above = cell.notebook.getCells(new vscode.NotebookRange(0, cell.index)).filter((one) => one.kind === vscode.NotebookCellKind.Code);
  return above.map((one) => `${textOf(one.document)}\n`).join('');
}

async function stampOf(folder: string): Promise<string> {
  const times = await Promise.all(['competition.yaml', 'data'].map(async (name) => (await stat(join(folder, name))).mtimeMs));
  return times.join(' ');
}

/** The code of a script, or of all cells of a notebook, as one text. */
export class WholeCode {
  private constructor(
    readonly source: string,
    private readonly parts: readonly { readonly document: vscode.TextDocument; readonly start: number }[],
  ) {}

  static of(document: vscode.TextDocument): WholeCode {
    const documents = cellOf(document)?.notebook.getCells().filter((cell) => cell.kind === vscode.NotebookCellKind.Code).map((cell) => cell.document) ?? [document];
    let source = '';
    const parts = documents.map((one) => {
      const start = source.length;
      source += `${textOf(one)}\n`;
      return { document: one, start };
    });
    return new WholeCode(source, parts);
  }

  get documents(): readonly vscode.TextDocument[] {
    return this.parts.map((part) => part.document);
  }

  /** Where a stretch of the text lies; undefined when it spans cells. */
  locate(start: number, end: number): vscode.Location | undefined {
    const part = this.parts.findLast((one) => one.start <= start);
    if (!part || end - part.start > textOf(part.document).length) return undefined;
    return rangeIn(part.document, start - part.start, end - part.start);
  }
}

/** A place in a document by offsets in its text with plain line breaks. */
export function rangeIn(document: vscode.TextDocument, start: number, end: number): vscode.Location {
  const text = textOf(document);
  const at = (offset: number): vscode.Position => {
    const { line, column } = lineAt(text, offset);
    return new vscode.Position(line - 1, column);
  };
  return new vscode.Location(document.uri, new vscode.Range(at(start), at(end)));
}

/** The text with plain line breaks, as every rule reads it. */
export const textOf = (document: vscode.TextDocument): string => document.getText().replaceAll('\r\n', '\n');
