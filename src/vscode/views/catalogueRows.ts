import * as vscode from 'vscode';
import type { CatalogueItem } from '../../core/competition/catalogueSearch';
import type { Modality } from '../../core/competition/manifest';
import { benchmarkWords, modalityWords, sizeText } from '../../core/competition/words';
import type { CommandId } from '../platform/commandIds';
import { modalityIcons } from './competitionRows';
import { escapeMarkdown } from './format';

/** A kind of data with how many of the catalogue have it. */
export function modalityItem(modality: Modality, count: number): vscode.TreeItem {
  const item = new vscode.TreeItem(modalityWords[modality], vscode.TreeItemCollapsibleState.Collapsed);
  item.id = `catalogue:${modality}`;
  item.description = String(count);
  item.contextValue = 'catalogueKind';
  item.accessibilityInformation = { label: `${modalityWords[modality]}: ${count} competitions of the catalogue` };
  return item;
}

/** A competition that can be had. @param here one with its id is in the workspace */
export function catalogueItem(entry: CatalogueItem, here: boolean): vscode.TreeItem {
  const item = new vscode.TreeItem(entry.title, vscode.TreeItemCollapsibleState.None);
  item.id = `catalogue:${entry.id}`;
  item.contextValue = 'catalogueEntry';
  const size = entry.dataBytes === null ? '' : sizeText(entry.dataBytes);
  item.description = [here ? 'imported' : '', entry.metricLabel, size].filter(Boolean).join(', ');
  item.iconPath = here ? new vscode.ThemeIcon('check') : new vscode.ThemeIcon(modalityIcons[entry.modality]);
  const tooltip = new vscode.MarkdownString(undefined, false);
  const better = entry.direction === null ? '' : entry.direction === 'minimize' ? ', lower is better' : ', higher is better';
  tooltip.appendMarkdown(`**${escapeMarkdown(entry.title)}**\n\n${[entry.host ?? '', entry.benchmarks.map((name) => benchmarkWords[name]).join(', ')].filter(Boolean).map(escapeMarkdown).join(': ')}`);
  tooltip.appendMarkdown(`\n\n${escapeMarkdown(entry.metricLabel)}${better}. ${size === '' ? 'Size of the download unknown.' : `Download: ${escapeMarkdown(size)}.`}`);
  tooltip.appendMarkdown(here ? '\n\nIt is imported.' : '\n\nIts data is not here: the page says what is needed to get it.');
  item.tooltip = tooltip;
  item.accessibilityInformation = { label: `${entry.title}, in the catalogue: ${item.description}` };
  const command: CommandId = 'podium.browseCatalogue';
  item.command = { command, title: 'Open Catalogue Page', arguments: [entry.id] };
  return item;
}
