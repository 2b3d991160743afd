import type { VNode } from 'preact';
import { Icon } from '../components/basics';
import { SectionHead } from '../components/parts';
import { directionWords } from './format';

interface MetricWords {
  readonly label: string;
  /** Null where it is not known. */
  readonly direction: 'maximize' | 'minimize' | null;
  readonly formula: string | null;
  readonly explanation: string;
  readonly range: string;
}

/** What the score is: formula, which way is better, and what it says. */
export function MetricPane({ metric }: { readonly metric: MetricWords }): VNode {
  const { label, direction, formula, explanation, range } = metric;
  const words = direction === null ? '' : directionWords(direction);
  return (
    <section class="pane" aria-label="Metric" data-region tabIndex={-1}>
      <SectionHead title="Metric" />
      <p class="formula">
        <span class="formula-name">{label}</span>
        {formula ? ` = ${formula}` : null}
      </p>
      {direction === null ? null : (
        <p class="direction">
          <Icon name={direction === 'maximize' ? 'arrow-up' : 'arrow-down'} />
          {`${words.charAt(0).toUpperCase()}${words.slice(1)}${range ? `, ${range}` : ''}.`}
        </p>
      )}
      <p class="muted">{explanation}</p>
    </section>
  );
}
