import * as vscode from 'vscode';
import { settingTable, type SettingKey, type SettingValue } from './settingIds';

/** Typed access to the settings. A value that does not fit its schema counts as its default. */
export class Settings {
  get<K extends SettingKey>(key: K, scope?: vscode.Uri): SettingValue<K> {
    const entry = settingTable[key];
    const parsed = entry.schema.safeParse(vscode.workspace.getConfiguration(undefined, scope).get(key));
    return (parsed.success ? parsed.data : entry.default) as SettingValue<K>;
  }

  /** A setting of the editor or of another extension, whatever its type. */
  foreign(key: string): unknown {
    return vscode.workspace.getConfiguration().get<unknown>(key);
  }

  /** Writes where the person would look for it: the workspace when there is one, else the user's settings. */
  async set<K extends SettingKey>(key: K, value: SettingValue<K>): Promise<void> {
    const target =
      settingTable[key].scope === 'machine' || !vscode.workspace.workspaceFolders?.length
        ? vscode.ConfigurationTarget.Global
        : vscode.ConfigurationTarget.Workspace;
    await vscode.workspace.getConfiguration().update(key, value, target);
  }

  onDidChange(listener: (affects: (key: SettingKey) => boolean) => void): vscode.Disposable {
    return vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration('podium')) listener((key) => event.affectsConfiguration(key));
    });
  }
}
