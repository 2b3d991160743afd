import { render } from 'preact';
import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import * as z from 'zod';
import { panelProtocolVersion } from '../../src/protocol/panel';
import { includeSchema, type FromStandingsPage, type Include, type Standings, type ToStandingsPage } from '../../src/protocol/standings';
import { ActionLink, Button, Icon } from '../components/basics';
import { MessageBar, Skeleton } from '../components/parts';
import { counted, directionWords } from '../shared/format';
import type { Host } from '../shared/host';
import { saveIdentity, useSavedState } from '../shared/savedState';
import { Differences } from './differences';
import { defaultSorting, sortKeys } from './order';
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

/** What is missing to compare anything; null when there is something. */
function emptyWords({ players, leftOut }: Standings): { readonly title: string; readonly text: string } | null {
  const runs = players.reduce((sum, row) => sum + row.runs.length, 0);
  if (runs === 0 && leftOut.length === 0) return { title: 'No run to compare yet', text: 'Play this competition twice: with two players, or with one player and several seeds.' };
  if (runs === 0) return { title: 'No run is compared', text: 'Every run is left out, for the reasons below.' };
  if (runs === 1) return { title: 'One run is compared', text: 'Start another one. With the same seed and another player the two are paired; with another seed it shows how much is luck.' };
  return null;
}

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
  const { competition, players, counts, chosen } = standings;
  const empty = emptyWords(standings);
  const include = (change: Partial<Include>): void => {
    const next = { ...saved.include, ...change };
    save({ include: next });
    post({ type: 'include', include: next });
  };
  const runs = players.reduce((sum, row) => sum + row.runs.length, 0);
  const scope = `${counted(runs, 'run')} of ${counted(players.length, 'player')}${chosen ? ', as chosen' : ''}`;
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
      <p class="muted about">
        {competition.metricLabel}, {directionWords(competition.direction)}. Scores of the final attempts, chosen before any private score was shown.
        {competition.boardOf === 'reference' ? ' Places are among reference solutions.' : ''}
      </p>
      {empty ? (
        <MessageBar tone="info" icon="info" title={empty.title} actions={<Button label="New run…" icon="add" primary onPress={() => post({ type: 'newRun' })} />}>
          {empty.text}
        </MessageBar>
      ) : null}
      {players.length > 0 ? (
        <PlayersTable standings={standings} sorting={saved.sorting ?? defaultSorting(competition.direction)} onSort={(sorting) => save({ sorting })} onOpenRun={(runId) => post({ type: 'openRun', runId })} />
      ) : null}
      <Differences differences={standings.differences} />
      <LeftOut standings={standings} post={post} />
      {counts.unisolated + counts.selfScored > 0 ? (
        <fieldset class="includes">
          <legend class="spoken">Take in</legend>
          <IncludeBox label="Take in runs that nothing isolated" checked={saved.include.unisolated} count={counts.unisolated} onChange={(unisolated) => include({ unisolated })} />
          <IncludeBox label="Take in runs that scored themselves" checked={saved.include.selfScored} count={counts.selfScored} onChange={(selfScored) => include({ selfScored })} />
          <p class="muted small">
            <Icon name="info" /> Code that nothing isolates could have seen the answers.
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
