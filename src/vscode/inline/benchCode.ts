import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { factsOf, type Facts } from '../../core/suggest/facts';
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
    const above = cellsAbove(document).map((cell) => `${cell.document.getText()}\n`).join('');
    return { prefix: above + document.getText(new vscode.Range(new vscode.Position(0, 0), position)), start: above.length };
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

function cellsAbove(document: vscode.TextDocument): readonly vscode.NotebookCell[] {
  const cell = cellOf(document);
  if (!cell) return [];
  return cell.notebook.getCells(new vscode.NotebookRange(0, cell.index)).filter((one) => one.kind === vscode.NotebookCellKind.Code);
}

async function stampOf(folder: string): Promise<string> {
  const times = await Promise.all(['competition.yaml', 'data'].map(async (name) => (await stat(join(folder, name))).mtimeMs));
  return times.join(' ');
}
