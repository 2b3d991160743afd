import { render } from 'preact';
import type { VNode } from 'preact';
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { panelProtocolVersion } from '../../src/protocol/panel';
import type { AttemptView, FromRunPanel, RunView, ToRunPanel } from '../../src/protocol/panel';
import { SectionHead, Skeleton } from '../components/parts';
import { formatGpus, formatMemory, formatShare, listGpus } from '../shared/format';
import type { Host } from '../shared/host';
import { saveIdentity, useSavedState } from '../shared/savedState';
import { AttemptsGrid, rowHeight } from './attempts/attemptsGrid';
import { defaultSorting } from './attempts/order';
import { ChartKey, ScoreChart } from './chart/scoreChart';
import { chosenOf, Ended, ResultStrip } from './ended';
import { KagglePane, kaggleBadges } from './kaggle';
import { Header } from './header';
import type { PanelCommand } from './header';
import { asOfWords, Messages } from './messages';
import { elapsedNow, emptyState, hasEnded, isWorking, receive } from './model';
import type { PanelState } from './model';
import { ContextMeter } from './meters';
import { DetailPane, foldingOf, SidePanes } from './panes';
import { initialSaved, savedSchema, savedVersion } from './saved';
import { useSettled } from './settled';
import { Split } from './split';
import { standingOf } from '../shared/standing';
import { scoreNames } from '../shared/scoreNames';
import { Strip } from './strip';

export type RunPanelHost = Host<ToRunPanel, FromRunPanel>;

const defaultRows = 14;
const minTable = 3 * rowHeight;
const maxTable = 60 * rowHeight;

/** Host messages folded into state; asks again after a gap, and says `ready` once. */
function usePanelState(host: RunPanelHost): { state: PanelState; dismissAway: () => void } {
  const [state, setState] = useState(emptyState);
  const current = useRef(state);
  useEffect(() => {
    const stop = host.onMessage((message) => {
      const { state: next, resync } = receive(current.current, message);
      current.current = next;
      setState(next);
      if (resync) host.post({ type: 'resync' });
    });
    host.post({ type: 'ready', version: panelProtocolVersion });
    return stop;
  }, [host]);
  const dismissAway = useCallback(() => {
    current.current = { ...current.current, away: null };
    setState(current.current);
    host.post({ type: 'dismissAway' });
  }, [host]);
  return { state, dismissAway };
}

/** Ticks each second while the clock of the run goes. */
function useNow(host: RunPanelHost, ticking: boolean): number {
  const [now, setNow] = useState(() => host.now());
  useEffect(() => {
    setNow(host.now());
    if (!ticking) return;
    const timer = setInterval(() => setNow(host.now()), 1000);
    return () => clearInterval(timer);
  }, [host, ticking]);
  return now;
}

function useSlow(delay: number): boolean {
  const [slow, setSlow] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setSlow(true), delay);
    return () => clearTimeout(timer);
  }, [delay]);
  return slow;
}

function Loading(): VNode | null {
  return useSlow(200) ? (
    <main class="page">
      <Skeleton spoken="Reading the run" rows={6} />
    </main>
  ) : null;
}

function emptyWords(run: RunView): string {
  return hasEnded(run) ? 'The run ended before its first attempt.' : `No attempts yet. ${run.statusText}`;
}

/** A running attempt counts on. */
function secondsOf(attempt: AttemptView, elapsed: number): number {
  return attempt.status === 'running' ? Math.max(attempt.seconds, elapsed - attempt.startedAt) : attempt.seconds;
}

/** Said where a valid attempt may have no public score. */
const untoldWords: Readonly<Record<RunView['visibility'], string>> = {
  'public-always': '',
  capped: '',
  ladder: 'Public scores: gains only',
  'hidden-until-end': 'Public scores: at the end',
};

const isolationWords = { container: 'Isolated in a container', bubblewrap: 'Isolated by bubblewrap', none: 'Not isolated' };

function Footer({ run, stats }: { readonly run: RunView; readonly stats: PanelState['stats'] }): VNode {
  return (
    <footer class="foot digits">
      {run.runtime ? <span>{run.runtime}</span> : null}
      {run.isolation ? <span>{isolationWords[run.isolation]}</span> : null}
      {stats && !hasEnded(run) ? (
        <>
          <span>CPU {formatShare(stats.cpuPercent / 100, 0)}</span>
          <span>Memory {formatMemory(stats.memoryMb, stats.memoryLimitMb)}</span>
          <span title={listGpus(stats.gpus)}>{formatGpus(stats.gpus)}</span>
        </>
      ) : null}
      {untoldWords[run.visibility] && !hasEnded(run) ? <span>{untoldWords[run.visibility]}</span> : null}
      <ContextMeter spend={run.spend} />
      <span class="push">{run.edits === 'review' ? 'Edits: review each change' : 'Edits: applied at once'}</span>
    </footer>
  );
}

/** Moves the focus to the next region: F6, and back with Shift. */
function walkRegions(event: KeyboardEvent): void {
  if (event.key !== 'F6') return;
  const regions = [...document.querySelectorAll<HTMLElement>('[data-region]')];
  if (regions.length === 0) return;
  const at = regions.findIndex((region) => region.contains(document.activeElement));
  const next = regions[(at + (event.shiftKey ? -1 : 1) + regions.length) % regions.length];
  next?.focus();
  event.preventDefault();
}

/** Until the person chooses, the best attempt is shown (or the newest while there is none). */
function selectedAttempt(run: RunView, chosen: number | null): AttemptView | null {
  const find = (id: number | null | undefined): AttemptView | undefined => run.attempts.find((attempt) => attempt.id === id);
  return find(chosen) ?? find(run.best?.attempt) ?? run.attempts.at(-1) ?? null;
}

const changesFiles = /^(write|edit|insert|delete|run|undo|reset|submit)/;

/** Asks for the files and the log of the shown attempt, again when they may have changed. */
function useAttemptFiles(host: RunPanelHost, run: RunView, attempt: AttemptView | null): void {
  const id = attempt?.id ?? null;
  const writes = attempt?.status === 'running' ? run.steps.filter((step) => step.attempt === id && step.status !== null && changesFiles.test(step.action)).length : 0;
  useEffect(() => {
    if (id === null) return;
    const timer = setTimeout(() => host.post({ type: 'readAttempt', id }), 120);
    return () => clearTimeout(timer);
  }, [host, run.runId, id, attempt?.status, writes]);
}

function LoadedPanel(props: { readonly host: RunPanelHost; readonly state: PanelState; readonly run: RunView; readonly dismissAway: () => void }): VNode {
  const { host, state, run } = props;
  const [saved, save] = useSavedState(host, savedVersion, savedSchema, initialSaved);
  const [hovered, setHovered] = useState<number | null>(null);
  const heading = useRef<HTMLElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const direction = run.competition.direction;
  const best = run.best?.attempt ?? null;
  const now = useNow(host, run.status === 'running' && state.connection.state === 'attached');
  const elapsed = elapsedNow(run, state.connection, Math.max(now, run.asOf));
  const standing = useMemo(() => standingOf(run), [run]);

  const attempt = selectedAttempt(run, saved.selected);
  const selected = attempt?.id ?? null;
  useAttemptFiles(host, run, attempt);
  useEffect(() => saveIdentity(host, { runId: run.runId }), [host, run.runId]);
  // On the window: before anything was clicked the page itself has the focus.
  useEffect(() => {
    window.addEventListener('keydown', walkRegions);
    return () => window.removeEventListener('keydown', walkRegions);
  }, []);

  /** Newest first, the newest of them selected and in sight. */
  const onShow = (shown: readonly AttemptView[]): void => {
    save({ sorting: { key: 'id', descending: true }, selected: shown.at(-1)?.id ?? null, folded: saved.folded.filter((name) => name !== 'attempts') });
    document.querySelector('.pane.attempts')?.scrollIntoView?.({ block: 'nearest' });
  };
  const onCommand = useCallback((command: PanelCommand, question?: string): void => host.post({ type: 'command', command, ...(question === undefined ? {} : { question }) }), [host]);
  const badges = useMemo(() => kaggleBadges(run.refits), [run.refits]);
  const onSelect = (id: number): void => save({ selected: id });
  const onOpen = (id: number, path?: string, line?: number): void =>
    host.post({ type: 'openAttempt', id, ...(path === undefined ? {} : { path }), ...(line === undefined ? {} : { line }) });
  const folding = foldingOf(saved, save);
  const panes = { host, run, saved, save, onSelect, onOpen };
  const score = folding('score');
  const list = folding('attempts');
  const attempts = useSettled(run.attempts);
  const height = saved.tableHeight ?? defaultRows * rowHeight;
  const chosen = chosenOf(run);
  const reveals = run.attempts.some((candidate) => candidate.private !== null);

  return (
    <main class={isWorking(run, state.connection) ? 'page' : 'page still'}>
      <Header run={run} answers={state.connection.state !== 'lost'} onCommand={onCommand} onInstruct={() => field.current?.focus()} />
      <Messages state={state} run={run} onCommand={onCommand} onShow={onShow} onDismissAway={props.dismissAway} />
      {chosen ? (
        <ResultStrip run={run} chosen={chosen} onSelect={onSelect} />
      ) : (
        <Strip run={run} elapsed={elapsed} asOf={asOfWords(state, run)} standing={standing} onSelect={onSelect} />
      )}
      {hasEnded(run) && run.attempts.length > 0 ? <Ended run={run} onCommand={onCommand} /> : null}
      <KagglePane run={run} onCommand={onCommand} onSelect={onSelect} />
      <section class="pane score" aria-label="Score" data-region tabIndex={-1}>
        <SectionHead title="Score" {...score}>
          <ChartKey withPrivate={reveals} names={scoreNames(run.competition)} />
        </SectionHead>
        {score.folded ? null : (
          <ScoreChart
            key={run.runId}
            {...attempts}
            direction={direction}
            elapsed={elapsed}
            best={best}
            next={standing?.next ?? null}
            selected={selected}
            hovered={hovered}
            onHover={setHovered}
            onSelect={onSelect}
          />
        )}
      </section>
      <section class="pane attempts" aria-label="Attempts" data-region tabIndex={-1}>
        <SectionHead title="Attempts" note={String(run.attempts.length)} {...list} />
        {list.folded ? null : (
          <AttemptsGrid
            {...attempts}
            direction={direction}
            best={best}
            selected={selected}
            hovered={hovered}
            sorting={saved.sorting ?? defaultSorting(direction)}
            height={height}
            costs={run.spend !== undefined}
            names={scoreNames(run.competition)}
            badges={badges}
            empty={emptyWords(run)}
            secondsOf={(one) => secondsOf(one, elapsed)}
            onSort={(sorting) => save({ sorting })}
            onSelect={onSelect}
            onHover={setHovered}
            onOpen={(id) => {
              onSelect(id);
              heading.current?.focus();
              heading.current?.scrollIntoView?.({ block: 'nearest' });
            }}
          />
        )}
      </section>
      <Split height={height} min={minTable} max={maxTable} onHeight={(tableHeight) => save({ tableHeight })} />
      <div class="bottom">
        <DetailPane {...panes} attempt={attempt} details={state.details} output={state.output.get(selected ?? 0) ?? ''} heading={heading} />
        <SidePanes {...panes} answers={state.connection.state === 'attached'} field={field} />
      </div>
      <Footer run={run} stats={state.stats} />
      <div class="spoken" aria-live="polite">
        {state.announcement}
      </div>
    </main>
  );
}

function RunPanel({ host }: { readonly host: RunPanelHost }): VNode {
  const { state, dismissAway } = usePanelState(host);
  return state.run ? <LoadedPanel host={host} state={state} run={state.run} dismissAway={dismissAway} /> : <Loading />;
}

/** Draws the run panel into an element and keeps it up to date. Returns a function that removes it. */
export function mountRunPanel(root: Element, host: RunPanelHost): () => void {
  render(<RunPanel host={host} />, root);
  return () => render(null, root);
}
