import type { MlrcImport } from '../../core/competition/import/mlrc';
import type { DefinitionReport, ImportFinding, ImportReport } from '../../core/competition/import/report';
import { count, escapeMarkdown } from '../views/format';

const marks = { error: '✗', warning: '!', info: 'i' } as const;
const severities = ['error', 'warning', 'info'] as const;

/** What an import did, for people: what failed first, then what is there with its findings, as Markdown. */
export function importReport(title: string, { definitions, summary, checkout }: ImportReport, cancelled: boolean): string {
  const failed = definitions.filter(({ status }) => status === 'failed');
  const imported = definitions.filter(({ status }) => status === 'imported');
  const waiting = definitions.filter(({ status }) => status === 'definition');
  const head = [
    `${count(summary.imported, 'competition')} imported`,
    ...(summary.failed > 0 ? [`${summary.failed} failed`] : []),
    ...(waiting.length > 0 ? [`${waiting.length} without data`] : []),
  ].join(', ');
  return [
    `# ${escapeMarkdown(title)}`,
    `${head}.${cancelled ? ' **It was cancelled**: what is listed as imported is complete.' : ''} Checkout: ${escapeMarkdown(checkout)}`,
    ...section('Failed', failed, (definition) => whyNot(definition)),
    ...section('Imported', imported, (definition) => `Graded ${definition.grading.used === 'python' ? 'by its own grader in Python, in a sandbox' : 'natively'}. Folder: ${escapeMarkdown(shortPath(definition.competition ?? ''))}`),
    ...section('Without data', waiting, ({ data }) => escapeMarkdown(data.how || 'Choose the folder with the prepared data.')),
    '',
  ].join('\n\n');
}

/** What an import from MLRC-Bench did, as Markdown. */
export function mlrcReport(title: string, { definitions, summary, checkout }: MlrcImport): string {
  const rows = definitions.map(({ id, title: name, phases, baseline, human, findings, competition, status }) => {
    const can = [phases.dev ? 'dev phase' : '', phases.test ? 'hidden test phase' : ''].filter(Boolean).join(', ') || 'nothing yet';
    const gap = baseline === null || human === null ? '' : `<br>Baseline ${baseline}, human ${human}`;
    return `| **${escapeMarkdown(name)}**<br>${escapeMarkdown(id)} | ${status === 'failed' ? 'Failed' : `${can}${gap}${competition === null ? '' : `<br>${escapeMarkdown(competition)}`}`} | ${findings.map((finding) => `${marks[finding.severity]}&nbsp;${sentence(finding)}`).join('<br>') || 'none'} |`;
  });
  return [`# ${escapeMarkdown(title)}`, `${count(summary.imported, 'task')} imported${summary.failed > 0 ? `, ${summary.failed} failed` : ''}. Checkout: ${escapeMarkdown(checkout)}`, `| Task | What it can do | Findings |\n|---|---|---|\n${rows.join('\n')}`, ''].join('\n\n');
}

function section(title: string, definitions: readonly DefinitionReport[], say: (definition: DefinitionReport) => string): string[] {
  if (definitions.length === 0) return [];
  const rows = definitions.map((definition) => `| **${escapeMarkdown(definition.title)}**<br>${escapeMarkdown(definition.id)} | ${say(definition)} | ${findingCells(definition)} |`);
  return [`## ${title}`, `| Competition | | Findings |\n|---|---|---|\n${rows.join('\n')}`];
}

/** The last two names of a path: the place that was chosen, and the folder in it. */
const shortPath = (path: string): string => path.split(/[\\/]/).slice(-2).join('/');

const whyNot = ({ findings }: DefinitionReport): string => findings.filter(({ severity }) => severity === 'error').map(sentence).join('<br>') || 'It could not be written.';

function findingCells({ findings, status }: DefinitionReport): string {
  const told = [...findings].filter(({ severity }) => status !== 'failed' || severity !== 'error').sort((a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity));
  return told.map((finding) => `${marks[finding.severity]}&nbsp;${sentence(finding)}`).join('<br>') || 'none';
}

const sentence = ({ message, fix }: ImportFinding): string => `${escapeMarkdown(message)}${fix ? ` *${escapeMarkdown(fix)}*` : ''}`;
