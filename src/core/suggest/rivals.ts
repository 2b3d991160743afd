/** Another source of inline completions, and how it is turned off without being uninstalled. */
export interface Rival {
  readonly name: string;
  /** Extension ids, any of which offers completions. */
  readonly extensions: readonly string[];
  /** A setting that turns them off when it is false, `off`, or an object that says false for the language (or for `*`). */
  readonly setting?: string;
  /** It ships with some editors; it completes nothing before somebody has signed in, which shows in its models. */
  readonly vendor?: string;
}

export const rivals: readonly Rival[] = [
  { name: 'GitHub Copilot', extensions: ['GitHub.copilot'], setting: 'github.copilot.enable' },
  { name: 'GitHub Copilot', extensions: ['GitHub.copilot-chat'], setting: 'github.copilot.enable', vendor: 'copilot' },
  { name: 'Amazon Q', extensions: ['AmazonWebServices.amazon-q-vscode'] },
  { name: 'Augment', extensions: ['augment.vscode-augment'], setting: 'augment.completions.enableAutomaticCompletions' },
  { name: 'Codeium', extensions: ['Codeium.codeium', 'Codeium.windsurfPyright'], setting: 'codeium.enableConfig' },
  { name: 'Cody', extensions: ['sourcegraph.cody-ai'], setting: 'cody.autocomplete.enabled' },
  { name: 'Continue', extensions: ['Continue.continue'], setting: 'continue.enableTabAutocomplete' },
  { name: 'Fitten Code', extensions: ['FittenTech.Fitten-Code'] },
  { name: 'Gemini Code Assist', extensions: ['Google.geminicodeassist'], setting: 'geminicodeassist.inlineSuggestions.enableAuto' },
  { name: 'IntelliCode Completions', extensions: ['VisualStudioExptTeam.vscodeintellicode-completions'] },
  { name: 'Lingma', extensions: ['Alibaba-Cloud.tongyi-lingma'] },
  { name: 'Supermaven', extensions: ['Supermaven.supermaven'] },
  { name: 'Tabby', extensions: ['TabbyML.vscode-tabby'] },
  { name: 'Tabnine', extensions: ['TabNine.tabnine-vscode'] },
];

/** Editors that complete by themselves, by the beginning of their name. */
const editors: readonly string[] = ['Cursor', 'Windsurf'];

export interface EditorFacts {
  readonly editor: string;
  hasExtension(id: string): boolean;
  setting(key: string): unknown;
  /** Vendors that offer a chat model to the window. */
  readonly vendors: ReadonlySet<string>;
}

/** Who else completes code in this editor; null when nobody does. */
export function activeRival(facts: EditorFacts, language = 'python'): string | null {
  const editor = editors.find((name) => facts.editor.startsWith(name));
  if (editor !== undefined) return editor;
  const rival = rivals.find(
    ({ extensions, setting, vendor }) =>
      extensions.some((id) => facts.hasExtension(id)) && (vendor === undefined || facts.vendors.has(vendor)) && (setting === undefined || isOn(facts.setting(setting), language)),
  );
  return rival?.name ?? null;
}

function isOn(value: unknown, language: string): boolean {
  if (value === false || value === 'off') return false;
  if (typeof value !== 'object' || value === null) return true;
  const byLanguage = new Map(Object.entries(value));
  return (byLanguage.get(language) ?? byLanguage.get('*')) !== false;
}
