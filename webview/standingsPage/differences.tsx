import type { VNode } from 'preact';
import type { StandingsDifference } from '../../src/protocol/standings';
import { decimalsFor, formatChange } from '../shared/format';
import { axisOf, IntervalPlot, valuesOf } from './intervals';

const verdictWords = { clear: 'beyond noise', noise: 'within noise', few: 'too few to tell' } as const;

/** Which is better, by how much, and whether that is more than luck. The better one is named first. */
function turned(one: StandingsDifference): StandingsDifference {
  if (one.difference.mean >= 0) return one;
  const { n, mean, sem, interval } = one.difference;
  return { ...one, a: one.b, b: one.a, difference: { n, mean: -mean, sem, interval: [-interval[1], -interval[0]] } };
}

/** @param props.below it stands under the heading of a section */
export function Differences({ differences, id, below }: { readonly differences: readonly StandingsDifference[]; readonly id: string; readonly below: boolean }): VNode | null {
  if (differences.length === 0) return null;
  const rows = differences.map(turned);
  const decimals = decimalsFor(rows.map((row) => row.difference.mean));
  const axis = axisOf(rows.flatMap((row) => valuesOf(row.difference)), true);
  return (
    <section aria-labelledby={id}>
      {below ? <h3 id={id}>Differences</h3> : <h2 id={id}>Differences</h2>}
      <div class="table-frame" tabIndex={0} role="region" aria-label="Differences between players">
        <table class="differences">
          <thead>
            <tr>
              <th scope="col" class="c-name">
                Better
              </th>
              <th scope="col" class="c-name">
                Than
              </th>
              <th scope="col" class="num">By</th>
              <th scope="col" class="c-interval" title="Bar: mean ± 1.96 standard errors; the line is no difference">
                95 % interval
              </th>
              <th scope="col" class="c-compared">
                Compared
              </th>
              <th scope="col">Verdict</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ a, b, paired, difference, verdict }) => (
              <tr key={`${a} ${b}`} class={verdict === 'clear' ? 'clear' : ''}>
                <th scope="row" class="c-name" title={a}>
                  {a}
                </th>
                <td class="c-name" title={b}>
                  {b}
                </td>
                <td class="num">{formatChange(difference.mean, decimals)}</td>
                <td class="c-interval">
                  <span class="interval-cell">
                    {axis ? <IntervalPlot spread={difference} axis={axis} zero hollow={verdict !== 'clear'} /> : null}
                    {difference.n > 1 ? <small class="muted digits ends">{difference.interval.map((end) => formatChange(end, decimals)).join(' to ')}</small> : null}
                  </span>
                </td>
                <td class="c-compared">{paired ? `${difference.n} equal ${difference.n === 1 ? 'seed' : 'seeds'}` : 'means, no equal seeds'}</td>
                <td class={verdict === 'clear' ? '' : 'muted'}>{verdictWords[verdict]}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
