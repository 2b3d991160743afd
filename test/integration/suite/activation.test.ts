import assert from 'node:assert/strict';
import * as vscode from 'vscode';

suite('activation', () => {
  test('the extension is installed and activates', async () => {
    const extension = vscode.extensions.getExtension('podium.podium');
    assert.ok(extension, 'podium.podium is not installed');
    await extension.activate();
    assert.equal(extension.isActive, true);
  });
});
