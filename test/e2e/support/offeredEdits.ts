import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { CompetitionLibrary } from '../../../src/node/competitions/library';
import { Runs } from '../../../src/node/runner/runs';
import { BlobStore } from '../../../src/node/storage/blobStore';
import { RunJournal } from '../../../src/node/storage/journal';
import { benchBases } from '../../../src/node/storage/runContent';

export interface OfferedFile {
  readonly path: string;
  readonly base: string;
  readonly next: string;
}

/** An ended run of Palmer Penguins whose last attempt left edits for review, and the bench as the agent saw it. */
export async function offerEdits(workspace: string, home: string, files: readonly OfferedFile[]): Promise<void> {
  const competition = await new CompetitionLibrary({ bundledFolder: resolve(import.meta.dirname, '../../../media/competitions'), home }).load('penguins');
  const { runId, folder, config } = await new Runs({ workspace, home, version: '0.0.0' }).create({ competition, agent: 'offline', edits: 'review' });
  const [blobs, bases] = [new BlobStore(join(folder, 'blobs')), benchBases(folder)];
  const { journal } = await RunJournal.open(folder, { now: () => Date.now() });
  await journal.append({ actor: 'system', type: 'run_started', data: { config: { ...config, runId } } });
  for (const [id, operator] of [[1, 'baseline'], [2, 'improve']] as const) {
    await journal.append({ actor: 'template', type: 'attempt_created', data: { id, parents: id === 1 ? [] : [1], operator, source: 'template', plan: 'Medians by island and sex', files: {} } });
    await journal.append({ actor: 'system', type: 'attempt_finished', data: { id, status: 'valid', claim: null, credit: 1, error: null, seconds: 1, summary: '' } });
  }
  for (const { path, base, next } of files) {
    const file = join(workspace, 'penguins', path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, base);
    const edit = { id: `e-${path.replace(/\W/g, '')}`, attempt: 2, path, base: await bases.put(base), next: await blobs.put(next), mode: 'review' as const, step: 9 };
    await journal.append({ actor: 'system', type: 'bench_edit', data: edit });
  }
  await journal.append({ actor: 'system', type: 'run_finished', data: { status: 'finished', reason: 'The budget is used up.' } });
  await journal.close();
}
