import type { Operator } from '../../src/protocol/panel';

/** Codicon of each operator; the word stands beside it or is its name. */
const icons: Record<Operator, string> = {
  baseline: 'dash',
  draft: 'edit',
  debug: 'bug',
  improve: 'graph-line',
  ablate: 'beaker',
  refine: 'target',
  tune: 'settings',
  crossover: 'type-hierarchy',
  blend: 'git-merge',
  verify: 'shield',
  backtrack: 'discard',
  human: 'person',
  external: 'plug',
};

export function operatorIcon(operator: Operator): string {
  return icons[operator];
}

/** Codicon of an action of the table; unknown ones (of a newer program) get a neutral mark. */
export function actionIcon(action: string): string {
  if (/^(write|edit|insert|delete)_/.test(action)) return 'edit';
  if (/^run_/.test(action)) return 'play';
  if (/^(read|list|search)_|_info$|_preview$|^history$/.test(action)) return 'eye';
  const others: Record<string, string> = {
    validate: 'check',
    submit: 'cloud-upload',
    shell: 'terminal',
    note: 'note',
    restart_kernel: 'debug-restart',
    reset: 'git-branch',
    checkpoint: 'save',
    undo: 'discard',
    finish: 'pass',
  };
  return others[action] ?? 'symbol-event';
}
