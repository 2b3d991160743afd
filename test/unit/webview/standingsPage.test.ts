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
    expect(lines[0]).toBe('Run 60.9172seed 0, 5th of 8, 12 of 12\u00a0graded calls told, container');
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

  it('keeps names as text', async () => {
    const attack = '<img src=x onerror="window.broken=1">';
    const standings = standingsFixture('reference');
    await open({ ...standings, competition: { ...standings.competition, title: attack }, players: standings.players.map((player, at) => ({ ...player, player: `${attack}${at}` })) });
    expect(all('img')).toEqual([]);
    expect(root.textContent).toContain('onerror');
  });
});
