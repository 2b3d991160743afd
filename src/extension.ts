import type * as vscode from 'vscode';
import { Container, type PodiumApi } from './vscode/container';

let container: Container | undefined;

/** Builds the extension. Nothing is started, asked or loaded here that nobody has looked at yet. */
export function activate(context: vscode.ExtensionContext): PodiumApi {
  container = new Container(context);
  return container.api;
}

/** Lets go of runs; they go on in their own processes. */
export function deactivate(): void {
  container?.dispose();
  container = undefined;
}
