import * as vscode from 'vscode';
import type { CommandId } from './commandIds';
import type { Failures } from './failures';

/** Registers commands. Every one is wrapped: what it throws becomes one sentence and an action. */
export class CommandManager implements vscode.Disposable {
  private readonly registered = new Map<CommandId, vscode.Disposable>();

  constructor(private readonly failures: Failures) {}

  /** `args` come from menus, links, keys or other extensions and are not to be trusted. */
  register(id: CommandId, handler: (...args: unknown[]) => unknown): void {
    const run = async (...args: unknown[]): Promise<unknown> => {
      try {
        return await handler(...args);
      } catch (error) {
        this.failures.show(error, id);
        return undefined;
      }
    };
    this.registered.set(id, vscode.commands.registerCommand(id, run));
  }

  dispose(): void {
    for (const command of this.registered.values()) command.dispose();
  }
}
