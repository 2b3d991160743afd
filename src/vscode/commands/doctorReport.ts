import type { Check } from '../../node/doctor/runtimeChecks';
import { escapeMarkdown } from '../views/format';

const marks = { ok: '✓&nbsp;Fine', warn: '!&nbsp;Note', fail: '✗&nbsp;Problem' } as const;
const order = { fail: 0, warn: 1, ok: 2 } as const;

/** The report, worst first, as Markdown. */
export function doctorReport(checks: readonly Check[]): string {
  const bad = checks.filter((check) => check.state === 'fail').length;
  const head = bad > 0 ? `${bad === 1 ? 'One thing keeps' : `${bad} things keep`} runs from starting.` : 'Runs can be started.';
  const worstFirst = [...checks].sort((a, b) => order[a.state] - order[b.state]);
  return `# Podium Doctor\n\n${head}\n\n${checkTable(worstFirst)}\n\nSettings: \`podium.runtime\`, \`podium.docker.host\`, \`podium.python\`. The command *Podium: Open Doctor* looks again.\n`;
}

/** Checks in their order, as a Markdown table. */
export function checkTable(checks: readonly Check[]): string {
  const rows = checks.map((check) => `| ${marks[check.state]} | ${sentence(check.title)} | ${sentence(check.detail)} | ${sentence(check.nextStep ?? '')} |`);
  return `| | Looked at | Found | What to do |\n|---|---|---|---|\n${rows.join('\n')}`;
}

/** Text with `commands` in backticks: those stay code, everything else loses its meaning. */
function sentence(text: string): string {
  return text
    .split(/(`[^`|\n]+`)/)
    .map((part) => (/^`[^`|\n]+`$/.test(part) ? part : escapeMarkdown(part)))
    .join('');
}
