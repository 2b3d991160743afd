import { severityOrder, type Finding, type Health } from '../../core/competition/finding';
import { count, escapeMarkdown } from '../views/format';

const marks: Readonly<Record<Finding['severity'], string>> = { error: '✗&nbsp;Error', warning: '!&nbsp;Warning', info: 'i&nbsp;To&nbsp;know' };

/** "Palmer Penguins: nothing is wrong", or how much is. */
export function healthHeadline(title: string, { findings }: Health): string {
  const number = (severity: Finding['severity']): number => findings.filter((finding) => finding.severity === severity).length;
  const told = [...(number('error') > 0 ? [count(number('error'), 'error')] : []), ...(number('warning') > 0 ? [count(number('warning'), 'warning')] : [])];
  return `${title}: ${told.length > 0 ? told.join(', ') : 'nothing is wrong'}`;
}

/** What a check found, the most serious first, each with what to do, and what it passed, as Markdown. */
export function healthReport(title: string, folder: string, health: Health): string {
  const findings = [...health.findings].sort((a, b) => severityOrder.indexOf(a.severity) - severityOrder.indexOf(b.severity));
  const rows = [
    ...findings.map(({ severity, message, fix }) => `| ${marks[severity]} | ${escapeMarkdown(message)} | ${escapeMarkdown(fix)} |`),
    ...health.passed.map((text) => `| ✓&nbsp;Passed | ${escapeMarkdown(text)} | |`),
  ];
  const trust = findings.some(({ severity }) => severity === 'error') ? '\n\n**Scores of this competition cannot be trusted** before the errors are mended.' : '';
  return `# ${escapeMarkdown(healthHeadline(title, health))}${trust}\n\n| | Found | What to do |\n|---|---|---|\n${rows.join('\n')}\n\n${escapeMarkdown(folder)}\n`;
}
