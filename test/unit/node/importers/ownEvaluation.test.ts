import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { CompetitionLibrary } from '../../../../src/node/competitions/library';
import { createGrader } from '../../../../src/node/grading/createGrader';
import { importOwnEvaluation } from '../../../../src/node/importers/ownEvaluation';

let scratch: string;
let folder: string;
beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'podium-own-'));
  folder = join(scratch, 'My Sorter');
  for (const [path, text] of Object.entries({ 'sort.py': 'x = 1\n', 'evaluate.py': 'print(1)\n', 'data/a.csv': 'a\n1\n', '.env': 'SECRET=1', '__pycache__/x.pyc': '', 'README.md': '# Sort faster\n' })) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
});
afterEach(() => rm(scratch, { recursive: true, force: true }));

const load = (path: string) => new CompetitionLibrary({ bundledFolder: join(scratch, 'none'), home: join(scratch, 'home') }).load(path);

it('makes an ordinary competition folder that says it is self-scored', async () => {
  await symlink('/etc/hostname', join(folder, 'host'));
  const out = join(scratch, 'out');
  const report = await importOwnEvaluation({ folder, command: 'python evaluate.py', direction: 'minimize', label: 'seconds' }, out, { home: join(scratch, 'home') });
  expect(report).toMatchObject({ competition: out, selfScored: true, solution: ['README.md', 'sort.py'], readOnly: ['evaluate.py'], data: ['data/a.csv'] });
  expect(report.findings.map(({ code }) => code)).toEqual(['self_scored', 'links_left_out']);
  const competition = await load(out);
  expect(competition.manifest).toMatchObject({ id: 'my-sorter', title: 'My Sorter', evaluation: { command: 'python evaluate.py', label: 'seconds', seconds: 600 } });
  expect(competition).toMatchObject({ direction: 'minimize', metricLabel: 'seconds', description: '# Sort faster\n', board: [] });
  expect([...(competition.evaluationFiles?.solution.keys() ?? [])]).toEqual(['README.md', 'sort.py']);
  expect((await competition.health()).findings.map(({ code }) => code)).toEqual(['self_scored']);
  await expect(competition.answersFile()).rejects.toMatchObject({ reason: 'no_answers' });
  const grader = await createGrader(competition, { assets: { media: '', dist: '' }, home: scratch, runtimes: () => Promise.reject(new Error('not asked')) });
  await expect(grader.grade(new Uint8Array(), new AbortController().signal)).rejects.toMatchObject({ reason: 'not_gradable' });
});

it('another ruler is another evaluation', async () => {
  const out = join(scratch, 'out');
  await importOwnEvaluation({ folder, command: 'python evaluate.py', direction: 'minimize' }, out, { home: join(scratch, 'home') });
  const ruler = async (): Promise<string | undefined> => (await load(out)).evaluationFiles?.ruler;
  const first = await ruler();
  await writeFile(join(out, 'solution/sort.py'), 'x = 2\n');
  expect(await ruler()).toBe(first);
  await writeFile(join(out, 'evaluation/evaluate.py'), 'print(2)\n');
  expect(await ruler()).not.toBe(first);
});

it('writes nothing where nothing may change, or the place is taken, and refuses a file in two roles', async () => {
  const out = join(scratch, 'out');
  const options = { home: join(scratch, 'home') };
  expect(await importOwnEvaluation({ folder, command: 'python evaluate.py', direction: 'minimize', change: ['*.rs'] }, out, options)).toMatchObject({ competition: null, findings: [{ code: 'self_scored' }, { code: 'no_solution', severity: 'error' }] });
  await expect(readFile(join(out, 'competition.yaml'))).rejects.toMatchObject({ code: 'ENOENT' });
  await importOwnEvaluation({ folder, command: 'python evaluate.py', direction: 'minimize' }, out, options);
  await expect(importOwnEvaluation({ folder, command: 'python evaluate.py', direction: 'minimize' }, out, options)).rejects.toMatchObject({ reason: 'exists' });
  await writeFile(join(out, 'evaluation/sort.py'), '');
  await expect(load(out)).rejects.toMatchObject({ reason: 'bad_file' });
});
