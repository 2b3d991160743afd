import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Evaluation } from '../../core/competition/manifest';
import { maxFileBytes, maxFiles } from '../../core/environment/paths';
import type { EvaluationFiles } from '../../core/environment/ports';
import { CompetitionError } from './competitionError';
import { listFolder } from './files';

/** What judges may be larger than code, but travels before every job; data belongs to `data/`. */
const maxFixedBytes = 64 * 1024 * 1024;

/**
 * Reads `solution/` and `evaluation/` of a competition with its own evaluation.
 * @throws CompetitionError `missing_file`, `bad_file`
 */
export async function readEvaluationFiles(folder: string, { command }: Evaluation): Promise<EvaluationFiles> {
  const solution = await readTree(folder, 'solution');
  if (solution.size === 0) throw new CompetitionError('missing_file', `${join(folder, 'solution')} has no file.`, 'Put the files there that are to be improved.');
  for (const [path, content] of solution) {
    if (content.length > maxFileBytes) throw new CompetitionError('bad_file', `solution/${path} has ${content.length} bytes; players change files of at most ${maxFileBytes}.`, 'Put data under data/.');
  }
  const fixed = new Map([...(await readTree(folder, 'evaluation'))].map(([path, content]) => [path, { content, sha256: createHash('sha256').update(content).digest('hex') }]));
  const total = [...fixed.values()].reduce((sum, { content }) => sum + content.length, 0);
  if (total > maxFixedBytes) throw new CompetitionError('bad_file', `evaluation/ has ${total} bytes; at most ${maxFixedBytes} are put beside every attempt.`, 'Put data under data/.');
  const both = [...solution.keys()].find((path) => fixed.has(path));
  if (both !== undefined) throw new CompetitionError('bad_file', `"${both}" is in solution/ and in evaluation/.`, 'Keep it in one of them.');
  const ruler = createHash('sha256').update(JSON.stringify([command, [...fixed].map(([path, { sha256 }]) => [path, sha256])])).digest('hex');
  return { solution, fixed, ruler };
}

/** Files below a folder by their path in it, sorted; none when there is no such folder. */
async function readTree(folder: string, name: string): Promise<Map<string, Buffer>> {
  if (!(await stat(join(folder, name)).then((entry) => entry.isDirectory(), () => false))) return new Map();
  const files = await listFolder(folder, name);
  if (files.length > maxFiles) throw new CompetitionError('bad_file', `${name}/ has ${files.length} files; at most ${maxFiles} are taken.`, 'Put data under data/.');
  return new Map(await Promise.all(files.map(async ({ path }) => [path.slice(name.length + 1), await readFile(join(folder, path))] as const)));
}
