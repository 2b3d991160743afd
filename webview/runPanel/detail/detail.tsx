import type { Ref, VNode } from 'preact';

import type { AttemptView, Milestone } from '../../../src/protocol/panel';
import { ActionLink, Button, Icon, IconButton } from '../../components/basics';
import { MessageBar, SectionHead } from '../../components/parts';
import { Tabs } from '../../components/tabs';
import type { TabItem } from '../../components/tabs';
import { counted, formatTime } from '../../shared/format';
import { firstLine, Problems } from '../../shared/problems';
import type { AttemptDetail } from '../model';
import { FailureBox } from '../failure';
import type { Against, Target } from './compare';
import { CodeBlock } from './codeView';
import { CostTab } from './costTab';
import { DiffTab } from './diffTab';
import { scriptsFirst } from './scriptsFirst';
import { detailTabs } from './tabs';
import type { DetailTab } from './tabs';


export interface DetailProps {
  readonly attempt: AttemptView | null;
  readonly detail: AttemptDetail | undefined;
  /** What Kaggle says of it. */
  readonly kaggle?: string;
  /** Output of its running job. */
  readonly output: string;
  readonly tab: DetailTab | null;
  /** Attempts that it may be compared with, the default first. */
  readonly targets: readonly Target[];
  /** Files of the one that it is compared with, once they are known. */
  readonly other: AttemptDetail | undefined;
  readonly against: Against;
  readonly onAgainst: (against: Against) => void;
  readonly folded: boolean;
  readonly heading: Ref<HTMLElement>;
  readonly onFold: () => void;
  readonly onTab: (tab: DetailTab) => void;
  readonly onSelect: (id: number) => void;
  readonly onOpen: (id: number, path?: string, line?: number) => void;
}

const milestoneWords: Record<Milestone['name'], string> = {
  parses: 'Code parses',
  imported: 'Libraries imported',
  data_loaded: 'Data loaded',
  features_built: 'Features built',
  model_defined: 'Model defined',
  training_started: 'Training started',
  fold_done: 'Fold done',
  trained: 'Model trained',
  validation_reported: 'Validation score reported',
  predicted: 'Test set predicted',
  submission_written: 'Submission written',
  submission_valid: 'Submission valid',
};

/** Tabs that have something to show. */
export function tabsFor(targets: readonly Target[], detail: AttemptDetail | undefined, output: string): DetailTab[] {
  const tabs: DetailTab[] = ['plan'];
  if (targets.length > 0 && detail && detail.files.length > 0) tabs.push('diff');
  if (detail && detail.files.length > 0) tabs.push('code');
  if ((detail && detail.log !== '') || output !== '') tabs.push('log');
  if (detail && detail.milestones.length > 0) tabs.push('milestones');
  if (detail?.cost) tabs.push('cost');
  return tabs;
}

function PlanTab({ attempt, props }: { readonly attempt: AttemptView; readonly props: DetailProps }): VNode {
  return (
    <div class="plan">
      {attempt.plan ? <p>{attempt.plan}</p> : null}
      {attempt.explanation ? <p>{attempt.explanation}</p> : null}
      {props.kaggle ? <p>{props.kaggle}</p> : null}
      {attempt.parents.length > 0 ? (
        <p class="muted">
          From{' '}
          {attempt.parents.map((id, index) => (
            <span key={id}>
              {index > 0 ? ', ' : ''}
              <ActionLink onPress={() => props.onSelect(id)}>{`#${id}`}</ActionLink>
            </span>
          ))}
        </p>
      ) : (
        <p class="muted">Started from no other attempt.</p>
      )}
      {attempt.error ? <FailureBox failure={attempt.error} onPlace={(file, line) => props.onOpen(attempt.id, file, line)} /> : null}
      {attempt.problems.length > 0 ? <InvalidFile attempt={attempt} onLine={(line) => props.onOpen(attempt.id, 'submission.csv', line)} /> : null}
    </div>
  );
}

/** Why the attempt's submission was not graded. The file is the attempt's own: what writes it is to be mended. */
function InvalidFile({ attempt, onLine }: { readonly attempt: AttemptView; readonly onLine: (line: number) => void }): VNode {
  const line = firstLine(attempt.problems, []);
  return (
    <div class="invalid-file">
      <MessageBar tone="error" icon="error" title={`submission.csv was not graded: ${counted(attempt.problems.length, 'problem')}`}>
        No graded call was used.
      </MessageBar>
      <Problems errors={attempt.problems} warnings={[]} onLine={onLine} />
      {line === undefined ? null : (
        <div class="actions">
          <Button label={`Open at line ${line}`} onPress={() => onLine(line)} />
        </div>
      )}
    </div>
  );
}

function MilestonesTab({ milestones }: { readonly milestones: readonly Milestone[] }): VNode {
  return (
    <ol class="milestones">
      {milestones.map((milestone, index) => (
        <li key={index}>
          <span class="digits muted">{formatTime(milestone.at)}</span>
          <Icon name="check" />
          <span>
            {milestoneWords[milestone.name]}
            {milestone.done !== undefined && milestone.of !== undefined ? ` (${milestone.done} of ${milestone.of})` : ''}
          </span>
        </li>
      ))}
    </ol>
  );
}

function tabContent(active: DetailTab, attempt: AttemptView, props: DetailProps): VNode {
  const detail = props.detail;
  if (active === 'diff' && detail) return <DiffTab attempt={attempt} detail={detail} other={props.other} targets={props.targets} against={props.against} onAgainst={props.onAgainst} />;
  if (active === 'cost' && detail?.cost) return <CostTab cost={detail.cost} />;
  if (active === 'code' && detail) {
    return (
      <div>
        {scriptsFirst(detail.files).map((file) => (
          <CodeBlock key={file.path} path={file.path} text={file.text} />
        ))}
      </div>
    );
  }
  if (active === 'log') {
    return (
      <pre class="log" tabIndex={0}>
        {attempt.status === 'running' && props.output ? props.output : (detail?.log ?? props.output)}
      </pre>
    );
  }
  if (active === 'milestones' && detail) return <MilestonesTab milestones={detail.milestones} />;
  return <PlanTab attempt={attempt} props={props} />;
}

/** One attempt: plan, what changed, code, log. */
export function Detail(props: DetailProps): VNode {
  const attempt = props.attempt;
  if (!attempt) {
    return (
      <section class="pane detail" aria-label="Attempt">
        <p class="muted">Select an attempt to see its plan, code and log.</p>
      </section>
    );
  }
  const available = tabsFor(props.targets, props.detail, props.output);
  const preferred: DetailTab = attempt.status === 'running' && available.includes('log') ? 'log' : available.includes('diff') && attempt.parents.length > 0 ? 'diff' : 'plan';
  const active = props.tab && available.includes(props.tab) ? props.tab : preferred;
  const labels: Record<DetailTab, string> = { plan: 'Plan', diff: 'Diff', code: 'Code', log: 'Log', milestones: 'Milestones', cost: 'Cost' };
  const items: TabItem[] = available.map((id) => ({ id, label: labels[id] }));
  return (
    <section class="pane detail" aria-label={`Attempt ${attempt.id}`} data-region tabIndex={-1} ref={props.heading}>
      <SectionHead title={`#${attempt.id} ${attempt.plan || attempt.operator}`} folded={props.folded} onFold={props.onFold}>
        <IconButton label={`Open the files of #${attempt.id}`} icon="link-external" onPress={() => props.onOpen(attempt.id)} />
      </SectionHead>
      {props.folded ? null : (
        <Tabs
          name="attempt"
          items={items}
          active={active}
          onActive={(id) => {
            const tab = detailTabs.find((name) => name === id);
            if (tab && tab !== active) props.onTab(tab);
          }}
        >
          {tabContent(active, attempt, props)}
        </Tabs>
      )}
    </section>
  );
}
