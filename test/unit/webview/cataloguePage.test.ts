// @vitest-environment jsdom
import './browserGaps';
import { describe, expect, it } from 'vitest';
import type { CataloguePage, FromCataloguePage, ToCataloguePage } from '../../../src/protocol/catalogue';
import { panelProtocolVersion } from '../../../src/protocol/panel';
import { mountCataloguePage } from '../../../webview/cataloguePage/app';
import { fakeHost, settle, type FakeHost } from './fakeHost';
import { testPage } from './testPage';

const place = testPage();
const { all, one } = place;
let host: FakeHost<ToCataloguePage, FromCataloguePage>;

const page: CataloguePage = {
  id: 'birds',
  title: 'Birds <b>',
  facts: ['Images', '120 teams'],
  url: 'https://example.org/birds',
  rulesUrl: 'https://example.org/birds/rules',
  download: "Kaggle's download is 2 GB.",
  metric: { label: 'log loss', direction: 'minimize', formula: '−Σ ln q', explanation: '', range: '[0, ∞)' },
  ways: [
    { from: 'kaggle', title: 'Kaggle', steps: ['Accept the rules.', 'Run `get it`.'], note: '', action: null },
    { from: 'mle-bench', title: 'MLE-bench', steps: ['Import it.'], note: 'Graded natively.', action: 'Import from MLE-bench…' },
  ],
  medals: { teams: 120, gold: 100000, silver: 0.2, bronze: -0.3, median: 0.123456789 },
  imported: false,
};

async function open(changed: Partial<CataloguePage> = {}): Promise<void> {
  host = fakeHost(0);
  place.mounted(mountCataloguePage(place.root, host));
  await settle();
  await host.send({ type: 'page', version: panelProtocolVersion, page: { ...page, ...changed } });
}

async function press(name: string): Promise<void> {
  const found = all('vscode-button').find((button) => button.getAttribute('aria-label') === name);
  if (!found) throw new Error(`no button ${name}`);
  found.click();
  await settle();
}
const asked = (): FromCataloguePage[] => host.posted.filter((message) => message.type !== 'ready');

describe('the page of a competition of the catalogue', () => {
  it('names size, steps and medals, and remembers which competition it shows', async () => {
    await open();
    expect(one('h1').textContent).toBe('Birds <b>');
    expect(one('.download').textContent).toBe("Kaggle's download is 2 GB.");
    expect(all('.way h3').map((title) => title.textContent)).toEqual(['Kaggle', 'MLE-bench']);
    expect(all('.way')[0]?.querySelectorAll('ol > li')).toHaveLength(2);
    expect(one('.way code').textContent).toBe('get it');
    expect(all('.limits dd').map((cell) => cell.textContent)).toEqual(['100000', '0.2', '−0.3', '0.123457']);
    expect(host.saved).toMatchObject({ catalogue: 'birds' });
  });

  it('has a button for what this window can do, and for the rules', async () => {
    await open();
    expect(all('.way vscode-button')).toHaveLength(1);
    await press('Import from MLE-bench…');
    await press('Open rules');
    expect(asked()).toEqual([{ type: 'get', from: 'mle-bench' }, { type: 'openRules' }]);
  });

  it('leads to the competition that is imported', async () => {
    await open({ imported: true });
    await press('Open competition');
    expect(asked()).toEqual([{ type: 'openCompetition' }]);
  });

  it('leaves out what a research task has not', async () => {
    await open({ url: null, rulesUrl: null, medals: null, metric: { label: 'accuracy', direction: null, formula: null, explanation: '', range: '' } });
    expect(all('.start')).toHaveLength(0);
    expect(one('.formula').textContent).toBe('accuracy');
    expect(all('.direction')).toHaveLength(0);
  });
});
