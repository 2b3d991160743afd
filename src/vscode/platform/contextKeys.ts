import * as vscode from 'vscode';
import type { ContextKey, ContextValue } from './contextKeyIds';

/** Sets context keys, each only when its value has changed. */
export class ContextKeys {
  private readonly last = new Map<ContextKey, string>();

  set<K extends ContextKey>(key: K, value: ContextValue<K>): void {
    const text = JSON.stringify(value);
    if (this.last.get(key) === text) return;
    this.last.set(key, text);
    void vscode.commands.executeCommand('setContext', key, value);
  }
}
