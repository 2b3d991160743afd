import { appendFile, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { assetsAt } from '../../../../src/node/assets';
import { readCatalogue } from '../../../../src/node/competitions/catalogueFile';
import { CompetitionLibrary } from '../../../../src/node/competitions/library';
import { scoringOf } from '../../../../src/node/competitions/scoring';
import { importMlrcBench } from '../../../../src/node/importers/mlrcBench';
import { openSession } from '../../../../src/node/runner/compose';
import { Runs } from '../../../../src/node/runner/runs';

const root = join(__dirname, '../../../..');
const assets = assetsAt(root);
let scratch: string;
let home: string;
let folder: string;
beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'podium-scoring-'));
  home = join(scratch, 'home');
  folder = join(scratch, 'penguins');
  await cp(join(assets.media, 'competitions/penguins'), folder, { recursive: true });
});
afterEach(() => rm(scratch, { recursive: true, force: true }));

const load = (place: string) => new CompetitionLibrary({ bundledFolder: join(scratch, 'none'), home, base: scratch }).load(place);
const now = async (place = './penguins') => scoringOf(await load(place));

describe('what scores depend on', () => {
  it('is the metric with its parameters and the answers, and nothing else', async () => {
    const first = await now();
    expect(first).toMatch(/^[0-9a-f]{64}$/);
    await appendFile(join(folder, 'description.md'), '\nMore words.\n');
    expect(await now()).toBe(first);
    const answers = join(folder, 'private/answers.csv');
    const text = await readFile(answers, 'utf8');
    await writeFile(answers, text.replace('Public', 'Private'));
    expect(await now()).not.toBe(first);
    await writeFile(answers, text);
    expect(await now()).toBe(first);
    const manifest = join(folder, 'competition.yaml');
    await writeFile(manifest, (await readFile(manifest, 'utf8')).replace('average: macro', 'average: weighted'));
    expect(await now()).not.toBe(first);
  });

  it('is unknown without answers', async () => {
    await rm(join(folder, 'private'), { recursive: true });
    expect(await now()).toBeUndefined();
  });

  it('is evaluation and hidden test where there are those', async () => {
    const checkout = join(scratch, 'checkout');
    await cp(join(root, 'test/fixtures/importers/mlrc'), checkout, { recursive: true });
    const imported = async (name: string) => {
      const { definitions } = await importMlrcBench(checkout, await readCatalogue(assets.media), { home, out: join(scratch, name) });
      return await load(definitions[0]?.competition ?? '');
    };
    const before = await imported('one');
    await appendFile(join(checkout, 'MLAgentBench/benchmarks_base/product-recommendation/scripts/test_data/test.json'), ' ');
    const after = await imported('two');
    expect(after.evaluationFiles?.ruler).toBe(before.evaluationFiles?.ruler);
    expect(await scoringOf(after)).not.toBe(await scoringOf(before));
  });
});

it('keeps a run from going on where it was changed', async () => {
  const competition = await load('./penguins');
  const { folder: run, config } = await new Runs({ workspace: scratch, home, version: '0.0.0' }).create({ competition, agent: 'offline', limits: { attempts: 1 } });
  expect(config.competition.scoring).toBe(await now());
  await appendFile(join(folder, 'private/answers.csv'), '\n');
  await expect(openSession(run, { home, assets, log: () => undefined })).rejects.toMatchObject({ reason: 'bad_request', message: expect.stringContaining('was changed since this run began') as string });
});
