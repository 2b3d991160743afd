import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { commandIds } from '../../../src/vscode/platform/commandIds';
import { settingTable } from '../../../src/vscode/platform/settingIds';
import { podium } from './support';

describe('activation', () => {
  it('gives the API and registers every command', async () => {
    await podium();
    const registered = new Set(await vscode.commands.getCommands(true));
    for (const id of commandIds) assert.ok(registered.has(id), id);
  });

  it('does little: no competition is read and no runner asked before somebody looks', async () => {
    const extension = vscode.extensions.getExtension('podium.podium');
    assert.equal(extension?.isActive, true);
    assert.equal(extension?.extensionKind, vscode.ExtensionKind.Workspace);
  });

  it('reads every setting with its default', () => {
    const configuration = vscode.workspace.getConfiguration();
    for (const [key, { default: value }] of Object.entries(settingTable)) assert.deepEqual(configuration.inspect(key)?.defaultValue, value, key);
  });

  it('keeps run folders out of watcher and search', () => {
    const configuration = vscode.workspace.getConfiguration();
    assert.equal(configuration.get<Record<string, boolean>>('files.watcherExclude')?.['**/.podium/**'], true);
    assert.equal(configuration.get<Record<string, boolean>>('search.exclude')?.['**/.podium/**'], true);
  });
});
