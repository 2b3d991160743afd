import * as vscode from 'vscode';
import { editorModelOf } from '../../core/agent/agentName';
import type { Check } from '../../node/doctor/runtimeChecks';
import type { StepEntry } from '../platform/quickSteps';
import type { AgentChoice } from './modelOfRun';

/** Tries whether a model answers as a run needs it. */
export class ModelTests {
  /** The checks, each told as soon as it is done. @throws CancelledError */
  async run({ agent, baseUrl, key }: AgentChoice & { readonly key: string | undefined }, signal: AbortSignal, onCheck?: (checks: readonly Check[]) => void): Promise<Check[]> {
    const { testConnection, testModel } = await import('../../node/models/testConnection');
    const options = { signal, ...(onCheck ? { onCheck } : {}) };
    const editor = editorModelOf(agent);
    if (editor) {
      const { EditorChatModel } = await import('./editorModel');
      return testModel(new EditorChatModel(editor), () => null, options);
    }
    return testConnection({ name: agent, baseUrl, key }, options);
  }
}

const icons = { ok: '$(pass)', warn: '$(warning)', fail: '$(error)' } as const;

/** Checks as rows of a quick pick, to be read. */
export function checkRows(checks: readonly Check[]): StepEntry<true>[] {
  const rows = checks.map((check) => ({ label: `${icons[check.state]} ${check.title}`, description: check.detail, detail: check.nextStep, alwaysShow: true, inert: true, value: true as const }));
  return [{ label: 'Result', kind: vscode.QuickPickItemKind.Separator }, ...rows];
}
