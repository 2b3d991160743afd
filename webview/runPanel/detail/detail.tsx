import type { Ref, VNode } from 'preact';

import type { AttemptView, Milestone } from '../../../src/protocol/panel';
import { ActionLink, Icon, IconButton } from '../../components/basics';
import { SectionHead } from '../../components/parts';
import { Tabs } from '../../components/tabs';
import type { TabItem } from '../../components/tabs';
import { counted, formatTime } from '../../shared/format';
import type { AttemptDetail } from '../model';
import { FailureBox } from '../failure';
import { CodeBlock, DiffBlock } from './codeView';

export const detailTabs = ['plan', 'diff', 'code', 'log', 'milestones'] as const;
export type DetailTab = (typeof detailTabs)[number];

export interface DetailProps {
  readonly attempt: AttemptView | null;
  readonly detail: AttemptDetail | undefined;
  /** Output of its running job. */
  readonly output: string;
  readonly tab: DetailTab | null;
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
export function tabsFor(attempt: AttemptView, detail: AttemptDetail | undefined, output: string): DetailTab[] {
  const tabs: DetailTab[] = ['plan'];
  if (attempt.parents.length > 0 && detail?.files.some((file) => file.before !== null)) tabs.push('diff');
  if (detail && detail.files.length > 0) tabs.push('code');
  if ((detail && detail.log !== '') || output !== '') tabs.push('log');
  if (detail && detail.milestones.length > 0) tabs.push('milestones');
  return tabs;
}

function PlanTab({ attempt, props }: { readonly attempt: AttemptView; readonly props: DetailProps }): VNode {
  return (
    <div class="plan">
      {attempt.plan ? <p>{attempt.plan}</p> : null}
      {attempt.explanation ? <p>{attempt.explanation}</p> : null}
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
        <p class="muted">Started from empty.</p>
      )}
      {attempt.error ? <FailureBox failure={attempt.error} onPlace={(file, line) => props.onOpen(attempt.id, file, line)} /> : null}
      {attempt.problems.length > 0 ? (
        <table class="problems">
          <caption>{`The submission was not graded: ${counted(attempt.problems.length, 'problem')}. No graded call was used.`}</caption>
          <thead>
            <tr>
              <th>Problem</th>
              <th class="num">Line</th>
              <th class="num">Rows</th>
            </tr>
          </thead>
          <tbody>
            {attempt.problems.map((problem, index) => (
              <tr key={index}>
                <td>
                  {problem.message}
                  {problem.examples.length > 0 ? <small class="muted">{problem.examples.slice(0, 5).join(', ')}</small> : null}
                  {problem.fix ? <small>{problem.fix}</small> : null}
                </td>
                <td class="num">{problem.line ?? ''}</td>
                <td class="num">{problem.count}</td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : null}
    </div>
  );
}

function DiffTab({ attempt, detail }: { readonly attempt: AttemptView; readonly detail: AttemptDetail }): VNode {
  const changed = scriptsFirst(detail.files).filter((file) => file.before !== file.text);
  return (
    <div>
      {attempt.explanation ? <p class="explanation">{attempt.explanation}</p> : null}
      {changed.length === 0 ? <p class="muted">The files are the same as in #{attempt.parents[0]}.</p> : null}
      {changed.map((file) => (
        <DiffBlock key={file.path} path={file.path} before={file.before} after={file.text} against={`parent #${attempt.parents[0]}`} />
      ))}
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

/** Scripts first, then notebooks, then the rest. */
function scriptsFirst(files: AttemptDetail['files']): AttemptDetail['files'] {
  const rank = (path: string): number => (path.endsWith('.py') ? 0 : path.endsWith('.ipynb') ? 1 : 2);
  return [...files].sort((a, b) => rank(a.path) - rank(b.path) || a.path.localeCompare(b.path));
}

function tabContent(active: DetailTab, attempt: AttemptView, props: DetailProps): VNode {
  const detail = props.detail;
  if (active === 'diff' && detail) return <DiffTab attempt={attempt} detail={detail} />;
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
  const available = tabsFor(attempt, props.detail, props.output);
  const preferred: DetailTab = attempt.status === 'running' && available.includes('log') ? 'log' : available.includes('diff') ? 'diff' : 'plan';
  const active = props.tab && available.includes(props.tab) ? props.tab : preferred;
  const labels: Record<DetailTab, string> = { plan: 'Plan', diff: 'Diff', code: 'Code', log: 'Log', milestones: 'Milestones' };
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
