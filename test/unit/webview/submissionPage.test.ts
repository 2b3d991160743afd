// @vitest-environment jsdom
import './browserGaps';
import { describe, expect, it } from 'vitest';
import { panelProtocolVersion } from '../../../src/protocol/panel';
import type { FromSubmissionPage, SubmissionCheck, ToSubmissionPage } from '../../../src/protocol/submission';
import { mountSubmissionPage } from '../../../webview/submissionPage/app';
import { submissionCheck } from '../../fixtures/submission';
import { fakeHost, settle } from './fakeHost';
import type { FakeHost } from './fakeHost';
import { testPage } from './testPage';

const place = testPage();
const { all, one } = place;
let host: FakeHost<ToSubmissionPage, FromSubmissionPage>;

async function open(check: SubmissionCheck): Promise<void> {
  host = fakeHost(0);
  place.mounted(mountSubmissionPage(place.root, host));
  await settle();
  await host.send({ type: 'check', version: panelProtocolVersion, check });
}

async function press(name: string): Promise<void> {
  const found = all('vscode-button, button').find((button) => (button.getAttribute('aria-label') ?? button.textContent) === name);
  if (!found) throw new Error(`no button ${name}`);
  found.click();
  await settle();
}
const asked = (): FromSubmissionPage[] => host.posted.filter((message) => message.type !== 'ready');

describe('the page of a checked submission', () => {
  it('tells every reason with its line, its extent and what helps', async () => {
    await open(submissionCheck('invalid'));
    expect(one('.bar').textContent).toBe('submission.csv was not graded: 3\u00a0errors, 1\u00a0warningNo graded call was used. 39 of 50 left.');
    const rows = all('.problems tbody tr').map((row) => [...row.querySelectorAll('td')].map((cell) => cell.textContent));
    expect(rows.map((cells) => cells.slice(2))).toEqual([['–', '3'], ['18', '2'], ['141', '1'], ['1', '1']]);
    expect(rows[0]?.[1]).toBe('3 ids are missing.“P0031”, “P0117”, “P0264”Write one row for every id of the sample submission.');
    expect(rows[1]?.[1]).toContain('Match 2 labels to the 3 class names');
    expect(rows[1]?.[1]).not.toContain('Use the labels');
    expect(all('.problem-mark [aria-label]').map((icon) => icon.getAttribute('aria-label'))).toEqual(['error', 'error', 'error', 'warning']);
  });

  it('opens the file at a line, repairs one thing or all that are certain, and checks again', async () => {
    await open(submissionCheck('invalid'));
    await press('Open at line 141');
    await press('Match 2 labels to the 3 class names');
    await press('Fix all that are certain (2)');
    await press('Check again');
    expect(asked()).toEqual([{ type: 'open', line: 141 }, { type: 'fix', kinds: ['labels'] }, { type: 'fix' }, { type: 'checkAgain' }]);
  });

  it('says what was changed and takes it back', async () => {
    await open(submissionCheck('repaired'));
    expect(one('.bar.info').textContent).toContain('submission.csv was changed');
    expect(all('.bar.info li').map((item) => item.textContent)).toEqual(['Drop the column "confidence"', 'Match 2 labels to the 3 class names']);
    expect(all('vscode-button').some((button) => button.getAttribute('aria-label')?.startsWith('Fix all'))).toBe(false);
    await press('Undo');
    expect(asked()).toEqual([{ type: 'undoFix' }]);
  });

  it('shows the score of a valid file with its doubt and its place', async () => {
    await open(submissionCheck('valid'));
    expect(one('.valid').textContent).toBe('submission.csv is valid');
    expect(one('.verdict').textContent).toBe('Public score, macro F10.8992±0.03236th of 13, +0.0029 to 5th, within noise');
    expect(all('.bar, .problems')).toEqual([]);
    await press('Open submission.csv');
    expect(asked()).toEqual([{ type: 'open' }]);
  });

  it('keeps what it shows while a check is under way, and says so', async () => {
    await open(submissionCheck('invalid'));
    await host.send({ type: 'checking' });
    expect(one('main').getAttribute('aria-busy')).toBe('true');
    expect(all('.problems tbody tr')).toHaveLength(4);
    await press('Check again');
    expect(asked()).toEqual([]);
    await host.send({ type: 'check', version: panelProtocolVersion, check: submissionCheck('valid') });
    expect(one('[aria-live=polite]').textContent).toBe('submission.csv is valid.');
    expect(host.saved).toEqual({ path: '/workspace/penguins/submission.csv', competition: 'penguins' });
  });

  it('keeps text of the file as text', async () => {
    const attack = '<img src=x onerror="window.broken=1">';
    const check = submissionCheck('invalid');
    await open({ ...check, file: attack, errors: check.errors.map((problem) => ({ ...problem, message: attack, examples: [attack], fix: attack })) });
    expect(all('img')).toEqual([]);
    expect(place.root.textContent).toContain('onerror');
  });
});
