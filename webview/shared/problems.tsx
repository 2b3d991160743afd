import type { ComponentChildren, VNode } from 'preact';
import type { Problem } from '../../src/protocol/submission';
import { ActionLink, Icon } from '../components/basics';

/** At most this many examples are shown of each problem. */
const shown = 5;

/** Text with the parts in double quotes made bold, as `Column "species"`. */
function named(message: string): ComponentChildren {
  return message.split(/"([^"]+)"/).map((part, index) => (index % 2 === 1 ? <b key={index}>{part}</b> : part));
}

function ProblemRow(props: {
  readonly problem: Problem;
  readonly severity: 'error' | 'warning';
  readonly onLine?: (line: number) => void;
  readonly children?: ComponentChildren;
}): VNode {
  const { problem, onLine } = props;
  const { line } = problem;
  const more = problem.examples.length > shown || problem.count > problem.examples.length;
  return (
    <tr>
      <td class="problem-mark">
        <Icon name={props.severity} class={props.severity === 'error' ? 'failed-mark' : 'warning-mark'} label={props.severity} />
      </td>
      <td>
        <span class="problem-text">{named(problem.message)}</span>
        {problem.examples.length > 0 ? (
          <small class="muted">
            {problem.examples.slice(0, shown).map((example) => `“${example}”`).join(', ')}
            {more ? ' …' : ''}
          </small>
        ) : null}
        {props.children ?? (problem.fix ? <small>{problem.fix}</small> : null)}
      </td>
      <td class="num">{line === undefined ? '–' : onLine ? <ActionLink label={`Open at line ${line}`} onPress={() => onLine(line)}>{line.toLocaleString('en-US')}</ActionLink> : line.toLocaleString('en-US')}</td>
      <td class="num">{problem.count.toLocaleString('en-US')}</td>
    </tr>
  );
}

/** Every reason why a submission was not graded, with its place, its extent and what helps. */
export function Problems(props: {
  readonly errors: readonly Problem[];
  readonly warnings: readonly Problem[];
  readonly onLine?: (line: number) => void;
  /** What stands under a problem in place of its advice; null for the advice. */
  readonly fixFor?: (problem: Problem) => VNode | null;
}): VNode {
  const row = (severity: 'error' | 'warning') => (problem: Problem, index: number): VNode => {
    const fix = props.fixFor?.(problem);
    return (
      <ProblemRow key={`${severity}${index}`} problem={problem} severity={severity} {...(props.onLine ? { onLine: props.onLine } : {})}>
        {fix ?? undefined}
      </ProblemRow>
    );
  };
  return (
    <table class="problems">
      <thead>
        <tr>
          <th>
            <span class="spoken">Kind</span>
          </th>
          <th>Problem</th>
          <th class="num">Line</th>
          <th class="num">Rows</th>
        </tr>
      </thead>
      <tbody>
        {props.errors.map(row('error'))}
        {props.warnings.map(row('warning'))}
      </tbody>
    </table>
  );
}

/** The first line that is wrong, errors before warnings. */
export function firstLine(errors: readonly Problem[], warnings: readonly Problem[]): number | undefined {
  return [...errors, ...warnings].find((problem) => problem.line !== undefined)?.line;
}
