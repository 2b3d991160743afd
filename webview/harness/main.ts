import '../shared/noEval';
import { panelProtocolVersion } from '../../src/protocol/panel';
import type { RunView, ToRunPanel } from '../../src/protocol/panel';
import type { Include, ToStandingsPage } from '../../src/protocol/standings';
import type { ToSubmissionPage } from '../../src/protocol/submission';
import { approvalOf15, attemptFiles, digitsFolder, penguinsEnded, penguinsPage, penguinsRun, penguinsStarting, spendOfModel } from '../../test/fixtures/runView';
import { standingsFixture } from '../../test/fixtures/standings';
import { penguinsInvalid, submissionCheck } from '../../test/fixtures/submission';
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

/** The run as a model plays it. */
function modelRun(): RunView {
  const run = fresh(penguinsRun());
  const attempts = run.attempts.map((attempt) => ({ ...attempt, usd: attempt.id === 1 ? undefined : 0.02 + (attempt.id % 4) / 100 }));
  return { ...run, agent: 'gpt-4.1-mini', attempts, spend: spendOfModel, budget: { ...run.budget, usd: { used: 0.43, limit: 2 } } };
}

/** An ended run of a competition from Kaggle: one attempt scored there, one on its way. */
function kaggleRun(): RunView {
  const run = penguinsEnded();
  const base = { slug: 'penguins', nextStep: null, page: null, submit: { message: 'x' }, uses: null, file: 'attempts/12/kaggle/1/submission.csv', description: 'x' };
  return {
    ...run,
    competition: { ...run.competition, kaggle: 'penguins' },
    refits: [
      { ...base, refit: 1, attempt: 12, status: 'done', text: 'Scored by Kaggle.', submission: { ref: 501, status: 'complete', public: 0.91027, private: 0.90311, error: null } },
      { ...base, refit: 2, attempt: 9, status: 'failed', text: 'The submissions of today to "penguins" are used up (5 sent).', nextStep: 'Kaggle counts days in UTC: the next one begins in 5 h 20 min.', submission: null },
      { ...base, refit: 3, attempt: 11, status: 'scoring', text: 'Kaggle scores it.', submission: { ref: 502, status: 'pending', public: null, private: null, error: null } },
    ],
  };
}

const edit = { id: 'e1', attempt: 11, path: 'train.py', base: 'a', next: 'b', mode: 'review' as const };

const runs: Record<string, () => RunView> = {
  running: () => fresh(penguinsRun()),
  away: () => ({ ...fresh(penguinsRun()), waitingEdits: [edit] }),
  gpu: () => fresh(penguinsRun()),
  lost: () => penguinsRun(),
  starting: () => penguinsStarting(),
  paused: () => ({ ...penguinsRun(), status: 'paused', statusText: 'Paused by you' }),
  model: () => modelRun(),
  guessed: () => {
    const run = modelRun();
    return { ...run, budget: { ...run.budget, usd: undefined, tokens: { used: 231_300, limit: 250_000 } }, spend: { ...spendOfModel, estimated: true, usd: null, context: { used: 48_640, window: null } } };
  },
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
  many: () => manyAttempts(Number(query.get('attempts') ?? 50)),
  ended: () => penguinsEnded(),
  kaggle: () => kaggleRun(),
  invalid: () => fresh(penguinsInvalid()),
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
  if (message.type === 'readAttempt') send(attemptFiles(message.id, scene === 'model'));
}

function answerSubmissionPage(message: { type: string }): void {
  if (message.type === 'ready') send({ type: 'check', version: panelProtocolVersion, check: submissionCheck(scene === 'valid' || scene === 'repaired' ? scene : 'invalid') } satisfies ToSubmissionPage);
}

function answerStandingsPage(message: { type: string; include?: Include }): void {
  const known = scene === 'people' || scene === 'one' || scene === 'none' || scene === 'leftOut' || scene === 'versions' ? scene : 'reference';
  if (message.include) send({ type: 'standings', version: panelProtocolVersion, standings: standingsFixture(known, message.include) } satisfies ToStandingsPage);
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
    else if (query.get('view') === 'submissionPage') answerSubmissionPage(typed);
    else if (query.get('view') === 'standingsPage') answerStandingsPage(typed);
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

/** A run of many attempts, and one more step of it applied: milliseconds until it is drawn and laid out. */
function manyAttempts(count: number): RunView {
  const run = penguinsRun();
  const [, ...models] = run.attempts.filter((attempt) => attempt.status !== 'running');
  const attempts = Array.from({ length: count }, (_, index) => {
    const model = models[index % models.length];
    if (!model) throw new Error('the fixture has no attempts');
    const shift = ((index * 7919) % 1000) / 25_000;
    const score = model.public && { score: Number((model.public.score - 0.02 + shift).toFixed(4)), se: model.public.se };
    return { ...model, id: index + 1, parents: index === 0 ? [] : [1 + (index % Math.min(index, 40))], public: score, startedAt: index, endedAt: index + 1, plan: `${model.plan}, variant ${index}` };
  });
  const steps = Array.from({ length: 500 }, (_, index) => ({ ...run.steps[index % (run.steps.length - 1)]!, seq: index + 1, attempt: count }));
  return { ...run, attempts, steps, elapsed: count + 10, best: null, status: 'paused', budget: { ...run.budget, seconds: { used: count, limit: 100_000 } } };
}

function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => resolve();
    port2.postMessage(null);
  });
}

let sentIncrements = 0;
let many: RunView | undefined;
async function increment(): Promise<number> {
  const n = Number(query.get('attempts') ?? 50);
  many ??= manyAttempts(n);
  const run = many;
  const last = run.attempts.at(-1);
  if (!last) throw new Error('no attempts');
  sentIncrements += 1;
  const { attempts: _attempts, steps: _steps, ...header } = run;
  const seq = 500 + sentIncrements;
  const message = {
    type: 'increment',
    n: sentIncrements,
    header: { ...header, elapsed: header.elapsed + sentIncrements / 100 },
    attempts: [{ ...last, id: n + 1, status: 'running', activity: `training, fold ${sentIncrements}`, public: null, claim: null, endedAt: null }],
    steps: [{ ...run.steps[0]!, seq }],
  } satisfies ToRunPanel;
  const begun = performance.now();
  window.dispatchEvent(new MessageEvent('message', { data: message }));
  const drawn = (): boolean => document.querySelector('.grid-row.pinned .status')?.textContent === `Fold ${sentIncrements}`;
  while (!drawn()) {
    if (performance.now() - begun > 10_000) throw new Error('the increment was not drawn');
    await nextTask();
  }
  void document.body.offsetHeight;
  return performance.now() - begun;
}

Object.assign(globalThis, { podiumHarness: { sent, violations, increment } });
