import type { Problem } from '../../core/grading/result';
import { count, escapeMarkdown } from '../views/format';

const shownExamples = 5;

/** "submission.csv was not graded: 3 errors, 1 warning". */
export function problemHeadline(file: string, errors: readonly Problem[], warnings: readonly Problem[]): string {
  const counts = [...(errors.length > 0 ? [count(errors.length, 'error')] : []), ...(warnings.length > 0 ? [count(warnings.length, 'warning')] : [])].join(', ');
  return errors.length > 0 ? `${file} was not graded: ${counts}` : `${file}: ${counts}`;
}

/** What is wrong with a submission, every reason at once, as Markdown: what, where, how often, and what to do. */
export function problemReport(file: string, errors: readonly Problem[], warnings: readonly Problem[]): string {
  const call = errors.length > 0 ? '\n\nNo graded call was used.' : '';
  const rows = [...errors.map((problem) => row('✗ Error', problem)), ...warnings.map((problem) => row('! Warning', problem))];
  return `# ${escapeMarkdown(problemHeadline(file, errors, warnings))}${call}\n\n| | Problem | Line | Rows |\n|---|---|--:|--:|\n${rows.join('\n')}\n`;
}

function row(kind: string, problem: Problem): string {
  const examples = problem.examples.slice(0, shownExamples).map((text) => `“${escapeMarkdown(text)}”`);
  if (problem.examples.length > shownExamples || problem.count > problem.examples.length) examples.push('…');
  const parts = [`**${escapeMarkdown(problem.message)}**`, ...(problem.examples.length > 0 ? [examples.join(', ')] : []), ...(problem.fix ? [`*${escapeMarkdown(problem.fix)}*`] : [])];
  return `| ${kind} | ${parts.join('<br>')} | ${problem.line ?? '–'} | ${problem.count} |`;
}
