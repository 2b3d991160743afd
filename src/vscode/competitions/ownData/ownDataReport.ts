import type { OwnResult } from '../../../node/importers/own/importOwn';
import { escapeMarkdown } from '../../views/format';

const headings = { error: 'Scores cannot be trusted', warning: 'To look at', info: 'To know' } as const;

/** What an import of own data found, the serious first, as Markdown. */
export function ownDataReport(title: string, { competition, findings }: OwnResult): string {
  const sections = (['error', 'warning', 'info'] as const).flatMap((severity) => {
    const some = findings.filter((finding) => finding.severity === severity);
    return some.length === 0 ? [] : [`## ${headings[severity]}`, some.map(({ message, fix }) => `- ${escapeMarkdown(message)} *${escapeMarkdown(fix)}*`).join('\n')];
  });
  return [`# Import of ${escapeMarkdown(title)}`, `Folder: ${escapeMarkdown(competition)}`, ...(sections.length === 0 ? ['Nothing was found.'] : sections), ''].join('\n\n');
}
