import { join } from 'node:path';
import * as vscode from 'vscode';
import type { Finding } from '../../core/competition/finding';
import type { Modality } from '../../core/competition/manifest';
import type { CompetitionEntry } from '../../node/competitions/library';
import type { CommandId } from '../platform/commandIds';
import { findingWords } from './findingRows';
import { escapeMarkdown, formatScore } from './format';

export const modalityIcons: Record<Modality, string> = { tabular: 'table', text: 'list-flat', image: 'file-media', time: 'clock', other: 'archive' };

/** Tables come first: what a newcomer begins with. What cannot be played comes last. */
const modalityOrder: readonly (Modality | undefined)[] = ['tabular', 'time', 'text', 'image', 'other', undefined];
const groupOrder: readonly CompetitionEntry['group'][] = ['bundled', 'imported'];

/** Entries in the order of the view and of every pick. */
export function inOrder(entries: readonly CompetitionEntry[]): CompetitionEntry[] {
  return [...entries].sort(
    (a, b) => groupOrder.indexOf(a.group) - groupOrder.indexOf(b.group) || modalityOrder.indexOf(a.modality) - modalityOrder.indexOf(b.modality) || a.title.localeCompare(b.title),
  );
}

/**
 * The row of a competition that is here; what is wrong with it unfolds.
 * @param best best public score of this workspace's runs
 * @param serious errors and warnings of its last check
 */
export function competitionItem(entry: CompetitionEntry, best: number | undefined, serious: readonly Finding[]): vscode.TreeItem {
  const item = new vscode.TreeItem(entry.title, serious.length > 0 ? vscode.TreeItemCollapsibleState.Collapsed : vscode.TreeItemCollapsibleState.None);
  // Two folders may claim one id; their places differ.
  item.id = `competition:${entry.location}`;
  item.contextValue = entry.problem ? 'brokenCompetition' : `competition.${entry.group}`;
  const metric = `${entry.metricLabel ?? ''}${entry.selfScored ? ', self-scored' : ''}`;
  const wrong = findingWords(serious);
  const hasError = serious.some(({ severity }) => severity === 'error');
  item.description = entry.problem ? 'cannot be played' : hasError ? wrong : [best === undefined ? '' : formatScore(best), metric, wrong].filter(Boolean).join(', ');
  // A long title pushes the words out of sight; the colour stays.
  item.iconPath = entry.problem || hasError
    ? new vscode.ThemeIcon('warning', new vscode.ThemeColor('list.warningForeground'))
    : new vscode.ThemeIcon(modalityIcons[entry.modality ?? 'tabular'], ...(serious.length > 0 ? [new vscode.ThemeColor('list.warningForeground')] : []));
  item.tooltip = tooltip(entry, best, serious);
  item.accessibilityInformation = { label: `${entry.title}: ${item.description}` };
  item.command = openCommand(entry);
  return item;
}

function tooltip(entry: CompetitionEntry, best: number | undefined, serious: readonly Finding[]): vscode.MarkdownString {
  const text = new vscode.MarkdownString(undefined, false);
  text.appendMarkdown(`**${escapeMarkdown(entry.title)}**\n\n${escapeMarkdown(entry.problem ?? entry.summary)}`);
  if (entry.problem) return text;
  const better = entry.direction === 'minimize' ? 'lower is better' : 'higher is better';
  text.appendMarkdown(`\n\n${escapeMarkdown(entry.metricLabel ?? '')}, ${better}.${entry.licence === undefined ? '' : ` Licence: ${escapeMarkdown(entry.licence)}.`}`);
  if (entry.selfScored) text.appendMarkdown('\n\nSelf-scored: your own evaluation says the score, and no answer is hidden.');
  if (best !== undefined) text.appendMarkdown(`\n\nBest ${entry.selfScored ? '' : 'public '}score here: ${escapeMarkdown(formatScore(best))}`);
  for (const { severity, message } of serious) text.appendMarkdown(`\n\n**${severity === 'error' ? 'Error' : 'Warning'}:** ${escapeMarkdown(message)}`);
  return text;
}

/** The page; for a broken one of the workspace, the file that says what is wrong. */
function openCommand(entry: CompetitionEntry): vscode.Command | undefined {
  const page: CommandId = 'podium.openCompetition';
  if (!entry.problem) return { command: page, title: 'Open Competition Page', arguments: [entry.id] };
  if (entry.group === 'bundled') return undefined;
  return { command: 'vscode.open', title: 'Open competition.yaml', arguments: [vscode.Uri.file(join(entry.folder, 'competition.yaml'))] };
}
