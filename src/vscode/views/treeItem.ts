import * as vscode from 'vscode';
import type { Row } from './runRows';

/** The native row of a `Row`: stable id, icon with colour, spoken text. */
export function treeItem(row: Row, state: vscode.TreeItemCollapsibleState): vscode.TreeItem {
  const item = new vscode.TreeItem(row.label, state);
  item.id = row.id;
  item.description = row.description;
  item.contextValue = row.context;
  item.iconPath = new vscode.ThemeIcon(row.icon, row.colour ? new vscode.ThemeColor(row.colour) : undefined);
  item.accessibilityInformation = { label: row.spoken };
  return item;
}

/** A row that explains why there is nothing, with the command that helps. */
export function reasonItem(id: string, label: string, icon: string, command?: vscode.Command): vscode.TreeItem {
  const item = new vscode.TreeItem(label, vscode.TreeItemCollapsibleState.None);
  item.id = id;
  item.iconPath = new vscode.ThemeIcon(icon);
  item.command = command;
  item.contextValue = 'reason';
  return item;
}
