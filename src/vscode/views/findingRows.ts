import * as vscode from 'vscode';
import { severityOrder, type Finding, type Health } from '../../core/competition/finding';
import type { CompetitionEntry } from '../../node/competitions/library';
import type { CommandId } from '../platform/commandIds';
import { count, escapeMarkdown } from './format';

/** What a row says of the error that matters most. */
const shortWords: Partial<Record<Finding['code'], string>> = {
  answers_public: 'answers readable',
  sample_is_answers: 'sample holds the answers',
  sample_refused: 'sample is not valid',
  column_leak: 'a column gives the answer away',
  lagged_answers: 'a column repeats earlier answers',
  order_leak: 'the order gives the answer away',
  missing_file: 'a file is missing',
  bad_file: 'a file is broken',
  no_answers: 'answers are missing',
};

const icons = { error: ['error', 'list.errorForeground'], warning: ['warning', 'list.warningForeground'], info: ['info', 'foreground'] } as const;

/** Errors and warnings, the most serious first: what a list has to tell. */
export function seriousFindings(health: Health | undefined): readonly Finding[] {
  const found = (health?.findings ?? []).filter(({ severity }) => severity !== 'info');
  return found.sort((a, b) => severityOrder.indexOf(a.severity) - severityOrder.indexOf(b.severity));
}

/** `answers readable`, `2 warnings`; empty when nothing is wrong. */
export function findingWords(serious: readonly Finding[]): string {
  const [first] = serious;
  const errors = serious.filter(({ severity }) => severity === 'error').length;
  if (first === undefined) return '';
  return errors === 0 ? count(serious.length, 'warning') : (shortWords[first.code] ?? count(errors, 'error'));
}

/** A finding below its competition: what is wrong, and in the tooltip what to do. */
export function findingItem(finding: Finding, entry: CompetitionEntry, index: number): vscode.TreeItem {
  const [icon, colour] = icons[finding.severity];
  const item = new vscode.TreeItem(finding.message.replace(/\.$/, ''), vscode.TreeItemCollapsibleState.None);
  item.id = `finding:${entry.location}:${index}`;
  item.contextValue = 'finding';
  item.iconPath = new vscode.ThemeIcon(icon, new vscode.ThemeColor(colour));
  const tooltip = new vscode.MarkdownString(undefined, false);
  tooltip.appendMarkdown(`${escapeMarkdown(finding.message)}\n\n${escapeMarkdown(finding.fix)}`);
  item.tooltip = tooltip;
  item.accessibilityInformation = { label: `${finding.severity}: ${finding.message} ${finding.fix}` };
  const check: CommandId = 'podium.checkCompetition';
  item.command = { command: check, title: 'Check Competition', arguments: [entry.folder] };
  return item;
}
