import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { BenchDecision, BenchEdit } from '../../../src/core/run/events';
import type { RunView } from '../../../src/core/run/view';
import type { PodiumApi } from '../../../src/vscode/container';
import { noneDecided, withDecided, type Connection, type DecidedHere, type RunHandle, type RunSource } from '../../../src/vscode/runs/runHandle';
import { penguinsRun } from '../../fixtures/runView';

/** The extension's own API, activated. */
export async function podium(): Promise<PodiumApi> {
  const extension = vscode.extensions.getExtension<PodiumApi>('podium.podium');
  if (!extension) throw new Error('The extension is not installed.');
  return extension.activate();
}

/** The folder that is open. */
export function workspaceRoot(): string {
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  if (!folder) throw new Error('No folder is open.');
  return folder.uri.fsPath;
}

/** Waits until `probe` gives something; fails with `what` after the time. */
export async function eventually<T>(what: string, probe: () => T | undefined | false | Promise<T | undefined | false>, seconds = 30): Promise<T> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const value = await probe();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > end) throw new Error(`Not within ${seconds} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Closes every editor, dropping what is not saved. */
export async function closeAll(): Promise<void> {
  for (const document of vscode.workspace.textDocuments) {
    if (!document.isDirty || document.uri.scheme !== 'file') continue;
    await vscode.window.showTextDocument(document);
    await vscode.commands.executeCommand('workbench.action.files.revert');
  }
  await vscode.commands.executeCommand('workbench.action.closeAllEditors');
}

/** A folder below the workspace, fresh. */
export async function freshFolder(name: string): Promise<string> {
  const folder = join(workspaceRoot(), name);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  return folder;
}

/** A memento in memory. */
export class MemoryMemento implements vscode.Memento {
  private readonly values = new Map<string, unknown>();
  keys(): readonly string[] {
    return [...this.values.keys()];
  }
  get<T>(key: string, fallback?: T): T | undefined {
    return (this.values.get(key) as T | undefined) ?? fallback;
  }
  update(key: string, value: unknown): Thenable<void> {
    this.values.set(key, value);
    return Promise.resolve();
  }
}

/** A run without a runner: offers edits and remembers what was decided. */
export class OfferedRun implements RunHandle {
  readonly runId = 'offered';
  readonly folder = '/nowhere';
  connection: Connection = 'attached';
  private decidedHere: DecidedHere = noneDecided;
  readonly decisions: BenchDecision[] = [];
  autoEdits: BenchEdit[] = [];
  private journaled: RunView;
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.changed.event;
  readonly onOutput = new vscode.EventEmitter<never>().event;
  readonly onStats = new vscode.EventEmitter<never>().event;

  constructor(competition: string, private readonly blobs: ReadonlyMap<string, string>) {
    const run = penguinsRun();
    this.journaled = { ...run, runId: this.runId, competition: { ...run.competition, id: competition }, waitingEdits: [] };
  }

  offer(edit: BenchEdit): void {
    if (edit.mode === 'auto') this.autoEdits = [...this.autoEdits, edit];
    else this.journaled = { ...this.journaled, waitingEdits: [...this.journaled.waitingEdits, edit] };
    this.changed.fire();
  }

  setDecidedHere(decided: DecidedHere): void {
    this.decidedHere = decided;
  }

  get view(): RunView {
    return { ...this.journaled, waitingEdits: withDecided(this.journaled.waitingEdits, this.decidedHere) };
  }

  attachAgain(): void {
    this.connection = 'attached';
    this.changed.fire();
  }

  /** As the runner's journal and its fold do. */
  decide(decision: BenchDecision): Promise<void> {
    const { id, hunks = [], left = 0 } = decision;
    this.decisions.push(decision);
    const held = this.autoEdits.filter((edit) => edit.id === id && decision.decision === 'conflict').map((edit) => ({ ...edit, held: true }));
    this.autoEdits = this.autoEdits.filter((edit) => edit.id !== id);
    const others = this.journaled.waitingEdits.flatMap((edit) => (edit.id !== id ? [edit] : left > 0 ? [{ ...edit, verdicts: [...(edit.verdicts ?? []), ...hunks] }] : []));
    this.journaled = { ...this.journaled, waitingEdits: [...others, ...held] };
    this.changed.fire();
    return Promise.resolve();
  }

  blob(hash: string): Promise<string> {
    const text = this.blobs.get(hash);
    return text === undefined ? Promise.reject(new Error(`no blob ${hash}`)) : Promise.resolve(text);
  }

  pause = (): Promise<void> => Promise.resolve();
  resume = (): Promise<void> => Promise.resolve();
  giveKey = (): Promise<void> => Promise.resolve();
  stop = (): Promise<void> => Promise.resolve();
  instruct = (): Promise<void> => Promise.resolve();
  answerApproval = (): Promise<void> => Promise.resolve();
  act = (): Promise<never> => Promise.reject(new Error('this run takes no actions'));
  reveal = (): Promise<void> => Promise.resolve();
  dispose = (): void => this.changed.dispose();

  source(): RunSource {
    return { runs: [this], broken: [], onDidChange: this.onDidChange, get: (runId) => (runId === this.runId ? this : undefined) };
  }
}
