import { scaleLinear } from 'd3-scale';
import type { VNode } from 'preact';
import { gapOfRun, methodCost } from '../../src/protocol/panel';
import type { AttemptView, Direction, RunView, Score } from '../../src/protocol/panel';
import { ActionLink, Button } from '../components/basics';
import { counted, decimalsFor, formatChange, formatError, formatScore, isBetter, ordinal } from '../shared/format';
import { gradedCallsWords } from './messages';
import type { PanelCommand } from './header';
import { hasEnded } from './model';
import { stateWords } from './strip';
import { scoreNames, type ScoreNames } from '../shared/scoreNames';
import { gapOf, standingAmong } from '../shared/standing';

type Revealed = AttemptView & { public: Score; private: Score };

/** Attempts with both scores, best public first. */
export function revealed(run: RunView, most: number): Revealed[] {
  return run.attempts
    .filter((attempt) => isRevealed(attempt))
    .filter((attempt) => attempt.operator !== 'baseline')
    .sort((a, b) => (isBetter(a.public.score, b.public.score, run.competition.direction) ? -1 : 1))
    .slice(0, most);
}

function Dumbbells({ rows, direction, decimals, names }: { readonly rows: readonly Revealed[]; readonly direction: Direction; readonly decimals: number; readonly names: ScoreNames }): VNode {
  const values = rows.flatMap((row) => [row.public.score, row.private.score]);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const pad = high > low ? 0 : Math.abs(high) * 0.01 || 1;
  const x = scaleLinear([low - pad, high + pad], [8, 192]).nice(2);
  const tickText = x.tickFormat(2, 'f');
  return (
    <table class="dumbbells">
      <thead>
        <tr>
          <th>Attempt</th>
          <th class="dumbbell-cell">
            <span class="key" aria-hidden="true">
              <span>
                <svg width="10" height="12">
                  <circle class="f-public" cx="5" cy="6" r="3.5" />
                </svg>
                {names.told}
              </span>
              <span>
                <svg width="10" height="12">
                  <path class="f-private" d="M5 1.500l4.500 4.500l-4.500 4.500l-4.500-4.500z" />
                </svg>
                {names.kept}
              </span>
            </span>
          </th>
          <th class="num">{names.told}</th>
          <th class="num">{names.kept}</th>
          <th class="num">Gap</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.id}>
            <td>
              #{row.id} <span class="muted">{row.operator}</span>
            </td>
            <td class="dumbbell-cell">
              <svg width="200" height="16" viewBox="0 0 200 16" aria-hidden="true">
                <path class="s-grid" d="M8 8H192" />
                <path class="s-axis" d={`M${x(row.private.score)} 8H${x(row.public.score)}`} />
                <circle class="f-public" cx={x(row.public.score)} cy="8" r="3.5" />
                <path class="f-private" d={`M${x(row.private.score)} 3.500l4.500 4.500l-4.500 4.500l-4.500-4.500z`} />
              </svg>
            </td>
            <td class="num">{formatScore(row.public.score, decimals)}</td>
            <td class="num">{formatScore(row.private.score, decimals)}</td>
            <td class="num">{formatChange(gapOf(row.public, row.private, direction).value, decimals)}</td>
          </tr>
        ))}
        <tr aria-hidden="true">
          <td />
          <td class="dumbbell-cell">
            <svg width="200" height="16" viewBox="0 0 200 16">
              {x.ticks(2).map((tick) => (
                <text key={tick} x={x(tick)} y="12" text-anchor="middle">
                  {tickText(tick)}
                </text>
              ))}
            </svg>
          </td>
          <td colSpan={3} />
        </tr>
      </tbody>
    </table>
  );
}

function isRevealed(attempt: AttemptView | undefined): attempt is Revealed {
  return attempt !== undefined && attempt.public !== null && attempt.private !== null;
}

/** The final choice of an ended run, or the best where none was made; null until its private score is known. */
export function chosenOf(run: RunView): Revealed | null {
  const id = run.selected?.attempt ?? run.best?.attempt;
  const attempt = hasEnded(run) ? run.attempts.find((one) => one.id === id) : undefined;
  return isRevealed(attempt) ? attempt : null;
}

function decimalsOf(rows: readonly Revealed[]): number {
  return decimalsFor(rows.flatMap((row) => [row.public.score, row.private.score]));
}

/** In place of the strip of a running one: how the final choice held up on the private rows. */
export function ResultStrip(props: { readonly run: RunView; readonly chosen: Revealed; readonly onSelect: (id: number) => void }): VNode {
  const { run, chosen } = props;
  const decimals = decimalsOf([...revealed(run, 3), chosen]);
  const state = stateWords(run, run.elapsed);
  const gap = gapOf(chosen.public, chosen.private, run.competition.direction);
  const place = (rows: 'public' | 'private'): string => {
    const standing = standingAmong(run, rows, chosen[rows]);
    return standing ? `${ordinal(standing.place)} of ${standing.of}` : '';
  };
  const names = scoreNames(run.competition);
  const doubt = gap.withinNoise === null ? '' : gap.withinNoise ? 'less than one standard error' : 'more than one standard error';
  const { used, limit } = run.budget.gradedCalls;
  const score = (name: string, rows: 'public' | 'private', extra?: VNode): VNode => (
    <div class="number">
      <div class="k">{name}</div>
      <div class="v big">
        <b>{formatScore(chosen[rows].score, decimals)}</b>
        <span class="muted">{formatError(chosen[rows].se, decimals)}</span>
        {extra}
      </div>
      <div class="s">{place(rows)}</div>
    </div>
  );
  return (
    <section class="strip result" aria-label="Result" data-region tabIndex={-1}>
      <div class="state">
        <div class="k">State</div>
        <div class="v">
          {state.icon}
          <b>{state.title}</b>
        </div>
        <div class="s" title={state.text}>
          {state.text}
        </div>
      </div>
      {score(
        names.told,
        'public',
        <ActionLink label={`Final attempt, ${chosen.id}`} onPress={() => props.onSelect(chosen.id)}>{`#${chosen.id}`}</ActionLink>,
      )}
      {score(names.kept, 'private')}
      {run.competition.tested ? (
        <GapClosed run={run} />
      ) : (
        <div class="number">
          <div class="k">Gap</div>
          <div class="v big">
            <b>{formatChange(gap.value, decimals)}</b>
          </div>
          <div class="s">{doubt}</div>
        </div>
      )}
      <div class="calls">
        <div class="k">{names.calls}</div>
        <div class="v">
          <b>{used}</b>
          {limit === null ? null : <span class="muted">of {limit}</span>}
        </div>
        <div class="s">{counted(run.attempts.length, 'attempt')}</div>
      </div>
    </section>
  );
}

const gapTitle = '100 · (test − baseline) / (human − baseline), on the hidden test';
const signed = (percent: number): string => `${percent >= 0 ? '+' : '−'}${Math.abs(percent).toFixed(0)} %`;

/** What the hidden test came to, and what the method costs against the baseline's. */
function testWords(run: RunView): string {
  const cost = methodCost(run);
  const costs = cost ? [cost.relativeSeconds === null ? '' : `run time ${signed(cost.relativeSeconds)}`, cost.relativeStatements === null ? '' : `code size ${signed(cost.relativeStatements)}`].filter(Boolean) : [];
  return [run.test?.message ?? '', costs.length > 0 ? `Against the baseline: ${costs.join(', ')}.` : ''].filter(Boolean).join(' ');
}

/** How much of the way from baseline to human the chosen attempt went. */
function GapClosed({ run }: { readonly run: RunView }): VNode {
  const gap = gapOfRun(run);
  const { reference } = run.competition;
  return (
    <div class="number" title={gapTitle}>
      <div class="k">Gap closed</div>
      <div class="v big">
        <b>{gap?.ok ? `${gap.percent.toFixed(1)} %` : 'none'}</b>
      </div>
      <div class="s">{reference ? `from ${formatScore(reference.baseline)} to ${formatScore(reference.human)}` : 'no human score is known'}</div>
    </div>
  );
}

function finalWords(run: RunView, chosen: number | null): string {
  if (chosen === null) return 'No attempt made a valid submission.';
  const why = run.selected?.why.replace(/\.$/, '').replace(/^[A-Z](?=[a-z]|\s)/, (first) => first.toLowerCase());
  return `${run.competition.selfScored || run.competition.tested ? 'Final attempt' : 'Final file'}: #${chosen}${why ? `, ${why}` : ''}.`;
}

/** After the end: how the best public scores held up on the private rows, and what was handed in. */
export function Ended(props: { readonly run: RunView; readonly onCommand: (command: PanelCommand) => void }): VNode {
  const { run } = props;
  const rows = revealed(run, 3);
  const chosen = run.selected?.attempt ?? run.best?.attempt ?? null;
  return (
    <section class="pane ended" aria-label="Final file" data-region tabIndex={-1}>
      {rows.length > 0 ? <Dumbbells rows={rows} direction={run.competition.direction} decimals={decimalsOf(rows)} names={scoreNames(run.competition)} /> : null}
      <div class="final">
        <p>
          {finalWords(run, chosen)} {run.competition.selfScored || run.competition.tested ? testWords(run) : gradedCallsWords(run)}
        </p>
        <div class="actions">
          {chosen === null || run.competition.selfScored || run.competition.tested ? null : <Button label="Open submission.csv" icon="file" onPress={() => props.onCommand('openSubmission')} />}
          <Button label="Show log" onPress={() => props.onCommand('showLog')} />
        </div>
      </div>
    </section>
  );
}
