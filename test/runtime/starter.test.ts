import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { starterFiles } from '../../src/core/agent/starter';
import { ScoreLineReader } from '../../src/core/environment/claim';
import { grade } from '../../src/core/grading/grade';
import { parseNotebook } from '../../src/core/notebook/notebook';
import type { Sandbox } from '../../src/core/runtime/runtime';
import { CompetitionLibrary, type LoadedCompetition } from '../../src/node/competitions/library';
import { never, runJob } from './conformance';
import { bubblewrapForm, makeTestPlaces, root, specOf, type TestPlaces } from './forms';

/** What a person finds on the bench, run as it is. */
describe.skipIf(bubblewrapForm.missing !== undefined).each(['penguins', 'seattle-weather', 'debian-sections'])('starter files of %s', (id) => {
  let places: TestPlaces;
  let competition: LoadedCompetition;
  let sandbox: Sandbox;
  let files: Map<string, string>;

  beforeAll(async () => {
    places = await makeTestPlaces();
    competition = await new CompetitionLibrary({ bundledFolder: join(root, 'media', 'competitions'), home: places.home }).load(id);
    files = new Map(starterFiles(competition).map(({ path, text }) => [path, text]));
    sandbox = await bubblewrapForm.make(places).start(specOf(places, { dataFolder: competition.dataFolder, memoryGb: 4 }), () => undefined, never());
  });
  afterAll(async () => {
    await sandbox?.stop();
    await places?.remove();
  });

  it('hold a script that makes a valid submission and tells its score', async () => {
    const told = await runJob(sandbox, { id: 'train', folder: 'bench', task: { kind: 'script', path: 'train.py', args: [] }, seconds: 150 }, [{ path: 'train.py', content: files.get('train.py') ?? '' }]);
    expect(told).toMatchObject({ status: 'done', exitCode: 0 });
    expect(told.stderr).toBe('');
    const { manifest } = competition;
    const reader = new ScoreLineReader([manifest.metric.name]);
    reader.push(told.stdout);
    expect(reader.end().value).toBeGreaterThan(0);
    const submission = await sandbox.get('bench', manifest.submission.file, 50_000_000);
    const graded = grade({
      answers: await readFile(join(competition.folder, 'private', 'answers.csv')),
      submission: submission ?? new Uint8Array(),
      metric: manifest.metric.name,
      params: manifest.metric.params,
      id: manifest.submission.id,
      target: manifest.submission.target,
    });
    expect(graded.errors).toEqual([]);
    expect(graded.score).toBeGreaterThan(0);
  });

  it('hold a notebook whose cells all run and show something', async () => {
    const notebook = parseNotebook(files.get('explore.ipynb') ?? '');
    const cells = notebook.cells.flatMap((cell) => (cell.kind === 'code' ? [{ id: cell.id, code: cell.source }] : []));
    expect(cells.length).toBeGreaterThanOrEqual(3);
    const told = await runJob(sandbox, { id: 'explore', folder: 'bench', task: { kind: 'notebook', cells }, seconds: 150 });
    expect(told).toMatchObject({ status: 'done' });
    expect(told.events.flatMap((event) => (event.type === 'cell_done' ? [[event.cell, event.ok]] : []))).toEqual(cells.map((cell) => [cell.id, true]));
    const shown = new Set(told.events.flatMap((event) => (event.type === 'cell_output' && event.output.output_type === 'execute_result' ? [event.cell] : [])));
    expect([...shown].sort()).toEqual(cells.map((cell) => cell.id).sort());
    expect(told.stderr).toBe('');
  });
});
