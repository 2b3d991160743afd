import * as vscode from 'vscode';
import { addedLines } from '../../../core/edits/verdict';
import type { CommandId } from '../../platform/commandIds';
import { changesIn, labelOf, type ShownChange } from './places';
import type { ChangeId, Reviews } from './reviews';

const color = (id: string): vscode.ThemeColor => new vscode.ThemeColor(id);
const longestShown = 160;

/**
 * Marks waiting changes in open scripts and cells: lines that would go are tinted, what would come
 * stands behind them, a line at the left and the ruler show the place. Nothing is written.
 */
export class ReviewDecorations implements vscode.Disposable {
  private types: Types | undefined;
  private readonly marked = new Set<vscode.TextEditor>();
  private readonly subscriptions: vscode.Disposable[];

  constructor(private readonly reviews: Reviews) {
    this.subscriptions = [
      reviews.onDidChange(() => this.draw()),
      vscode.window.onDidChangeVisibleTextEditors(() => this.draw()),
      vscode.window.onDidChangeActiveColorTheme(() => this.redraw()),
    ];
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
    this.drop();
  }

  private redraw(): void {
    this.drop();
    this.draw();
  }

  private drop(): void {
    for (const type of Object.values(this.types ?? {}) as vscode.TextEditorDecorationType[]) type.dispose();
    this.types = undefined;
    this.marked.clear();
  }

  private draw(): void {
    for (const editor of vscode.window.visibleTextEditors) {
      const { scheme } = editor.document.uri;
      if (scheme !== 'file' && scheme !== 'vscode-notebook-cell') continue;
      const shown = changesIn(editor.document, this.reviews);
      if (shown.length === 0 && !this.marked.has(editor)) continue;
      this.mark(editor, shown);
      if (shown.length > 0) this.marked.add(editor);
      else this.marked.delete(editor);
    }
  }

  private mark(editor: vscode.TextEditor, shown: readonly ShownChange[]): void {
    const types = (this.types ??= makeTypes());
    const sets: Record<keyof Types, vscode.DecorationOptions[]> = { removed: [], added: [], edge: [], edgeAdded: [], edgeConflict: [] };
    for (const one of shown) {
      const { start, end, change } = one;
      const hoverMessage = hoverOf(one);
      const lines = Array.from({ length: end - start }, (_, i) => editor.document.lineAt(Math.min(start + i, editor.document.lineCount - 1)));
      const edge = change.state === 'conflict' ? 'edgeConflict' : lines.length > 0 ? 'edge' : 'edgeAdded';
      const anchor = editor.document.lineAt(Math.max(0, Math.min(lines.length > 0 ? start : start - 1, editor.document.lineCount - 1)));
      sets[edge].push({ range: lines.length > 0 ? new vscode.Range(lines[0]?.range.start ?? anchor.range.start, lines.at(-1)?.range.end ?? anchor.range.end) : anchor.range, hoverMessage });
      if (!('type' in change.what) || change.what.type !== 'move') sets.removed.push(...lines.map((line) => ({ range: line.range })));
      sets.added.push(...comingLines(one, lines, anchor));
    }
    for (const key of Object.keys(sets) as (keyof Types)[]) editor.setDecorations(types[key], sets[key]);
  }
}

interface Types {
  readonly removed: vscode.TextEditorDecorationType;
  readonly added: vscode.TextEditorDecorationType;
  readonly edge: vscode.TextEditorDecorationType;
  readonly edgeAdded: vscode.TextEditorDecorationType;
  readonly edgeConflict: vscode.TextEditorDecorationType;
}

function makeTypes(): Types {
  const { kind } = vscode.window.activeColorTheme;
  const contrast = kind === vscode.ColorThemeKind.HighContrast || kind === vscode.ColorThemeKind.HighContrastLight;
  // High contrast has borders in place of fills; other themes do not define these colours.
  const border = (id: string): { border?: string; borderColor?: vscode.ThemeColor } => (contrast ? { border: '1px dashed', borderColor: color(id) } : {});
  const edge = (id: string, ruler: string): vscode.TextEditorDecorationType =>
    vscode.window.createTextEditorDecorationType({
      isWholeLine: true,
      borderStyle: 'solid',
      borderWidth: '0 0 0 3px',
      borderColor: color(id),
      overviewRulerColor: color(ruler),
      overviewRulerLane: vscode.OverviewRulerLane.Full,
    });
  return {
    removed: vscode.window.createTextEditorDecorationType({ backgroundColor: color('diffEditor.removedTextBackground'), ...border('diffEditor.removedTextBorder') }),
    added: vscode.window.createTextEditorDecorationType({
      after: { backgroundColor: color('diffEditor.insertedTextBackground'), color: color('editor.foreground'), margin: '0 0 0 2ch', ...border('diffEditor.insertedTextBorder') },
    }),
    edge: edge('editorGutter.deletedBackground', 'editorOverviewRuler.modifiedForeground'),
    edgeAdded: edge('editorGutter.addedBackground', 'editorOverviewRuler.addedForeground'),
    edgeConflict: edge('editorWarning.foreground', 'editorWarning.foreground'),
  };
}

/** The new lines, each behind the line that it takes the place of; what is left over is counted. */
function comingLines({ change }: ShownChange, lines: readonly vscode.TextLine[], anchor: vscode.TextLine): vscode.DecorationOptions[] {
  const coming = change.place?.lines ?? addedLines(change.what);
  const behind = (line: vscode.TextLine, text: string): vscode.DecorationOptions => ({ range: new vscode.Range(line.range.end, line.range.end), renderOptions: { after: { contentText: shortened(text) } } });
  const more = (count: number): string => (count > 0 ? `   +${count} more ${count === 1 ? 'line' : 'lines'}` : '');
  if (coming.length === 0 || ('type' in change.what && change.what.type === 'insert')) return [];
  if (lines.length === 0) return [behind(anchor, `↵ ${(coming[0] ?? '').trim()}${more(coming.length - 1)}`)];
  return lines.slice(0, coming.length).map((line, i) => {
    const isLast = i === Math.min(lines.length, coming.length) - 1;
    return behind(line, `${(coming[i] ?? '').trim()}${isLast ? more(coming.length - lines.length) : ''}`);
  });
}

/** Plain spaces at the ends would be cut off. */
const shortened = (text: string): string => (text.length > longestShown ? `${text.slice(0, longestShown)} …` : text).replaceAll(' ', '\u00a0');

function hoverOf(shown: ShownChange): vscode.MarkdownString {
  const { review, change } = shown;
  const id: ChangeId = { runId: review.run.runId, editId: review.edit.id, change: change.number };
  const hover = new vscode.MarkdownString();
  const commands: CommandId[] = ['podium.acceptEdit', 'podium.rejectEdit', 'podium.showEdit'];
  hover.isTrusted = { enabledCommands: commands };
  const link = (title: string, command: CommandId): string => `[${title}](command:${command}?${encodeURIComponent(JSON.stringify([id]))})`;
  const coming = change.place?.lines ?? addedLines(change.what);
  hover.appendMarkdown(`**Edit ${labelOf({ ...shown, index: shown.index })}**${change.state === 'conflict' ? ' — you changed this place since the agent read it' : ''}\n\n`);
  if (coming.length > 0) hover.appendCodeblock(coming.slice(0, 60).join('\n'), 'python');
  else hover.appendMarkdown('These lines go away.\n\n');
  hover.appendMarkdown(`${link('Accept', 'podium.acceptEdit')} | ${link('Reject…', 'podium.rejectEdit')} | ${link('Show change', 'podium.showEdit')}`);
  return hover;
}
