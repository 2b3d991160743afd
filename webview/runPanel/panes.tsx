import type { RefObject, VNode } from 'preact';
import { useEffect, useMemo } from 'preact/hooks';
import type { AttemptView, FromRunPanel, RunView } from '../../src/protocol/panel';
import { counted } from '../shared/format';
import type { Host } from '../shared/host';
import { Leaderboard } from '../shared/leaderboard';
import { entryWords } from '../shared/standing';
import { targetsOf } from './detail/compare';
import { Detail } from './detail/detail';
import { kaggleWords } from './kaggle';
import { Instruct, takesInstructions } from './instruct';
import type { PanelState } from './model';
import type { Save, Saved } from './saved';
import { Steps } from './steps';

/**
 * The panes under the attempts. Neither the pointer nor the clock changes them: their elements are
 * made once, and skipped while what they show is the same.
 */

interface PaneProps {
  readonly host: Pick<Host<never, FromRunPanel>, 'post'>;
  readonly run: RunView;
  readonly saved: Saved;
  readonly save: Save;
  readonly onSelect: (id: number) => void;
  readonly onOpen: (id: number, path?: string, line?: number) => void;
}

/** Whether a section is folded, and how to turn that round. */
export function foldingOf(saved: Saved, save: Save): (name: string) => { folded: boolean; onFold: () => void } {
  return (name) => ({
    folded: saved.folded.includes(name),
    onFold: () => save({ folded: saved.folded.includes(name) ? saved.folded.filter((other) => other !== name) : [...saved.folded, name] }),
  });
}

/** Asks for the files of the attempt that the shown one is compared with. */
function useOtherFiles(host: PaneProps['host'], id: number | undefined, known: boolean): void {
  useEffect(() => {
    if (id !== undefined && !known) host.post({ type: 'readAttempt', id });
  }, [host, id, known]);
}

/** The shown attempt: plan, what changed, code, log. */
export function DetailPane(
  props: PaneProps & {
    readonly attempt: AttemptView | null;
    readonly details: PanelState['details'];
    readonly output: string;
    readonly heading: RefObject<HTMLElement | null>;
  },
): VNode {
  const { run, saved, save, attempt, output } = props;
  const selected = attempt?.id ?? null;
  const best = run.best?.attempt ?? null;
  const baseline = useMemo(() => run.attempts.find((one) => one.operator === 'baseline')?.id ?? null, [run.attempts]);
  const targets = useMemo(() => targetsOf({ best, baseline }, attempt), [best, baseline, attempt]);
  const target = targets.find((one) => one.against === saved.against) ?? targets[0];
  // The host sends the parent's text along with the attempt's own.
  const wanted = target && target.against !== 'parent' ? target.attempt : undefined;
  const other = wanted === undefined ? undefined : props.details.get(wanted);
  useOtherFiles(props.host, wanted, other !== undefined);
  const detail = props.details.get(selected ?? 0);
  const kaggle = kaggleWords(run, selected ?? 0);
  return useMemo(
    () => (
      <Detail
        attempt={attempt}
        detail={detail}
        kaggle={kaggle}
        output={output}
        tab={saved.tab}
        targets={targets}
        other={other}
        against={target?.against ?? 'parent'}
        heading={props.heading}
        {...foldingOf(saved, save)('detail')}
        onTab={(tab) => save({ tab, selected })}
        onAgainst={(against) => save({ against, selected })}
        onSelect={props.onSelect}
        onOpen={props.onOpen}
      />
    ),
    [attempt, detail, kaggle, output, saved.tab, saved.folded, targets, other, target],
  );
}

/** Steps, words to the agent, and the leaderboard. */
export function SidePanes(props: PaneProps & { readonly answers: boolean; readonly field: RefObject<HTMLInputElement | null> }): VNode {
  const { run, saved, save } = props;
  const { board, boardOf, direction } = run.competition;
  const name = run.best ? `This run, #${run.best.attempt}` : '';
  const score = run.best?.public.score ?? null;
  const steps = useMemo(
    () => <Steps steps={run.steps} {...foldingOf(saved, save)('steps')} onSelect={props.onSelect} onOpen={props.onOpen} onLog={(id) => save({ selected: id, tab: 'log' })} />,
    [run.steps, saved.folded],
  );
  const leaderboard = useMemo(
    () => <Leaderboard board={board} direction={direction} own={score === null ? null : { name, score }} note={counted(board.length, entryWords[boardOf])} {...foldingOf(saved, save)('leaderboard')} />,
    [board, direction, name, score, saved.folded],
  );
  return (
    <div class="side">
      {steps}
      {takesInstructions(run) && props.answers ? <Instruct field={props.field} onSend={(text) => props.host.post({ type: 'instruct', text })} /> : null}
      {leaderboard}
    </div>
  );
}
