// @vitest-environment jsdom
import './browserGaps';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { panelProtocolVersion } from '../../../src/protocol/panel';
import type { FromStandingsPage, Standings, ToStandingsPage } from '../../../src/protocol/standings';
import { mountStandingsPage } from '../../../webview/standingsPage/app';
import { standingsFixture } from '../../fixtures/standings';
import { fakeHost, settle, type FakeHost } from './fakeHost';

let root: HTMLElement;
let host: FakeHost<ToStandingsPage, FromStandingsPage>;
let unmount: () => void;

const show = (standings: Standings): Promise<void> => host.send({ type: 'standings', version: panelProtocolVersion, standings });
async function open(standings: Standings, saved?: unknown): Promise<void> {
  host = fakeHost(0, saved);
  unmount = mountStandingsPage(root, host);
  await settle();
  await show(standings);
}

beforeEach(() => {
  root = document.createElement('div');
  document.body.append(root);
});
afterEach(async () => {
  unmount();
  root.remove();
  // Effects that were still to come look for what the environment is about to take away.
  await settle();
});

const all = (selector: string): HTMLElement[] => [...root.querySelectorAll<HTMLElement>(selector)];
async function press(name: string): Promise<void> {
  const found = all('vscode-button, button').find((button) => (button.getAttribute('aria-label') ?? button.textContent) === name);
  if (!found) throw new Error(`no button ${name}`);
  found.click();
  await settle();
}
const players = (): (string | null)[] => all('.players tbody th').map((cell) => cell.textContent);
const row = (table: string, name: string): (string | null)[] => {
  const found = all(`${table} tbody tr`).find((one) => one.querySelector('th')?.textContent === name);
  return [...(found?.querySelectorAll('td') ?? [])].map((cell) => cell.textContent);
};

describe('the page that compares runs', () => {
  it('tells of each player mean, error, interval, place, feedback and isolation', async () => {
    await open(standingsFixture('reference'));
    expect(players()).toEqual(['qwen2.5-coder-32b-instruct (greedy)', 'human', 'gpt-4.1-mini (aide)', 'offline']);
    expect(row('.players', 'offline')).toEqual(['5', '0–4', '0.9115 ±0.0028', '0.9059 to 0.9170', '0.9189', '4th of 8', '60', 'container']);
    expect(row('.players', 'human')).toEqual(['1', '0', '0.9236 one run', '', '', '4th of 8', '31', 'container']);
    expect(row('.players', 'qwen2.5-coder-32b-instruct (greedy)')[0]).toBe('2 of 3 valid');
    // Reference solutions are no people.
    expect(all('.c-medals, .c-human')).toEqual([]);
    expect(all('.c-told [aria-label]').map((icon) => icon.getAttribute('aria-label'))).toEqual(['Private scores were revealed before a run had ended']);
  });

  it('tells medals and HumanRank among people alone, and the gap closed where there is one', async () => {
    await open(standingsFixture('people'));
    expect(all('.about')[0]?.textContent).toContain('HumanRank is in the form of MLE-Dojo\'s code');
    expect(row('.players', 'gpt-4.1-mini (aide)').slice(5, 9)).toEqual(['36th of 240', '2 silver, 3 bronze', '0.811', '41.5\u00a0%']);
  });

  it('pairs equal seeds, names the better one first, and says what noise is', async () => {
    await open(standingsFixture('reference'));
    const rows = all('.differences tbody tr').map((one) => [...one.querySelectorAll('th, td')].map((cell) => cell.textContent));
    expect(rows.find(([a, b]) => a === 'gpt-4.1-mini (aide)' && b === 'offline')).toEqual(['gpt-4.1-mini (aide)', 'offline', '+0.0111', '+0.0092 to +0.0129', '5 equal seeds', 'beyond noise']);
    expect(rows.find(([a]) => a === 'human')?.at(-1)).toBe('too few to tell');
    expect(rows.every(([, , by]) => by?.startsWith('+'))).toBe(true);
  });

  it('sorts by its heads, says so, and remembers it', async () => {
    await open(standingsFixture('reference'));
    const sorted = (): (string | null)[][] => all('[aria-sort]').map((head) => [head.textContent, head.getAttribute('aria-sort')]);
    expect(sorted()).toEqual([['Mean ± SEM', 'descending']]);
    await press('Player');
    expect(sorted()).toEqual([['Player', 'ascending']]);
    expect(players()[0]).toBe('gpt-4.1-mini (aide)');
    await press('Player');
    expect(players()[0]).toBe('qwen2.5-coder-32b-instruct (greedy)');
    await press('Best');
    // Without a value last, whichever way.
    expect(players().at(-1)).toBe('human');
    expect(host.saved).toMatchObject({ competition: 'penguins', runs: '', state: { sorting: { key: 'best', descending: true } } });
  });

  it('unfolds a player to its runs, and opens one', async () => {
    await open(standingsFixture('reference'));
    await press('offline');
    const lines = all('.runs-of li').map((line) => line.textContent);
    expect(lines).toHaveLength(5);
    expect(lines[0]).toBe('Run 60.9172seed 0, 5th of 8, percentile 50.0, 0.0015 to reference 4, 12 of 12\u00a0graded calls told, container');
    await press('Run 6');
    expect(host.posted.at(-1)).toEqual({ type: 'openRun', runId: 'run-6' });
    expect(all('[aria-expanded=true]')).toHaveLength(1);
  });

  it('says what is left out and why, and takes it in', async () => {
    await open(standingsFixture('reference'));
    expect(all('.left-out li').map((line) => line.textContent)).toEqual(['Run 15offline: it has not ended', 'Run 16human: nothing isolated it']);
    const [box] = all('.include input');
    box?.click();
    await settle();
    const include = { unisolated: true, selfScored: false };
    expect(host.posted.at(-1)).toEqual({ type: 'include', include });
    await show(standingsFixture('reference', include));
    expect(row('.players', 'human').slice(0, 3)).toEqual(['2', '0, 1', '0.9568 ±0.0332']);
    expect(row('.players', 'human').at(-1)).toContain('not isolated');
    // The choice is told again when the page is restored.
    const { saved } = host;
    unmount();
    await open(standingsFixture('reference', include), saved);
    expect(host.posted[0]).toEqual({ type: 'ready', version: panelProtocolVersion, include });
  });

  it.each([
    ['none', 'No run to compare yet'],
    ['one', 'One run is compared'],
    ['leftOut', 'No run is compared'],
  ] as const)('explains itself with too little to compare: %s', async (scene, title) => {
    await open(standingsFixture(scene));
    expect(all('.bar strong').map((head) => head.textContent)).toEqual([title]);
    await press('New run…');
    expect(host.posted.at(-1)).toEqual({ type: 'newRun' });
    expect(all('.differences')).toEqual([]);
  });

  it('keeps runs apart that other versions of the competition scored, the newest first', async () => {
    await open(standingsFixture('versions'));
    expect(all('.version h2').map((head) => head.textContent)).toEqual(['Scored by the newest version runs 5 to 10', 'Scored by an earlier version runs 1 to 4']);
    expect(all('.bar strong').map((head) => head.textContent)).toEqual(['What scores these runs was changed between them']);
    expect(all('.version').map((section) => [...section.querySelectorAll('.players tbody th')].map((cell) => cell.textContent))).toEqual([['gpt-4.1-mini (aide)', 'offline'], ['human', 'offline']]);
    expect(all('.differences tbody tr').map((line) => line.textContent?.includes('beyond noise'))).toEqual([true, true]);
    // One heading each, and every region has a name of its own.
    expect(new Set(all('[role="region"][aria-label^="Players"]').map((frame) => frame.getAttribute('aria-label'))).size).toBe(2);
    expect(new Set(all('[id]').map(({ id }) => id)).size).toBe(all('[id]').length);
    await press('Player');
    expect(all('.version').map((section) => section.querySelector('.players tbody th')?.textContent)).toEqual(['gpt-4.1-mini (aide)', 'human']);
    expect(root.textContent).toContain('10\u00a0runs of 3\u00a0players');
  });

  it('names runs whose version is assumed', async () => {
    const standings = standingsFixture('versions');
    await open({ ...standings, sections: standings.sections.map((section, at) => (at === 1 ? { ...section, assumed: [2] } : section)) });
    expect(all('.about').map((words) => words.textContent?.includes('Run 2 does not say which version scored it'))).toEqual([false, true]);
  });

  it('says that no two runs compare when each has a version of its own', async () => {
    const standings = standingsFixture('versions');
    const one = standings.sections.map((section) => ({ ...section, players: section.players.slice(0, 1).map((player) => ({ ...player, runs: player.runs.slice(0, 1) })), differences: [] }));
    await open({ ...standings, sections: one });
    expect(all('.bar strong').map((head) => head.textContent)).toContain('No two runs compare');
  });

  it('labels scores that an evaluation printed', async () => {
    const standings = standingsFixture('versions');
    await open({ ...standings, sections: standings.sections.slice(0, 1).map((section) => ({ ...section, selfScored: true })), counts: { unisolated: 0, selfScored: 6 } });
    expect(all('.about')[0]?.textContent).toContain('Self-scored. mean reciprocal rank');
    expect(all('.version')).toEqual([]);
    expect(root.textContent).toContain('could print any score');
    expect(root.textContent).not.toContain('could have seen the answers');
  });

  it('tells of a run its place with ties, medal, what comes next, and HumanRank in both forms', async () => {
    await open(standingsFixture('people'));
    await press('human');
    expect(all('.runs-of li').map((line) => line.textContent)).toEqual([expect.stringMatching(/45th of 240, percentile 81\.7, silver, 0\.029 to gold, HumanRank 0\.817 \(code\), 0\.813 \(paper\), 31 of 31\u00a0graded calls told/)]);
  });

  it('keeps names as text', async () => {
    const attack = '<img src=x onerror="window.broken=1">';
    const standings = standingsFixture('reference');
    await open({ ...standings, competition: { ...standings.competition, title: attack }, sections: standings.sections.map((section) => ({ ...section, players: section.players.map((player, at) => ({ ...player, player: `${attack}${at}` })) })) });
    expect(all('img')).toEqual([]);
    expect(root.textContent).toContain('onerror');
  });
});
