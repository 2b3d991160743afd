import type * as vscode from 'vscode';

const prefix = 'podium.modelKey:';

/**
 * Keys of model endpoints, in VS Code's secret storage and nowhere else. A key belongs to the
 * origin of its endpoint and is given to no other: a run that names another address does not get it.
 */
export class ModelKeys {
  readonly onDidChange: vscode.Event<void>;

  constructor(private readonly secrets: vscode.SecretStorage) {
    this.onDidChange = (listener, ...rest) => secrets.onDidChange(({ key }) => key.startsWith(prefix) && listener(undefined), ...rest);
  }

  async get(baseUrl: string): Promise<string | undefined> {
    return (await this.secrets.get(prefix + originOf(baseUrl))) || undefined;
  }

  async set(baseUrl: string, key: string): Promise<void> {
    await this.secrets.store(prefix + originOf(baseUrl), key);
  }

  async forget(origin: string): Promise<void> {
    await this.secrets.delete(prefix + origin);
  }

  /** Origins that a key is kept for. */
  async origins(): Promise<string[]> {
    return (await this.secrets.keys()).filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length)).sort();
  }
}

export const originOf = (baseUrl: string): string => new URL(baseUrl).origin;
