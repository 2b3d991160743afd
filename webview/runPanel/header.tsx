import type { VNode } from 'preact';
import type { FromRunPanel, RunView } from '../../src/protocol/panel';
import { Button, IconButton, Tag } from '../components/basics';
import { directionWords } from '../shared/format';
import { takesInstructions } from './instruct';
import { hasEnded } from './model';

export type PanelCommand = Extract<FromRunPanel, { type: 'command' }>['command'];

const isolationTitles = {
  container: 'Runs in a container: no network unless asked for, no files of this machine, the answers out of reach',
  bubblewrap: 'Runs in a bubblewrap sandbox: no network, no home folder, the answers out of reach',
  none: 'The code runs as you, with your files and network in reach. Its scores are kept out of standings.',
};

const selfScoredTitle = 'The evaluation runs beside the code that it judges and no answer is hidden. Its scores are kept out of standings unless asked for.';

const testedTitle = 'Evaluations run beside the code and guide. After the run the chosen attempt runs once on hidden data in a sandbox of its own, and that score decides.';

/** `offline agent`, `played by you`, or the model's name. */
export function agentWords(run: Pick<RunView, 'agent' | 'preset'>): string {
  const who = run.agent === 'human' ? 'played by you' : run.agent === 'offline' ? 'offline agent' : run.agent;
  const preset = run.preset && run.preset !== run.agent && run.agent !== 'human' ? `preset ${run.preset}, ` : '';
  return preset + who;
}

function LiveButtons(props: { readonly run: RunView; readonly onCommand: (command: PanelCommand) => void; readonly onInstruct: () => void }): VNode | null {
  const { run, onCommand } = props;
  const { status } = run;
  if (status === 'interrupted') return null;
  return (
    <>
      {status === 'running' || status === 'waiting' ? (
        <Button label="Pause" icon="debug-pause" collapses onPress={() => onCommand('pause')} />
      ) : null}
      {status === 'paused' ? <Button label="Resume" icon="play" primary collapses onPress={() => onCommand('resume')} /> : null}
      <Button label="Stop" icon="primitive-square" collapses onPress={() => onCommand('stop')} />
      {takesInstructions(run) ? <Button label="Instruct…" icon="comment" primary={status === 'running'} collapses onPress={props.onInstruct} /> : null}
    </>
  );
}

export function Header(props: {
  readonly run: RunView;
  /** The run answers, so it can be told to pause or stop. */
  readonly answers: boolean;
  readonly onCommand: (command: PanelCommand) => void;
  /** Leads to the field for words to the agent. */
  readonly onInstruct: () => void;
}): VNode {
  const { run, onCommand } = props;
  const metric = `${run.competition.metricLabel}, ${directionWords(run.competition.direction)}`;
  const ended = hasEnded(run);
  return (
    <header class="head">
      <div class="head-words">
        <div class="title">
          <h1>{run.competition.title}</h1>
          <span class="muted wide-only">{metric}</span>
          {run.isolation === null ? null : run.isolation === 'none' ? (
            <Tag icon="warning" tone="warning" title={isolationTitles.none}>
              Not isolated
            </Tag>
          ) : (
            <Tag icon="workspace-trusted" title={isolationTitles[run.isolation]}>
              Isolated
            </Tag>
          )}
          {run.competition.selfScored ? (
            <Tag icon="beaker" title={selfScoredTitle}>
              Self-scored
            </Tag>
          ) : null}
          {run.competition.tested ? (
            <Tag icon="shield" title={testedTitle}>
              Hidden test
            </Tag>
          ) : null}
        </div>
        <div class="muted small wide-only">{`Run ${run.number}, ${agentWords(run)}`}</div>
        <div class="muted small narrow-only">{`Run ${run.number}, ${metric}`}</div>
      </div>
      <div class="head-actions">
        {ended ? (
          <Button label="New run" icon="play" collapses onPress={() => onCommand('newRun')} />
        ) : props.answers ? (
          <LiveButtons run={run} onCommand={onCommand} onInstruct={props.onInstruct} />
        ) : null}
        <IconButton label="More actions" icon="ellipsis" menu onPress={() => onCommand('more')} />
      </div>
    </header>
  );
}
