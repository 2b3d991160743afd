import { render } from 'preact';
import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import * as z from 'zod';
import { panelProtocolVersion } from '../../src/protocol/panel';
import { assumedWords, includeSchema, type FromStandingsPage, type Include, type Standings, type StandingsRun, type StandingsSection, type ToStandingsPage } from '../../src/protocol/standings';
import { ActionLink, Button, Icon } from '../components/basics';
import { MessageBar, Skeleton } from '../components/parts';
import { counted, directionWords } from '../shared/format';
import type { Host } from '../shared/host';
import { saveIdentity, useSavedState } from '../shared/savedState';
import { Differences } from './differences';
import { defaultSorting, sortKeys, type Sorting } from './order';
import { PlayersTable } from './table';

export type StandingsPageHost = Host<ToStandingsPage, FromStandingsPage>;

const savedSchema = z.object({ sorting: z.object({ key: z.enum(sortKeys), descending: z.boolean() }).nullable(), include: includeSchema });
type Saved = z.output<typeof savedSchema>;
const initial: Saved = { sorting: null, include: { unisolated: false, selfScored: false } };

type Post = (message: FromStandingsPage) => void;

const whyWords = {
  not_ended: 'it has not ended',
  not_isolated: 'nothing isolated it',
  self_scored: 'it scored itself',
  unreadable: 'it cannot be read',
} as const;

const runsOf = ({ players }: StandingsSection): StandingsRun[] => players.flatMap(({ runs }) => runs);

/** What is missing to compare anything; null when there is something. */
function emptyWords({ sections, leftOut, counts }: Standings): { readonly title: string; readonly text: string } | null {
  const most = Math.max(0, ...sections.map((section) => runsOf(section).length));
  if (most === 0 && leftOut.length === 0) return { title: 'No run to compare yet', text: 'Play this competition twice: with two players, or with one player and several seeds.' };
  if (most === 0) return { title: 'No run is compared', text: `Every run is left out, for the reasons below.${counts.unisolated + counts.selfScored > 0 ? ' The boxes at the end take them in.' : ''}` };
  if (most === 1 && sections.length > 1) return { title: 'No two runs compare', text: 'Each was scored by another version of the competition. Start another run: it compares with the newest.' };
  if (most === 1) return { title: 'One run is compared', text: 'Start another one. With the same seed and another player the two are paired; with another seed it shows how much is luck.' };
  return null;
}

/** `run 3`, `runs 1 to 4`, `runs 1, 2, 5`. */
function runWords(section: StandingsSection): string {
  const numbers = [...new Set(runsOf(section).map(({ number }) => number))].sort((a, b) => a - b);
  const [first = 0] = numbers;
  const last = numbers.at(-1) ?? 0;
  if (numbers.length === 1) return `run ${first}`;
  if (numbers.length > 2 && last - first === numbers.length - 1) return `runs ${first} to ${last}`;
  return numbers.length > 8 ? `${numbers.length} runs, ${first} to ${last}` : `runs ${numbers.join(', ')}`;
}

function About({ section }: { readonly section: Pick<StandingsSection, 'metricLabel' | 'direction' | 'boardOf' | 'selfScored' | 'assumed' | 'players'> }): VNode {
  const assumed = assumedWords(section.assumed);
  return (
    <p class="muted about">
      {section.selfScored ? <b class="self-scored">Self-scored. </b> : null}
      {section.metricLabel}, {directionWords(section.direction)}. {section.selfScored ? 'What the evaluation printed for the final attempts; no answer is hidden.' : 'Scores of the final attempts, chosen before any private score was shown.'}
      {section.boardOf === 'reference' ? ' Places are among reference solutions.' : ''}
      {section.players.some(({ humanRank }) => humanRank !== null) ? ' HumanRank is in the form of MLE-Dojo\'s code; a run has the paper\'s beside it.' : ''}
      {assumed ? ` ${assumed}` : ''}
    </p>
  );
}

interface SectionProps {
  readonly section: StandingsSection;
  readonly at: number;
  /** Where there are several, each has a heading. */
  readonly heading: string | null;
  readonly sorting: Sorting | null;
  readonly onSort: (sorting: Sorting) => void;
  readonly onOpenRun: (runId: string) => void;
}

/** Runs that compare with each other. */
function Section({ section, at, heading, sorting, onSort, onOpenRun }: SectionProps): VNode {
  const id = `section-${at}`;
  const content = (
    <>
      <PlayersTable section={section} name={heading ? `Players, ${heading}` : 'Players'} sorting={sorting ?? defaultSorting(section.direction)} onSort={onSort} onOpenRun={onOpenRun} />
      <Differences differences={section.differences} id={`differences-${at}`} below={heading !== null} />
    </>
  );
  if (heading === null) return content;
  return (
    <section class="version" aria-labelledby={id}>
      <h2 id={id}>
        {heading} <span class="muted">{runWords(section)}</span>
      </h2>
      <About section={section} />
      {content}
    </section>
  );
}

const versionWords = (at: number): string => (at === 0 ? 'Scored by the newest version' : 'Scored by an earlier version');

function IncludeBox(props: { readonly label: string; readonly checked: boolean; readonly count: number; readonly onChange: (checked: boolean) => void }): VNode | null {
  if (props.count === 0) return null;
  return (
    <label class="include">
      <input type="checkbox" checked={props.checked} onChange={(event) => props.onChange(event.currentTarget.checked)} />
      {props.label} ({props.count})
    </label>
  );
}

function LeftOut({ standings, post }: { readonly standings: Standings; readonly post: Post }): VNode | null {
  const { leftOut } = standings;
  if (leftOut.length === 0) return null;
  return (
    <section aria-labelledby="left-out">
      <h2 id="left-out">Left out</h2>
      <ul class="left-out">
        {leftOut.map(({ runId, number, player, why }) => (
          <li key={runId}>
            <ActionLink onPress={() => post({ type: 'openRun', runId })}>Run {number}</ActionLink>
            <span class="muted">
              {player}: {whyWords[why]}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Page({ standings, saved, save, post }: { readonly standings: Standings; readonly saved: Saved; readonly save: (change: Partial<Saved>) => void; readonly post: Post }): VNode {
  const { competition, sections, counts, chosen } = standings;
  const empty = emptyWords(standings);
  const include = (change: Partial<Include>): void => {
    const next = { ...saved.include, ...change };
    save({ include: next });
    post({ type: 'include', include: next });
  };
  const runs = sections.reduce((sum, section) => sum + runsOf(section).length, 0);
  const players = new Set(sections.flatMap((section) => section.players.map(({ player }) => player))).size;
  const scope = `${counted(runs, 'run')} of ${counted(players, 'player')}${chosen ? ', as chosen' : ''}`;
  const several = sections.length > 1;
  return (
    <main class="page standings">
      <header class="head">
        <div class="head-words">
          <h1>{competition.title}</h1>
          <span class="muted small">{runs > 0 ? scope : 'Standings'}</span>
        </div>
        <div class="head-actions">
          <Button label="Choose runs…" icon="checklist" collapses onPress={() => post({ type: 'chooseRuns' })} />
          <Button label="Copy as…" icon="copy" collapses disabled={runs === 0} onPress={() => post({ type: 'copy' })} />
        </div>
      </header>
      {several ? null : <About section={sections[0] ?? { ...competition, selfScored: false, assumed: [], players: [] }} />}
      {empty ? (
        <MessageBar tone="info" icon="info" title={empty.title} actions={<Button label="New run…" icon="add" primary onPress={() => post({ type: 'newRun' })} />}>
          {empty.text}
        </MessageBar>
      ) : null}
      {several ? (
        <MessageBar tone="info" icon="info" title="What scores these runs was changed between them">
          Metric, answers or evaluation are not the same, so runs compare within a version and not across.
        </MessageBar>
      ) : null}
      {sections.map((section, at) => (
        <Section key={at} section={section} at={at} heading={several ? versionWords(at) : null} sorting={saved.sorting} onSort={(sorting) => save({ sorting })} onOpenRun={(runId) => post({ type: 'openRun', runId })} />
      ))}
      <LeftOut standings={standings} post={post} />
      {counts.unisolated + counts.selfScored > 0 ? (
        <fieldset class="includes">
          <legend class="spoken">Take in</legend>
          <IncludeBox label="Take in runs that nothing isolated" checked={saved.include.unisolated} count={counts.unisolated} onChange={(unisolated) => include({ unisolated })} />
          <IncludeBox label="Take in runs that scored themselves" checked={saved.include.selfScored} count={counts.selfScored} onChange={(selfScored) => include({ selfScored })} />
          <p class="muted small">
            <Icon name="info" /> {[counts.unisolated > 0 ? 'Code that nothing isolates could have seen the answers.' : '', counts.selfScored > 0 ? 'Code beside its own evaluation could print any score.' : ''].filter(Boolean).join(' ')}
          </p>
        </fieldset>
      ) : null}
      <div class="spoken" aria-live="polite">
        {runs > 0 ? `${scope} compared` : (empty?.title ?? '')}
      </div>
    </main>
  );
}

function StandingsPage({ host }: { readonly host: StandingsPageHost }): VNode {
  const [standings, setStandings] = useState<Standings | null>(null);
  const [saved, save] = useSavedState<Saved>(host, 1, savedSchema, initial);
  useEffect(() => {
    const stop = host.onMessage((message) => {
      setStandings(message.standings);
      saveIdentity(host, { competition: message.standings.competition.id, runs: message.standings.chosen?.join(' ') ?? '' });
    });
    host.post({ type: 'ready', version: panelProtocolVersion, include: saved.include });
    return stop;
  }, [host]);
  if (!standings) return <main class="page"><Skeleton spoken="Reading the runs" rows={4} /></main>;
  return <Page standings={standings} saved={saved} save={save} post={(message) => host.post(message)} />;
}

/** Draws the page into an element and keeps it up to date. Returns a function that removes it. */
export function mountStandingsPage(root: Element, host: StandingsPageHost): () => void {
  render(<StandingsPage host={host} />, root);
  return () => render(null, root);
}
