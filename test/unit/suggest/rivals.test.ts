import { describe, expect, it } from 'vitest';
import { activeRival, type EditorFacts } from '../../../src/core/suggest/rivals';

const facts = (installed: readonly string[], settings: Readonly<Record<string, unknown>> = {}, more: Partial<EditorFacts> = {}): EditorFacts => ({
  editor: 'Visual Studio Code',
  hasExtension: (id) => installed.includes(id),
  setting: (key) => settings[key],
  vendors: new Set(),
  ...more,
});

describe('who else completes code', () => {
  it.each([
    [facts([]), null],
    [facts(['ms-python.python']), null],
    [facts(['GitHub.copilot']), 'GitHub Copilot'],
    [facts(['GitHub.copilot'], { 'github.copilot.enable': { '*': true, python: false } }), null],
    [facts(['GitHub.copilot'], { 'github.copilot.enable': { '*': false } }), null],
    [facts(['GitHub.copilot'], { 'github.copilot.enable': { '*': false, python: true } }), 'GitHub Copilot'],
    // Ships with the editor; nobody has signed in.
    [facts(['GitHub.copilot-chat']), null],
    [facts(['GitHub.copilot-chat'], {}, { vendors: new Set(['copilot']) }), 'GitHub Copilot'],
    [facts(['Continue.continue'], { 'continue.enableTabAutocomplete': true }), 'Continue'],
    [facts(['Continue.continue'], { 'continue.enableTabAutocomplete': false }), null],
    [facts(['Google.geminicodeassist'], { 'geminicodeassist.inlineSuggestions.enableAuto': 'off' }), null],
    [facts(['Supermaven.supermaven']), 'Supermaven'],
    [facts([], {}, { editor: 'Cursor' }), 'Cursor'],
  ] as const)('%#', (editor, name) => {
    expect(activeRival(editor)).toBe(name);
  });
});
