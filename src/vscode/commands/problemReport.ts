import type { Problem } from '../../core/grading/result';
import { count, escapeMarkdown } from '../views/format';

/** What is wrong with a submission, every reason at once, as Markdown. */
export function problemReport(file: string, errors: readonly Problem[], warnings: readonly Problem[]): string {
  const counts = [count(errors.length, 'error'), ...(warnings.length > 0 ? [count(warnings.length, 'warning')] : [])].join(', ');
  const head = errors.length > 0 ? `# ${escapeMarkdown(file)} was not graded: ${counts}\n\nNo graded call was used.` : `# ${escapeMarkdown(file)}: ${counts}`;
  const rows = [...errors.map((problem) => row('Error', problem)), ...warnings.map((problem) => row('Warning', problem))];
  return `${head}\n\n| | Problem | Line | Rows | Examples |\n|---|---|--:|--:|---|\n${rows.join('\n')}\n`;
}

function row(kind: string, problem: Problem): string {
  const fix = problem.fix ? ` ${problem.fix}` : '';
  const examples = problem.examples.slice(0, 5).map(escapeMarkdown).join(', ');
  return `| ${kind} | ${escapeMarkdown(problem.message + fix)} | ${problem.line ?? ''} | ${problem.count} | ${examples} |`;
}
