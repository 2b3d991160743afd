import type { VNode } from 'preact';
import type { BoardKind, RunView } from '../../src/protocol/panel';
import { ActionLink, Icon, ProgressRing } from '../components/basics';
import { Meter } from '../components/parts';
import { decimalsFor, formatChange, formatError, formatScore, formatTime, ordinal } from '../shared/format';
import { spendGauges } from './meters';
import { hasEnded } from './model';
import { entryWords, type Standing } from '../shared/standing';
import { scoreNames } from '../shared/scoreNames';

interface StateWords {
  readonly icon: VNode;
  readonly title: string;
  readonly text: string;
}

/** `The run ends: The attempts are used up. Chosen: attempt 2.` → the reason alone; the choice has its own place. */
function endWords(text: string): string {
  return text.replace(/^The run ends: /, '').replace(/ Chosen: .*$/, '');
}

/** What the run does, or what it waits for. */
export function stateWords(run: RunView, elapsed: number): StateWords {
  const at = formatTime(elapsed);
  const current = run.attempts.filter((attempt) => attempt.status === 'running').at(-1);
  switch (run.status) {
    case 'starting':
      return { icon: <ProgressRing />, title: 'Starting', text: run.statusText };
    case 'running':
      if (run.agent === 'human' && !current && run.steps.every((step) => step.status !== null)) return { icon: <Icon name="person" />, title: 'Your turn', text: run.statusText || 'run a file of the bench' };
      return {
        icon: <ProgressRing />,
        title: current ? `Running #${current.id}` : 'Running',
        text: current ? [current.operator, current.activity].filter(Boolean).join(', ') : run.statusText,
      };
    case 'paused':
      return { icon: <Icon name="debug-pause" />, title: `Paused at ${at}`, text: run.statusText };
    case 'waiting':
      if (run.approval) return { icon: <Icon name="debug-pause" />, title: `Paused at ${at}`, text: 'waits for approval' };
      return { icon: <Icon name="bell" class="warning-mark" />, title: 'Waits for you', text: run.statusText };
    case 'finished':
      return { icon: <Icon name="pass" class="passed-mark" />, title: `Ended at ${at}`, text: endWords(run.statusText) };
    case 'stopped':
      return { icon: <Icon name="primitive-square" />, title: `Stopped at ${at}`, text: run.statusText };
    case 'failed':
      return { icon: <Icon name="error" class="failed-mark" />, title: `Failed at ${at}`, text: run.statusText };
    case 'interrupted':
      return { icon: <Icon name="debug-disconnect" class="warning-mark" />, title: `Interrupted at ${at}`, text: run.statusText };
  }
}

function Gauge(props: { readonly name: string; readonly value: string; readonly used: number; readonly limit?: number; readonly limitText: string; readonly note?: string; readonly quiet: boolean }): VNode {
  return (
    <div>
      <div class="k">{props.name}</div>
      <div class="v">
        <b>{props.value}</b>
        {props.limit === undefined ? null : <span class="muted">of {props.limitText}</span>}
        {props.note ? <span class="muted small">{props.note}</span> : null}
      </div>
      {props.limit === undefined ? null : <Meter label={props.name} used={props.used} limit={props.limit} quiet={props.quiet} />}
    </div>
  );
}

function BestLine({ standing, decimals, boardOf }: { readonly standing: Standing; readonly decimals: number; readonly boardOf: BoardKind }): VNode {
  const { next } = standing;
  return (
    <>
      {ordinal(standing.place)} of {standing.of}
      {next ? (
        <>
          , <span class="full-strength">{formatChange(next.distance, decimals)}</span> to {ordinal(next.place)}
          {next.withinNoise ? ', within noise' : ''}
        </>
      ) : (
        `, above every ${entryWords[boardOf]}`
      )}
    </>
  );
}

/** State, best score and what is left, in that order. */
export function Strip(props: {
  readonly run: RunView;
  readonly elapsed: number;
  /** The numbers are old: the run does not answer. */
  readonly asOf: string | null;
  readonly standing: Standing | null;
  readonly onSelect: (id: number) => void;
}): VNode {
  const { run, elapsed } = props;
  const words = stateWords(run, elapsed);
  const best = run.best;
  const decimals = decimalsFor([best?.public.score]);
  const quiet = hasEnded(run);
  const names = scoreNames(run.competition);
  const { seconds, attempts, gradedCalls } = run.budget;
  const spent = spendGauges(run);
  return (
    <section class={`strip${['', ' five', ' six', ' seven'][spent.length + (attempts ? 1 : 0)] ?? ''}`} aria-label="State, score and budget" data-region tabIndex={-1}>
      <div class="state">
        <div class="k">State</div>
        <div class="v">
          {words.icon}
          <b>{words.title}</b>
        </div>
        <div class="s" title={words.text}>
          {words.text}
        </div>
      </div>
      <div class="best">
        <div class="k">{names.best}</div>
        <div class="v">
          {best ? (
            <>
              <b>{formatScore(best.public.score, decimals)}</b>
              <span class="muted">{formatError(best.public.se, decimals)}</span>
              <span class="best-link">
                <Icon name="star-full" class="star" />
                <ActionLink label={`Best attempt, ${best.attempt}`} onPress={() => props.onSelect(best.attempt)}>
                  {`#${best.attempt}`}
                </ActionLink>
              </span>
            </>
          ) : (
            <span class="muted none-yet">none yet</span>
          )}
        </div>
        <div class="s">{props.standing ? <BestLine boardOf={run.competition.boardOf} standing={props.standing} decimals={decimals} /> : null}</div>
      </div>
      <Gauge
        name="Time"
        quiet={quiet}
        value={formatTime(elapsed)}
        used={elapsed}
        limitText={formatTime(seconds?.limit)}
        {...(seconds ? { limit: seconds.limit } : {})}
        {...(props.asOf ? { note: props.asOf } : {})}
      />
      {spent.map((gauge) => (
        <Gauge key={gauge.name} quiet={quiet} {...gauge} />
      ))}
      {attempts ? (
        <Gauge quiet={quiet} name="Attempts" value={String(attempts.used)} used={attempts.used} limit={attempts.limit} limitText={String(attempts.limit)} />
      ) : null}
      <Gauge quiet={quiet} name={names.calls} value={String(gradedCalls.used)} used={gradedCalls.used} limit={gradedCalls.limit ?? undefined} limitText={String(gradedCalls.limit)} />
    </section>
  );
}
