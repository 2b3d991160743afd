import '../shared/noEval';
import { panelProtocolVersion } from '../../src/protocol/panel';
import type { RunView, ToRunPanel } from '../../src/protocol/panel';
import { approvalOf15, attemptFiles, digitsFolder, penguinsEnded, penguinsPage, penguinsRun, penguinsStarting } from '../../test/fixtures/runView';
import { applyTheme } from './themes';
import type { ThemeName } from './themes';

/**
 * Stands in for VS Code: theme variables, `acquireVsCodeApi`, and a host that answers with fixtures.
 * `?scene=running&theme=dark` in the address chooses what is shown. Loaded before a view's bundle.
 */
const query = new URLSearchParams(location.search);
const theme = query.get('theme');
applyTheme(theme === 'light' || theme === 'hc' ? (theme satisfies ThemeName) : 'dark');
const scene = query.get('scene') ?? 'running';

/** A run as it is now: its clock goes on from the moment the page opened. */
function fresh(run: RunView): RunView {
  return { ...run, asOf: Date.now() };
}

const edit = { id: 'e1', attempt: 11, path: 'train.py', base: 'a', next: 'b', mode: 'review' as const };

const runs: Record<string, () => RunView> = {
  running: () => fresh(penguinsRun()),
  away: () => ({ ...fresh(penguinsRun()), waitingEdits: [edit] }),
  gpu: () => fresh(penguinsRun()),
  lost: () => penguinsRun(),
  starting: () => penguinsStarting(),
  paused: () => ({ ...penguinsRun(), status: 'paused', statusText: 'Paused by you' }),
  approval: () => ({
    ...penguinsRun(),
    status: 'waiting',
    statusText: approvalOf15.title,
    agent: 'gpt-4.1-mini',
    approval: approvalOf15,
  }),
  waiting: () => ({ ...penguinsRun(), status: 'waiting', statusText: 'Waits for your review of an edit', isolation: 'none', waitingEdits: [edit] }),
  limited: () => {
    const run = fresh(penguinsRun());
    return { ...run, budget: { ...run.budget, attempts: { used: 14, limit: 16 }, gradedCalls: { used: 50, limit: 50 } } };
  },
  ended: () => penguinsEnded(),
  failed: () => ({
    ...penguinsRun(),
    status: 'failed',
    statusText: 'The container was killed: it used more than 4.00 GB of memory',
    nextStep: 'Raise the memory limit in the choices of the competition page, or let the agent use fewer trees.',
  }),
  minimize: () => {
    const run = fresh(penguinsRun());
    const turn = (value: number): number => Number((20 - 18.4 * value).toFixed(4));
    const scored = <S extends { score: number; se: number | null } | null>(s: S): S => (s ? { ...s, score: turn(s.score), se: 0.21 } : s);
    return {
      ...run,
      competition: {
        ...run.competition,
        title: 'Seattle Weather',
        metricLabel: 'RMSE',
        direction: 'minimize',
        board: run.competition.board.map((entry) => ({ ...entry, score: turn(entry.score) })),
      },
      best: run.best && { ...run.best, public: scored(run.best.public) },
      attempts: run.attempts.map((attempt) => ({
        ...attempt,
        public: scored(attempt.public),
        claim: attempt.claim && { ...attempt.claim, value: turn(attempt.claim.value), se: 0.13 },
        change: attempt.change && { value: attempt.change.value * 18.4, se: (attempt.change.se ?? 0) * 18.4 },
      })),
    };
  },
};

function send(message: unknown): void {
  window.postMessage(message, '*');
}

const gpus = [{ name: 'NVIDIA L4', load: 0.73, memoryMb: 11_469, memoryLimitMb: 24_564 }];

function answerRunPanel(message: { type: string; id?: number }): void {
  const make = runs[scene];
  if (message.type === 'ready' || message.type === 'resync') {
    if (!make) return;
    send({ type: 'snapshot', version: panelProtocolVersion, n: 0, run: make() } satisfies ToRunPanel);
    if (scene === 'away') send({ type: 'away', from: 420, to: 872, gradedCalls: 4 } satisfies ToRunPanel);
    if (scene === 'lost') send({ type: 'connection', state: 'lost', since: 872 } satisfies ToRunPanel);
    send({ type: 'stats', cpuPercent: 182, memoryMb: 420, memoryLimitMb: 4096, ...(scene === 'gpu' ? { gpus } : {}) } satisfies ToRunPanel);
  }
  if (message.type === 'readAttempt') send(attemptFiles(message.id));
}

function answerCompetitionPage(message: { type: string }): void {
  if (message.type !== 'ready' || scene === 'loading') return;
  const page = penguinsPage();
  const blocked = { text: 'This folder is not trusted, so Podium shows competitions and scores but runs nothing.', action: 'trust' };
  send({ type: 'page', version: panelProtocolVersion, page: scene === 'blocked' ? { ...page, blocked, best: null } : scene === 'pictures' ? { ...page, folders: [digitsFolder()] } : page });
}

const sent: unknown[] = [];
let state: unknown;
globalThis.acquireVsCodeApi = () => ({
  postMessage: (message) => {
    sent.push(message);
    const typed = message as { type: string; id?: number };
    if (query.get('view') === 'competitionPage') answerCompetitionPage(typed);
    else answerRunPanel(typed);
  },
  getState: () => state,
  setState: (next) => {
    state = next;
  },
});

const violations: string[] = [];
document.addEventListener('securitypolicyviolation', (event) => {
  violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber} ${event.sample}`);
});
Object.assign(globalThis, { podiumHarness: { sent, violations } });
