import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { CompetitionError } from './competitionError';
import type { LoadedCompetition } from './library';

/**
 * sha256 of all that a competition's scores depend on: of hidden answers with metric or grader, of an
 * evaluation with its hidden test. Scores under different ones do not compare.
 * @returns undefined where the answers are not on this machine
 */
export async function scoringOf(competition: LoadedCompetition): Promise<string | undefined> {
  const { manifest, folder, evaluationFiles } = competition;
  if (evaluationFiles) return hashOf({ ruler: evaluationFiles.ruler, test: manifest.evaluation?.test ?? null });
  try {
    // Answers lie in a folder that is named by their content.
    const answers = manifest.answers?.sha256 ?? basename(dirname(await competition.answersFile()));
    const code = manifest.grader ? hashOf(await readFile(join(folder, manifest.grader.python), 'utf8').catch(() => null)) : null;
    return hashOf({ metric: manifest.metric, grader: manifest.grader ?? null, code, answers });
  } catch (error) {
    if (error instanceof CompetitionError) return undefined;
    throw error;
  }
}

const hashOf = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex');
