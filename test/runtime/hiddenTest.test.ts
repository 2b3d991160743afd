import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Observation } from '../../src/core/environment/observation';
import { gapOfRun, methodCost } from '../../src/core/run/gap';
import { assetsAt } from '../../src/node/assets';
import { readCatalogue } from '../../src/node/competitions/catalogueFile';
import { CompetitionLibrary } from '../../src/node/competitions/library';
import { importMlrcBench } from '../../src/node/importers/mlrcBench';
import { openSession } from '../../src/node/runner/compose';
import { Runs } from '../../src/node/runner/runs';

/** A task of MLRC-Bench from import to result: dev phase in the player's sandbox, test phase in one that it never sees. */

const assets = assetsAt(join(import.meta.dirname, '../..'));
let scratch: string;
let home: string;

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'podium-hidden-'));
  home = join(scratch, 'home');
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

const lastSeenFirst = `from methods.BaseMethod import BaseMethod


class MyMethod(BaseMethod):
    def run(self, seen):
        ranked = list(seen)
        ranked.reverse()
        return ranked
`;
/** What a player might try: the test's folder, and the ruler. */
const snoop = (tests: string): string => `import glob, os
print("seen", os.path.exists(${JSON.stringify(tests)}), sorted(os.listdir("data")), glob.glob("/data/*"))
open("evaluation.py", "w").write("def evaluate_model(*_): pass\\ndef get_score(*_): return 1000000\\n")
open("constants.py", "w").write("sessions_path = 'x'\\n")
`;

it('plays the dev phase, keeps the ruler, and lets the hidden test decide', async () => {
  const report = await importMlrcBench(join(import.meta.dirname, '../fixtures/importers/mlrc'), await readCatalogue(assets.media), { home, out: join(scratch, 'out') });
  expect(report.definitions).toMatchObject([{ id: 'product-recommendation', phases: { dev: true, test: true }, status: 'imported', baseline: 0.08039, human: 0.41208 }]);
  const workspace = join(scratch, 'workspace');
  const runs = new Runs({ workspace, home, version: '0.0.0' });
  const competition = await new CompetitionLibrary({ bundledFolder: join(assets.media, 'competitions'), home }).load(report.definitions[0]?.competition ?? '');
  const { runId, folder } = await runs.create({ competition, agent: 'external', runtime: 'local', gpu: 'none' });
  const seen: Observation[] = [];
  const session = await openSession(folder, {
    home,
    assets,
    log: () => undefined,
    player: {
      actor: 'template',
      player: {
        play: async (door) => {
          const act = async (name: string, params: unknown = {}) => void seen.push(await door.step({ name, params }));
          await act('reset', { operator: 'baseline' });
          await act('submit');
          await act('reset', { from: 1, operator: 'improve' });
          await act('write_file', { path: 'methods/MyMethod.py', content: lastSeenFirst });
          await act('write_file', { path: 'evaluation.py', content: 'cheat' });
          await act('write_file', { path: 'snoop.py', content: snoop(join(home, 'tests')) });
          await act('run_script', { path: 'snoop.py' });
          await act('submit');
          await door.select(2, 'Better in the dev phase.');
        },
      },
    },
  });
  const end = await session.run().finally(() => session.close());
  expect(end.status).toBe('finished');
  const [, base, , , refused, , snooped, better] = seen;
  expect(base?.grade?.public?.score).toBeCloseTo((1 / 3 + 1 / 2 + 1 / 4) / 3, 4);
  expect(refused?.error?.type).toBe('read_only');
  expect(snooped?.output?.head).toContain("seen False ['dev.json'] ['/data/dev.json']");
  expect(better?.grade?.public?.score).toBe(1);

  const { view, folder: place } = await runs.read(runId);
  expect(view.competition).toMatchObject({ tested: true });
  expect(view.competition.selfScored).toBeUndefined();
  expect(view.attempts.map((attempt) => attempt.private?.score ?? null)).toEqual([null, expect.closeTo(2.5 / 3, 10)]);
  expect(view.test).toMatchObject({ attempt: 2, ok: true, figures: { statements: 5, baseline_statements: 4 } });
  expect(gapOfRun(view)).toEqual({ ok: true, percent: expect.closeTo((100 * (2.5 / 3 - 0.08039)) / (0.41208 - 0.08039), 6) });
  expect(methodCost(view)).toMatchObject({ statements: 5, relativeStatements: 25 });
  // The journal says that it was tested, and no score.
  const journal = await readFile(join(place, 'journal.jsonl'), 'utf8');
  expect(journal).not.toContain('0.8333');
  expect(await readdir(join(home, 'tests'))).toHaveLength(1);
});
