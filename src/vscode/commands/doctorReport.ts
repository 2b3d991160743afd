import type { RuntimeStatus } from '../../core/runtime/runtime';
import { escapeMarkdown } from '../views/format';

/** One thing that Doctor looked at. */
export interface Check {
  readonly name: string;
  readonly state: 'good' | 'note' | 'bad';
  readonly found: string;
  readonly fix?: string;
}

const marks = { good: '✓', note: '!', bad: '✗' } as const;

/** A runtime's answer as a check; `needed` when no other runtime can take its place. */
export function runtimeCheck(name: string, status: RuntimeStatus, needed: boolean): Check {
  if (status.available && status.reason !== 'not_isolated') return { name, state: 'good', found: status.detail };
  return { name, state: status.available || !needed ? 'note' : 'bad', found: status.detail, fix: status.nextStep };
}

/** The report, worst first, as Markdown. */
export function doctorReport(checks: readonly Check[]): string {
  const order = { bad: 0, note: 1, good: 2 } as const;
  const bad = checks.filter((check) => check.state === 'bad').length;
  const head = bad > 0 ? `${bad === 1 ? 'One thing keeps' : `${bad} things keep`} runs from starting.` : 'Runs can be started.';
  const rows = [...checks]
    .sort((a, b) => order[a.state] - order[b.state])
    .map((check) => `| ${marks[check.state]} | ${escapeMarkdown(check.name)} | ${escapeMarkdown(check.found)} | ${escapeMarkdown(check.fix ?? '')} |`);
  return `# Podium Doctor\n\n${head}\n\n| | Looked at | Found | What to do |\n|---|---|---|---|\n${rows.join('\n')}\n\nSettings: \`podium.runtime\`, \`podium.docker.host\`, \`podium.python\`. Command: *Podium: Open Doctor* looks again.\n`;
}
