import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CancelledError } from '../../../../src/core/errors';
import { summarise, type DefinitionReport } from '../../../../src/core/competition/import/report';
import { importMleBench } from '../../../../src/node/importers/mleBench';
import { importMleDojo } from '../../../../src/node/importers/mleDojo';
import { importReport } from '../../../../src/vscode/competitions/importReport';
import { catalogue, checkouts } from '../../node/importers/fixtures';

describe('the report of an import', () => {
  let folder: string;
  beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'podium-import-'))));
  afterEach(() => rm(folder, { recursive: true, force: true }));
  const options = (data: string) => ({ home: join(folder, 'home'), data, out: join(folder, 'competitions'), split: { seed: 0, publicShare: 0.3 } });

  it('tells of every definition: failed first, then imported with its findings, then what lacks data', async () => {
    const checkout = join(checkouts, 'mle-dojo');
    await importMleDojo(checkout, await catalogue(), { ...options(join(checkout, 'data')), only: ['titanic'] });
    const report = await importMleDojo(checkout, await catalogue(), options(join(checkout, 'data')));
    const text = importReport('Import from MLE-Dojo', report, false);
    expect(text).toMatch(/^# Import from MLE\\-Dojo\n\n\d+ competitions? imported, \d+ failed/);
    expect(text.indexOf('## Failed')).toBeLessThan(text.indexOf('## Imported'));
    for (const { id } of report.definitions) expect(text).toContain(id.replaceAll('-', '\\-'));
    expect(text).toContain('titanic is there already\\. Remove it first');
    expect(text).not.toContain('undefined');
  });

  it('says of a cancelled one what is complete', async () => {
    const checkout = join(checkouts, 'mle-bench');
    const controller = new AbortController();
    const done: DefinitionReport[] = [];
    const importing = importMleBench(checkout, await catalogue(), {
      ...options(join(checkout, 'data')),
      signal: controller.signal,
      done: (definition) => {
        done.push(definition);
        controller.abort();
      },
    });
    await expect(importing).rejects.toBeInstanceOf(CancelledError);
    expect(done).toHaveLength(1);
    expect(importReport('Import from MLE-bench', summarise('mle-bench', checkout, done), true)).toContain('**It was cancelled**');
  });
});
