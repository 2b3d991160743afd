import { render } from 'preact';
import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import * as z from 'zod';
import { panelProtocolVersion } from '../../src/protocol/panel';
import type { BoardKind, CompetitionPage, FromCompetitionPage, ToCompetitionPage } from '../../src/protocol/panel';
import { Button, ExternalLink, Icon, SplitButton, Tag } from '../components/basics';
import { MessageBar, SectionHead, Skeleton } from '../components/parts';
import { counted } from '../shared/format';
import type { Host } from '../shared/host';
import { Leaderboard } from '../shared/leaderboard';
import { Markdown } from '../shared/markdown';
import { MetricPane } from '../shared/metricPane';
import { saveIdentity, useSavedState } from '../shared/savedState';
import { entryWords } from '../shared/standing';
import { Health } from './health';
import { Folder } from './pictures';
import { Files } from './preview';

const boardNotes: Readonly<Record<BoardKind, string>> = {
  reference: 'Run by Podium on the same split. A place among them is no medal.',
  people: 'Scores of people on the original test set.',
};

export type CompetitionHost = Host<ToCompetitionPage, FromCompetitionPage>;

const savedVersion = 1;
const savedSchema = z.object({ file: z.string().nullable() });

type PageCommand = Extract<FromCompetitionPage, { type: 'command' }>['command'];

function Blocked({ blocked, onCommand }: { readonly blocked: NonNullable<CompetitionPage['blocked']>; readonly onCommand: (command: PageCommand) => void }): VNode {
  const actions: Record<string, { label: string; command: PageCommand }> = {
    trust: { label: 'Manage workspace trust', command: 'trust' },
    openFolder: { label: 'Open folder', command: 'openFolder' },
  };
  const action = blocked.action === null ? undefined : actions[blocked.action];
  return (
    <MessageBar
      tone="warning"
      icon="warning"
      title="A run cannot start here yet"
      actions={action ? <Button label={action.label} primary onPress={() => onCommand(action.command)} /> : null}
    >
      {blocked.text}
    </MessageBar>
  );
}

function Codes({ names }: { readonly names: readonly string[] }): VNode {
  return <code>{names.join(',')}</code>;
}

const mostNames = 8;

/** Names that may break between one and the next; of many the first ones, the rest as a number. */
function FileNames({ names }: { readonly names: readonly string[] }): VNode {
  const rest = names.length - mostNames;
  return (
    <>
      {names.length === 0 ? 'none' : null}
      {names.slice(0, mostNames).map((name, at) => (
        <span key={name}>
          {at > 0 ? ', ' : ''}
          <code>{name}</code>
        </span>
      ))}
      {rest > 0 ? <span title={names.slice(mostNames).join('\n')}>{` and ${rest} more`}</span> : null}
    </>
  );
}

/** In place of a submission: what may change, and what judges it. */
function Evaluation({ evaluation }: { readonly evaluation: NonNullable<CompetitionPage['evaluation']> }): VNode {
  return (
    <section class="pane" aria-label="Evaluation" data-region tabIndex={-1}>
      <SectionHead title="Evaluation" />
      <div class="prose">
        <p>
          <code>{evaluation.command}</code> runs over a fresh copy of each attempt's files. The last line that it prints is the score.
        </p>
        <ul>
          <li>
            Players change <FileNames names={evaluation.solution} />.
          </li>
          <li>
            Read-only, put back before each evaluation: <FileNames names={evaluation.readOnly} />.
          </li>
          {evaluation.hiddenTest ? <li>After the run the chosen attempt runs once on a hidden test, which decides.</li> : null}
        </ul>
      </div>
    </section>
  );
}

function Submission({ page }: { readonly page: CompetitionPage }): VNode {
  const { submission } = page;
  return (
    <section class="pane" aria-label="Submission" data-region tabIndex={-1}>
      <SectionHead title="Submission" />
      <div class="prose">
        <p>
          <code>{submission.file}</code> with one row for each <Codes names={submission.id} /> of the test data, columns{' '}
          <Codes names={[...submission.id, ...submission.target]} />. Any row order.
        </p>
        {submission.rules.length > 0 ? (
          <ul>
            {submission.rules.map((rule) => (
              <li key={rule}>{rule}</li>
            ))}
          </ul>
        ) : null}
      </div>
    </section>
  );
}

function Choices({ page, post }: { readonly page: CompetitionPage; readonly post: (message: FromCompetitionPage) => void }): VNode {
  return (
    <ul class="choices" aria-label="Choices for the next run">
      {page.choices.map((choice) => (
        <li key={choice.key}>
          <button
            type="button"
            class="choice"
            aria-haspopup="listbox"
            aria-label={`${choice.label}: ${choice.value}. Change`}
            onClick={() => post({ type: 'choose', key: choice.key })}
          >
            <span class="muted">{choice.label}</span>
            <span class="choice-value">{choice.value}</span>
            <Icon name="chevron-down" />
          </button>
        </li>
      ))}
    </ul>
  );
}

function LoadedPage({ host, page }: { readonly host: CompetitionHost; readonly page: CompetitionPage }): VNode {
  const [saved, save] = useSavedState(host, savedVersion, savedSchema, { file: null });
  useEffect(() => saveIdentity(host, { competition: page.id }), [host, page.id]);
  const onCommand = (command: PageCommand): void => host.post({ type: 'command', command });
  const own = page.best ? { name: `Your best, run ${page.best.run}`, score: page.best.score } : null;
  return (
    <main class="page competition">
      <div class="about">
        <header>
          <h1>{page.title}</h1>
          <p class="summary">{page.summary}</p>
          <p class="facts">
            {page.facts.map((fact) => (
              <span key={fact} class="muted">
                {fact}
              </span>
            ))}
            {page.source.licence === undefined ? null : <span class="muted">{page.source.licence}</span>}
            {page.source.url === undefined ? <span class="muted">{page.source.name}</span> : <ExternalLink href={page.source.url}>{page.source.name}</ExternalLink>}
            {page.evaluation && !page.evaluation.hiddenTest ? (
              <Tag icon="beaker" title="No answer is hidden: the evaluation runs beside the code that it judges.">
                Self-scored
              </Tag>
            ) : null}
          </p>
        </header>
        {page.blocked ? <Blocked blocked={page.blocked} onCommand={onCommand} /> : null}
        <section class="pane" aria-label="Description" data-region tabIndex={-1}>
          <SectionHead title="Description" />
          <Markdown source={page.description.replace(/^\s*# .*\n/, '')} />
        </section>
        {page.evaluation ? <Evaluation evaluation={page.evaluation} /> : <Submission page={page} />}
        <Files
          files={page.files}
          active={saved.file}
          onActive={(file) => save({ file })}
          onOpenFolder={() => onCommand('openDataFolder')}
          onOpenFile={(path) => host.post({ type: 'openFile', path })}
        />
        {page.folders?.map((folder) => <Folder key={folder.path} folder={folder} />)}
      </div>
      <aside class="facts-column" aria-label="Start, metric, limits, leaderboard">
        <div class="start">
          <SplitButton
            label="Start with agent"
            icon="play"
            menuLabel="More ways to start"
            disabled={page.blocked !== null}
            onPress={() => onCommand('startAgent')}
            onMenu={() => onCommand('startMenu')}
          />
          <Button label="Start alone" icon="person" disabled={page.blocked !== null} onPress={() => onCommand('startAlone')} />
        </div>
        <Choices page={page} post={host.post} />
        <MetricPane metric={page.metric} />
        <section class="pane" aria-label="Limits" data-region tabIndex={-1}>
          <SectionHead title="Limits" />
          <dl class="limits">
            {page.limits.map((limit) => (
              <div key={limit.label}>
                <dt class="muted">{limit.label}</dt>
                <dd class="digits">{limit.value}</dd>
              </div>
            ))}
          </dl>
        </section>
        <Leaderboard
          board={page.board}
          direction={page.metric.direction}
          own={own}
          note={counted(page.board.length, entryWords[page.boardOf])}
          bare
        />
        {page.board.length > 0 ? (
          <p class="muted small board-note">{boardNotes[page.boardOf]}</p>
        ) : null}
        {page.health ? <Health health={page.health} /> : null}
      </aside>
    </main>
  );
}

function Competition({ host }: { readonly host: CompetitionHost }): VNode | null {
  const [message, setMessage] = useState<ToCompetitionPage | null>(null);
  const [slow, setSlow] = useState(false);
  useEffect(() => {
    const stop = host.onMessage(setMessage);
    host.post({ type: 'ready', version: panelProtocolVersion });
    const timer = setTimeout(() => setSlow(true), 200);
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [host]);
  if (message) return <LoadedPage host={host} page={message.page} />;
  return slow ? (
    <main class="page">
      <Skeleton spoken="Reading the competition" rows={4} />
    </main>
  ) : null;
}

/** Draws the competition page into an element and keeps it up to date. Returns a function that removes it. */
export function mountCompetitionPage(root: Element, host: CompetitionHost): () => void {
  render(<Competition host={host} />, root);
  return () => render(null, root);
}
