// @vitest-environment jsdom
import './browserGaps';
import { describe, expect, it, vi } from 'vitest';
import { panelProtocolVersion } from '../../../src/protocol/panel';
import type { FromRunPanel, RunView, ToRunPanel } from '../../../src/protocol/panel';
import { mountRunPanel } from '../../../webview/runPanel/app';
import { penguinsInvalid } from '../../fixtures/submission';
import { approvalOf15, attemptFiles, fixtureNow, penguinsEnded, penguinsRun, penguinsStarting } from '../../fixtures/runView';
import { fakeHost, settle } from './fakeHost';
import type { FakeHost } from './fakeHost';
import { testPage } from './testPage';

const place = testPage();
const { all, one, button } = place;
let host: FakeHost<ToRunPanel, FromRunPanel>;

async function open(run: RunView | null = penguinsRun(), saved?: unknown): Promise<void> {
  host = fakeHost(fixtureNow, saved);
  place.mounted(mountRunPanel(place.root, host));
  await settle();
  if (run) await host.send({ type: 'snapshot', version: panelProtocolVersion, n: 0, run });
}

const rowIds = (): number[] => all('[data-attempt]').map((row) => Number(row.dataset.attempt));
const row = (id: number): HTMLElement => one(`[data-attempt="${id}"]`);
const commands = (): string[] => host.posted.flatMap((message) => (message.type === 'command' ? [message.command] : []));
async function press(key: string, on: Element | null = document.activeElement): Promise<void> {
  on?.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
  await settle();
}
async function click(element: HTMLElement): Promise<void> {
  element.click();
  await settle();
}
const selected = (): number[] => all('[data-attempt][aria-selected="true"]').map((element) => Number(element.dataset.attempt));

describe('run panel', () => {
  it('says what was missed after the window was away, until it is dismissed', async () => {
    const edit = { id: 'e1', attempt: 11, path: 'train.py', base: 'a', next: 'b', mode: 'review' as const };
    await open({ ...penguinsRun(), waitingEdits: [edit] });
    await host.send({ type: 'away', from: 300, to: 872, gradedCalls: 7 });
    const bar = one('.bar').textContent ?? '';
    for (const text of ['Attached again. The run went on without this window.', 'Away 9:32, from 5:00 to 14:32 of run time.', 'best public, #11 improve', '7 graded calls used', '1 edit waits for your review in train.py']) {
      expect(bar).toContain(text);
    }
    const [show] = all('.bar vscode-button').filter((found) => /^Show the \d+ attempts$/.test(found.getAttribute('aria-label') ?? ''));
    await click(show as HTMLElement);
    expect(rowIds().slice(0, 3)).toEqual([14, 13, 12]);
    await click(button('Review edit'));
    expect(commands()).toEqual(['reviewEdits']);
    await click(button('Dismiss'));
    expect(host.posted).toContainEqual({ type: 'dismissAway' });
    expect(one('.bar').textContent).not.toContain('Attached again');
  });

  it('says ready with the protocol version and shows a still skeleton only after a while', async () => {
    await open(null);
    await vi.waitFor(() => expect(host.posted).toEqual([{ type: 'ready', version: panelProtocolVersion }]));
    await vi.waitFor(() => expect(one('[role=status]').getAttribute('aria-label')).toBe('Reading the run'));
  });

  it('says whose turn it is when a person plays and nothing runs', async () => {
    const run = penguinsRun();
    const done = run.attempts.filter((attempt) => attempt.status !== 'running');
    await open({ ...run, agent: 'human', attempts: done, steps: run.steps.filter((step) => step.status !== null) });
    expect(one('.strip').textContent).toContain('Your turn');
  });

  it('answers in order: state, score with its doubt, what is left', async () => {
    await open();
    const strip = one('.strip').textContent ?? '';
    for (const text of ['Running #14', 'debug, training, fold 3 of 5', '0.9130±0.0301', '#11', '4th of 13, +0.0061 to 3rd, within noise', '14:32of 30:00', '11of 50']) {
      expect(strip).toContain(text);
    }
    expect(one('h1').textContent).toBe('Palmer Penguins');
    expect(one('.head').textContent).toContain('macro F1, higher is better');
    expect(one('.head vscode-tag').textContent).toBe('Isolated');
    expect(one('[role=meter][aria-label="Time"]').getAttribute('aria-valuenow')).toBe('48');
    expect(strip).not.toMatch(/money|\$/i);
  });

  it('shows an attempts meter when attempts are limited, hot from 80 % on', async () => {
    const run = penguinsRun();
    await open({ ...run, budget: { ...run.budget, attempts: { used: 14, limit: 16 }, gradedCalls: { used: 50, limit: 50 } } });
    expect(one('[role=meter][aria-label="Attempts"]').className).toContain('hot');
    expect(one('[role=meter][aria-label="Graded calls"]').className).toContain('over');
    expect(one('[role=meter][aria-label="Time"]').className).toBe('meter');
  });

  it('lists the attempts best first, the running pinned, with one number per cell', async () => {
    await open();
    expect(rowIds()).toEqual([14, 11, 12, 9, 7, 6, 8, 10, 4, 5, 2, 1, 13, 3]);
    const cells = all('[role=gridcell]', row(8)).map((cell) => cell.textContent);
    expect(cells).toEqual(['8', 'improve', 'Target encoding of island', 'No gain', '0.8736±0.0161', '0.8669', '\u22120.0058', '0:25']);
    expect(all('.gain').map((cell) => cell.closest<HTMLElement>('[data-attempt]')?.dataset.attempt)).toEqual(['11', '9', '7', '6', '10']);
    expect(row(13).textContent).toContain('ValueError');
    expect(row(14).className).toContain('pinned');
  });

  it('sorts by a header and says so', async () => {
    await open();
    const header = (name: string): HTMLElement => {
      const found = all('[role=columnheader]').find((cell) => cell.textContent === name);
      if (!found) throw new Error(`no column ${name}`);
      return found;
    };
    expect(header('Public').getAttribute('aria-sort')).toBe('descending');
    await click(all('button', header('#'))[0] as HTMLElement);
    expect(rowIds()).toEqual([14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
    await click(all('button', header('#'))[0] as HTMLElement);
    expect(header('#').getAttribute('aria-sort')).toBe('ascending');
    expect(header('Public').getAttribute('aria-sort')).toBe('none');
    expect(rowIds().slice(0, 3)).toEqual([14, 1, 2]);
  });

  it('has one tab stop in the grid, moved by arrows, Home, End and #', async () => {
    await open();
    const stops = (): HTMLElement[] => all('[role=grid] [tabindex="0"]');
    expect(stops()).toEqual([row(11)]);
    row(11).focus();
    await press('ArrowDown');
    expect(document.activeElement).toBe(row(12));
    expect(selected()).toEqual([12]);
    await press('End');
    expect(document.activeElement).toBe(row(3));
    await press('ArrowDown');
    expect(document.activeElement).toBe(row(3));
    await press('Home');
    expect(document.activeElement).toBe(row(14));
    await press('#');
    await press('1');
    await press('0');
    expect(document.activeElement).toBe(row(10));
    expect(stops()).toEqual([row(10)]);
    await press('Home');
    await press('ArrowUp');
    expect(document.activeElement?.closest('[role=columnheader]')?.textContent).toBe('Public');
    await press('ArrowRight');
    expect(document.activeElement?.closest('[role=columnheader]')?.textContent).toBe('vs parent');
    expect(stops()).toHaveLength(1);
    await press('ArrowDown');
    expect(document.activeElement).toBe(row(14));
  });

  it('opens the detail of the selected attempt with Enter', async () => {
    await open();
    row(11).focus();
    await press('ArrowDown');
    await press('Enter');
    expect(document.activeElement).toBe(one('.detail'));
    expect(one('.detail h2').textContent).toBe('#12 Average of #11, #10 and #5');
    await vi.waitFor(() => expect(host.posted).toContainEqual({ type: 'readAttempt', id: 12 }));
  });

  it('keeps the selection when rows come, and follows the best until the person chooses', async () => {
    await open();
    const run = penguinsRun();
    const { attempts: _attempts, steps: _steps, ...header } = run;
    expect(selected()).toEqual([11]);
    await click(row(9));
    const [, , , , , , , , , , eleven] = run.attempts;
    if (!eleven) throw new Error('no attempt 11');
    await host.send({
      type: 'increment',
      n: 1,
      header: { ...header, best: { attempt: 15, public: { score: 0.95, se: 0.02 }, place: 1 } },
      attempts: [{ ...eleven, id: 15, public: { score: 0.95, se: 0.02 }, endedAt: 870 }],
      steps: [],
    });
    expect(selected()).toEqual([9]);
    expect(rowIds()[1]).toBe(15);
    expect(one('[aria-live=polite]').textContent).toBe('New best: #15, public score 0.9500.');
  });

  it('links chart and table: hover marks the same row, a click selects it', async () => {
    await open();
    const chart = one('.chart svg');
    chart.focus();
    await press('ArrowLeft', chart);
    expect(chart.getAttribute('aria-activedescendant')).toBe('mark-10');
    expect(row(10).className).toContain('hovered');
    expect(one('.tip').textContent).toContain('0.8586');
    await press('Enter', chart);
    expect(selected()).toEqual([10]);
    expect(one('#mark-10').getAttribute('aria-label')).toBe('#10 human, claim 0.8651 ±0.0166, public 0.8586 ±0.0378');
    await press('Escape', chart);
    expect(all('.tip')).toEqual([]);
  });

  it('draws claim, public and private as circle, disc and diamond', async () => {
    await open();
    const drawn = (kind: string): number => one(`.chart ${kind}`).getAttribute('d')?.match(/M/g)?.length ?? 0;
    // Ten scores in the plot, and the arrow of the baseline far below.
    expect([drawn('.s-claim'), drawn('.f-public'), drawn('.f-private'), drawn('.s-failed')]).toEqual([10, 11, 0, 2]);
    await host.send({ type: 'snapshot', version: panelProtocolVersion, n: 0, run: penguinsEnded() });
    expect(drawn('.f-private')).toBe(10);
  });

  it('draws whiskers for the best, the pointed and the selected only where attempts crowd', async () => {
    const run = penguinsRun();
    const many = Array.from({ length: 80 }, (_, n) => ({ ...run.attempts[1 + (n % 10)]!, id: n + 1, status: 'valid' as const, error: null, public: { score: 0.85 + n / 2000, se: 0.03 }, claim: null, endedAt: 10 * n }));
    await open({ ...run, attempts: many, best: { attempt: 80, public: { score: 0.8895, se: 0.03 }, place: 4 } });
    const whiskers = (): number => one('.chart .w-public').getAttribute('d')?.match(/M/g)?.length ?? 0;
    expect(whiskers()).toBe(1);
    await press('ArrowLeft', one('.chart svg'));
    expect(whiskers()).toBe(2);
    await host.send({ type: 'snapshot', version: panelProtocolVersion, n: 0, run: { ...run, attempts: many.slice(0, 60) } });
    expect(whiskers()).toBe(60);
  });

  it('shows what changed against the parent', async () => {
    await open();
    await host.send(attemptFiles());
    expect(one('.code.diff').textContent).toContain('groupby');
    expect(one('figcaption').textContent).toContain('train.py+6\u22123against ');
    expect(all('figcaption option').map((option) => option.textContent)).toEqual(['parent #9', 'baseline #1']);
    const tabs = all('vscode-panel-tab').map((tab) => tab.textContent);
    expect(tabs).toEqual(['Plan', 'Diff', 'Code', 'Log']);
    await click(all('.failure .link')[1] as HTMLElement);
    expect(selected()).toEqual([13]);
  });

  it('compares with another attempt when it is chosen, and remembers that', async () => {
    await open();
    await host.send(attemptFiles());
    const choice = one('figcaption select') as HTMLSelectElement;
    choice.value = 'baseline';
    choice.dispatchEvent(new Event('change', { bubbles: true }));
    await settle();
    expect(one('.detail').textContent).toContain('Reading the files of #1.');
    await vi.waitFor(() => expect(host.posted).toContainEqual({ type: 'readAttempt', id: 1 }));
    await host.send({ type: 'attempt', id: 1, files: [{ path: 'train.py', text: 'print("the most frequent")\n', before: null }], log: '' });
    expect(one('.code.diff').textContent).toContain('the most frequent');
    expect(host.saved).toMatchObject({ state: { against: 'baseline' } });
  });

  it('says what an attempt cost only when a model was asked', async () => {
    await open();
    await host.send(attemptFiles());
    expect(all('vscode-panel-tab').map((tab) => tab.textContent)).not.toContain('Cost');
    await host.send(attemptFiles(11, true));
    await click(all('vscode-panel-tab').find((tab) => tab.textContent === 'Cost') as HTMLElement);
    expect(one('.cost').textContent).toBe('Model calls6Waited for the model0:38Tokens read41,230Tokens written3,118Money$0.05');
  });

  it('takes words to the agent where somebody reads them, and sends none of them twice', async () => {
    await open();
    expect(all('.instruct')).toEqual([]);
    await host.send({ type: 'snapshot', version: panelProtocolVersion, n: 0, run: { ...penguinsRun(), agent: 'gpt-4.1-mini' } });
    await click(button('Instruct…'));
    const field = one('.instruct input') as HTMLInputElement;
    expect(document.activeElement).toBe(field);
    await press('Enter', field);
    field.value = '  Try a smaller model  ';
    field.dispatchEvent(new Event('input', { bubbles: true }));
    await settle();
    await press('Enter', field);
    await press('Enter', field);
    expect(host.posted.filter((message) => message.type === 'instruct')).toEqual([{ type: 'instruct', text: 'Try a smaller model' }]);
    expect(field.value).toBe('');
    expect(one('.instruct .spoken').textContent).toBe('Sent. It counts from the next step.');
    await host.send({ type: 'connection', state: 'lost', since: 872 });
    expect(all('.instruct')).toEqual([]);
  });

  it('shows why a submission was not graded, and leads to its line', async () => {
    await open(penguinsInvalid());
    expect(one('.invalid-file .bar').textContent).toBe('submission.csv was not graded: 3\u00a0problemsNo graded call was used.');
    await click(button('Open at line 18'));
    expect(host.posted).toContainEqual({ type: 'openAttempt', id: 1, path: 'submission.csv', line: 18 });
  });

  it('shows the tab that is pressed, and remembers it for other attempts', async () => {
    await open();
    await host.send(attemptFiles());
    await host.send(attemptFiles(9));
    const tab = (name: string): HTMLElement => all('vscode-panel-tab').find((element) => element.textContent === name) as HTMLElement;
    await click(tab('Log'));
    expect(one('.log').textContent).toContain('fold 3 of 5: 0.9314');
    await click(tab('Code'));
    expect(one('.code:not(.diff)').textContent).toContain('import pandas as pd');
    await click(row(9));
    expect(one('.detail h2').textContent).toContain('#9');
    expect(all('.code:not(.diff)')).toHaveLength(1);
    await click(tab('Plan'));
    expect(one('.plan').textContent).toContain('From #7');
  });

  it('leads from a failed step to its place in the code', async () => {
    await open();
    const failure = one('.feed .failure');
    expect(failure.textContent).toContain('ValueError: Input X contains NaN.');
    expect(failure.textContent).toContain('Impute before it, inside the pipeline.');
    await click(all('.link', failure)[0] as HTMLElement);
    expect(host.posted).toContainEqual({ type: 'openAttempt', id: 13, path: 'train.py', line: 63 });
  });

  it('asks again when an increment is missing', async () => {
    await open();
    await host.send({ type: 'increment', n: 3, attempts: [], steps: [] });
    expect(host.posted).toContainEqual({ type: 'resync' });
  });

  it('turns buttons into commands', async () => {
    await open();
    for (const name of ['Pause', 'Stop', 'More actions']) await click(button(name));
    expect(commands()).toEqual(['pause', 'stop', 'more']);
    await host.send({ type: 'snapshot', version: panelProtocolVersion, n: 0, run: { ...penguinsRun(), status: 'paused', statusText: 'Paused by you' } });
    expect(one('.strip').textContent).toContain('Paused at 14:32');
    await click(button('Resume'));
    expect(commands().at(-1)).toBe('resume');
  });

  it('says when the run does not answer, keeps the numbers and offers ways on', async () => {
    await open();
    await host.send({ type: 'connection', state: 'lost', since: 872 });
    const bar = one('.bar');
    expect(bar.textContent).toContain('No answer from the run since 14:32');
    expect(bar.textContent).toContain('Nothing is lost: the journal holds every attempt up to #14.');
    expect(one('.strip').textContent).toContain('as of 14:32');
    expect(rowIds()).toHaveLength(14);
    for (const name of ['Attach again', 'Resume from journal', 'Show log']) await click(button(name));
    expect(commands()).toEqual(['attachAgain', 'resumeFromJournal', 'showLog']);
    await host.send({ type: 'connection', state: 'attached', since: 880 });
    expect(all('.bar')).toEqual([]);
  });

  it('asks for the review of a waiting edit, and warns of a run that is not isolated', async () => {
    const edit = { id: 'e', attempt: 11, path: 'train.py', base: null, next: 'b', mode: 'review' as const };
    await open({ ...penguinsRun(), status: 'waiting', statusText: 'Waits for you', isolation: 'none', waitingEdits: [edit] });
    expect(one('.bar').textContent).toContain('1 edit waits for your review in train.py');
    expect(one('vscode-tag').textContent).toBe('Not isolated');
    expect(one('vscode-tag').className).toContain('warning');
    await click(button('Review edit'));
    expect(commands()).toEqual(['reviewEdits']);
  });

  it.each([
    ['unauthorized', ['Give new key', 'Try again'], ['giveModelKey', 'resume']],
    ['rate_limited', ['Try again'], ['resume']],
    ['no_window', [], []],
  ] as const)('offers what helps when the model gives no answer: %s', async (modelTrouble, labels, sent) => {
    await open({ ...penguinsRun(), status: 'waiting', statusText: 'The model gives no answer', nextStep: 'Do this.', modelTrouble, waitingEdits: [] });
    expect(one('.bar.warning').textContent).toContain('The model gives no answer.');
    expect(all('.bar vscode-button')).toHaveLength(labels.length);
    for (const label of labels) await click(button(label));
    expect(commands()).toEqual(sent);
  });

  it('shows commands in what failed and what to do next as code', async () => {
    await open({ ...penguinsRun(), status: 'failed', statusText: 'No answer to `docker ps`', nextStep: 'Run `podium doctor`, then `podium resume`.' });
    expect(all('.bar code').map((code) => code.textContent)).toEqual(['docker ps', 'podium doctor', 'podium resume']);
    expect(one('.bar').textContent).not.toContain('`');
    expect(one('.bar').getAttribute('aria-label')).toBe('No answer to docker ps.');
  });

  it('says what failed and what to do next', async () => {
    await open({ ...penguinsRun(), status: 'failed', statusText: 'The container was killed', nextStep: 'Raise the memory limit.' });
    expect(one('.bar.error').textContent).toContain('The container was killed.');
    expect(one('.bar.error').textContent).toContain('Raise the memory limit.');
  });

  it('shows what a starting run does, before any attempt', async () => {
    await open(penguinsStarting());
    expect(one('.strip').textContent).toContain('Building the image, step 4 of 9');
    expect(one('[role=grid]').textContent).toContain('No attempts yet.');
    expect(one('.strip').textContent).toContain('none yet');
    expect(all('[role=grid] [tabindex="0"]')).toHaveLength(1);
  });

  it('reveals private scores, the gap and the final choice after the end', async () => {
    await open(penguinsEnded());
    const ended = `${one('.strip').textContent} ${one('.ended').textContent}`;
    expect(one('.strip').textContent).toContain('Ended at 29:41');
    for (const text of ['0.9130', '0.8934', '4th of 13', '7th of 13', '\u22120.0196', 'less than one standard error', 'Final file: #11, chosen by public score before the private scores were shown.', '11\u00a0graded calls were answered']) {
      expect(ended).toContain(text);
    }
    expect(all('.dumbbells tbody tr')).toHaveLength(4);
    await click(button('New run'));
    await click(button('Open submission.csv'));
    expect(commands()).toEqual(['newRun', 'openSubmission']);
  });

  it('keeps text of models and data as text', async () => {
    const attack = '<img src=x onerror="window.broken=1"><script>window.broken=1</script>';
    const run = penguinsRun();
    await open({
      ...run,
      statusText: attack,
      competition: { ...run.competition, title: attack, board: [{ name: attack, score: 0.99 }] },
      attempts: run.attempts.map((attempt) => ({ ...attempt, plan: attack, explanation: attack, error: attempt.error && { ...attempt.error, message: attack, hints: [attack] } })),
      steps: run.steps.map((step) => ({ ...step, summary: attack })),
    });
    await host.send({ type: 'attempt', id: 11, files: [{ path: attack, text: attack, before: '' }], log: attack });
    expect(all('img, script, [onerror]')).toEqual([]);
    expect(place.root.textContent).toContain(attack);
    expect('broken' in window).toBe(false);
  });

  it('saves what is open and sorted with the identity of the run, nothing of its data', async () => {
    await open();
    await click(row(7));
    expect(host.saved).toMatchObject({ runId: penguinsRun().runId, version: 1, state: { selected: 7 } });
    expect(JSON.stringify(host.saved)).not.toContain('Body mass');
    place.unmount();
    await open(penguinsRun(), host.saved);
    expect(selected()).toEqual([7]);
  });

  it('makes only the rows in sight of a very long run', async () => {
    const run = penguinsRun();
    const [, second] = run.attempts;
    if (!second) throw new Error('no attempt');
    await open({ ...run, attempts: Array.from({ length: 3000 }, (_, n) => ({ ...second, id: n + 1, endedAt: n / 4 })) });
    expect(rowIds().length).toBeLessThan(80);
    expect(one('[role=grid]').getAttribute('aria-rowcount')).toBe('3001');
    row(rowIds()[0] ?? 0).focus();
    await press('End', document.activeElement);
    expect(document.activeElement?.getAttribute('aria-rowindex')).toBe('3001');
  });
});

describe('a run that asks', () => {
  const asking = (): RunView => ({ ...penguinsRun(), status: 'waiting', statusText: approvalOf15.title, approval: { ...approvalOf15, code: 'pip install x\n<b>y</b>' } });

  it('shows exactly what would run, with the answers, and says so', async () => {
    await open(penguinsRun());
    await host.send({ type: 'snapshot', version: panelProtocolVersion, n: 0, run: asking() });
    expect(one('.bar').textContent).toContain('Approve network access for #15?');
    expect(one('.approval-code').textContent).toBe('pip install x\n<b>y</b>');
    expect(one('.approval-reason').textContent).toBe('The agent\'s reason: Faster boosting than scikit-learn.');
    expect(one('.approval-effect').textContent).not.toContain('Faster');
    expect(one('div.spoken[aria-live="polite"]').textContent).toContain('Approve network access for #15?');
    for (const name of ['Allow once', 'Allow for this run', 'Refuse…']) await click(button(name));
    const answers = (['allowOnce', 'allowForRun', 'refuseApproval'] as const).map((command) => ({ type: 'command', command, question: approvalOf15.id }));
    expect(host.posted.filter((message) => message.type === 'command')).toEqual(answers);
  });

  it('goes on when it was answered', async () => {
    await open(asking());
    const { attempts: _attempts, steps: _steps, ...header } = { ...penguinsRun(), approval: null };
    await host.send({ type: 'increment', n: 1, header, attempts: [], steps: [] });
    expect(all('.approval-code')).toEqual([]);
  });
});
