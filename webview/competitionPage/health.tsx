import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import type { Finding, Health as HealthReport } from '../../src/protocol/panel';
import { ActionLink, Icon } from '../components/basics';
import { SectionHead } from '../components/parts';

const icons: Record<Finding['severity'], { icon: string; mark: string; spoken: string }> = {
  error: { icon: 'error', mark: 'failed-mark', spoken: 'Error' },
  warning: { icon: 'warning', mark: 'warning-mark', spoken: 'Warning' },
  info: { icon: 'info', mark: 'info-mark', spoken: 'To know' },
};
const order: readonly Finding['severity'][] = ['error', 'warning', 'info'];

/** What is wrong with the data or good to know about its scores, most serious first; what passed is folded. */
export function Health({ health }: { readonly health: HealthReport }): VNode {
  const [all, setAll] = useState(false);
  const { findings, passed } = health;
  const note = [`${passed.length} passed`, findings.length > 0 ? `${findings.length} to know` : ''].filter(Boolean).join(', ');
  const shown = all ? passed : passed.slice(0, 1);
  const hidden = passed.length - shown.length;
  return (
    <section class="pane health" aria-label="Health" data-region tabIndex={-1}>
      <SectionHead title="Health">
        <span class="muted small">{note}</span>
      </SectionHead>
      <ul class="findings">
        {[...findings]
          .sort((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity))
          .map((finding) => (
            <li key={`${finding.code} ${finding.message}`}>
              <Icon name={icons[finding.severity].icon} class={icons[finding.severity].mark} label={icons[finding.severity].spoken} />
              <div>
                {finding.message.replace(/\.$/, '')}
                <div class="muted small">{finding.fix}</div>
              </div>
            </li>
          ))}
        {shown.map((text) => (
          <li key={text}>
            <Icon name="pass" class="passed-mark" label="Passed" />
            <div>{text.replace(/\.$/, '')}</div>
          </li>
        ))}
      </ul>
      {hidden > 0 || (all && passed.length > 1) ? (
        <p class="more-passed">
          <ActionLink onPress={() => setAll(!all)}>{all ? 'Fewer' : `${hidden} more passed`}</ActionLink>
        </p>
      ) : null}
    </section>
  );
}
