// @vitest-environment jsdom
import './browserGaps';
import { describe, expect, it } from 'vitest';
import { panelProtocolVersion } from '../../../src/protocol/panel';
import type { CompetitionPage, FromCompetitionPage, ToCompetitionPage } from '../../../src/protocol/panel';
import { mountCompetitionPage } from '../../../webview/competitionPage/app';
import { fixtureNow, penguinsPage } from '../../fixtures/runView';
import { fakeHost, settle } from './fakeHost';
import type { FakeHost } from './fakeHost';
import { testPage } from './testPage';

const place = testPage();
const { all, one, button } = place;
let host: FakeHost<ToCompetitionPage, FromCompetitionPage>;

async function open(page: CompetitionPage): Promise<void> {
  host = fakeHost(fixtureNow);
  place.mounted(mountCompetitionPage(place.root, host));
  await settle();
  await host.send({ type: 'page', version: panelProtocolVersion, page });
}


describe('competition page', () => {
  it('says ready, then shows what the host knows', async () => {
    await open(penguinsPage());
    expect(host.posted[0]).toEqual({ type: 'ready', version: panelProtocolVersion });
    expect(one('h1').textContent).toBe('Palmer Penguins');
    const text = place.root.textContent ?? '';
    for (const words of ['Tell three penguin species apart', 'CC0 1.0', 'Higher is better, 0 to 1.', 'id,species', 'species is one of Adelie, Chinstrap, Gentoo', 'Your best, run 7', 'A place among them is no medal.']) {
      expect(text).toContain(words);
    }
    expect(all('h3').map((heading) => heading.textContent)).toEqual(['Where it is hard']);
    expect(host.saved).toMatchObject({ competition: 'penguins' });
  });

  it('previews a file with distribution, missing share and first rows', async () => {
    await open(penguinsPage());
    const table = one('.preview').textContent ?? '';
    for (const words of ['172 unique', 'Biscoe49\u00a0%', '172 – 231', '2007 – 2009', '2,700 – 6,300', '3.5\u00a0% missing', 'P0154']) expect(table).toContain(words);
    expect(all('.preview em').map((cell) => cell.textContent)).toEqual(['missing', 'missing', 'missing']);
    expect(all('.histogram')).toHaveLength(3);
  });

  it('shows a folder with its size and its pictures, each with its label', async () => {
    const uri = 'data:image/png;base64,iVBORw0KGgo=';
    const folder = { path: 'data/images/', files: 1200, bytes: 129_600, kinds: [{ kind: 'png', count: 1200 }], namedBy: null, description: 'One file for each row.' };
    await open({ ...penguinsPage(), folders: [{ ...folder, pictures: [{ path: 'data/images/N1.png', label: '7', size: [8, 8], uri }, { path: 'data/images/N2.png', label: null, size: null, uri }] }] });
    const pane = one('[aria-label="Folder data/images/"]');
    for (const words of ['1,200 PNG files, 130 kB', 'One file for each row.', '7']) expect(pane.textContent).toContain(words);
    const images = [...pane.querySelectorAll('img')];
    expect(images.map((image) => [image.src, image.alt, image.className])).toEqual([[uri, 'N1.png: 7', 'pixels'], [uri, 'N2.png', '']]);
  });

  it('posts what is pressed', async () => {
    await open(penguinsPage());
    for (const name of ['Start with agent', 'More ways to start', 'Start alone']) button(name).click();
    one('button.choice').click();
    for (const link of all('.section-extra .link')) link.click();
    expect(host.posted.slice(1)).toEqual([
      { type: 'command', command: 'startAgent' },
      { type: 'command', command: 'startMenu' },
      { type: 'command', command: 'startAlone' },
      { type: 'choose', key: 'agent' },
      { type: 'openFile', path: 'data/train.csv' },
      { type: 'command', command: 'openDataFolder' },
    ]);
  });

  it('says why nothing can start, offers what helps, and starts nothing', async () => {
    await open({ ...penguinsPage(), blocked: { text: 'This folder is not trusted.', action: 'trust' } });
    expect(one('.bar').textContent).toContain('This folder is not trusted.');
    button('Start with agent').click();
    button('Start alone').click();
    button('Manage workspace trust').click();
    expect(host.posted.slice(1)).toEqual([{ type: 'command', command: 'trust' }]);
  });

  it('unfolds the whole board', async () => {
    await open(penguinsPage());
    expect(all('.board tbody tr')).toHaveLength(5);
    one('.board tfoot .link').click();
    await settle();
    expect(all('.board tbody tr')).toHaveLength(13);
    expect(all('.board tr.own').map((row) => row.textContent)).toEqual(['4Your best, run 70.9130']);
  });

  it('says what the checks found once they have run, serious first, and folds what passed', async () => {
    const { health, ...page } = penguinsPage();
    await open(page);
    expect(all('.health')).toEqual([]);
    await host.send({ type: 'page', version: panelProtocolVersion, page: { ...page, health } });
    expect(one('.health .section-head').textContent).toBe('Health3 passed, 2 to know');
    const items = (): string[] => all('.findings > li').map((item) => `${item.querySelector('i')?.getAttribute('aria-label') ?? ''}: ${item.textContent ?? ''}`);
    expect(items()).toEqual([
      'Warning: Differences under 0.0301 are noise86 public rows: one standard error of the score of a middling reference solution.',
      'To know: 3 test rows repeat a training rowAll features are equal.',
      'Passed: No public file holds answers',
    ]);
    one('.more-passed .link').click();
    await settle();
    expect(items()).toHaveLength(5);
  });

  it('keeps a page without files, board or choices whole', async () => {
    await open({ ...penguinsPage(), files: [], board: [], choices: [], best: null });
    expect(place.root.textContent).toContain('This competition has no public files.');
    expect(all('.board')).toEqual([]);
  });

  it('keeps foreign text as text and links to https only', async () => {
    const attack = '<img src=x onerror="window.broken=1">';
    const page = penguinsPage();
    const [file] = page.files;
    if (!file) throw new Error('no file');
    await open({
      ...page,
      title: attack,
      description: attack,
      source: { name: attack, url: 'javascript:alert(1)', licence: attack },
      files: [{ ...file, description: attack, head: [[attack, null, null, null, null, null, attack]] }],
    });
    expect(all('img, script, [onerror]')).toEqual([]);
    expect(all('a[href^="javascript"], vscode-link')).toEqual([]);
    expect(place.root.textContent).toContain(attack);
  });
});
