import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readBoard } from '../../core/competition/board';
import type { BoardEntry, Manifest } from '../../core/competition/manifest';
import { parseManifest } from '../../core/competition/parseManifest';
import { AnswerStore } from './answerStore';
import { CompetitionError } from './competitionError';
import { findFile, readText } from './files';
import { HiddenTests, type HiddenTest } from './hiddenTests';

/** Reading of the parts of a competition folder. */

export const manifestName = 'competition.yaml';
const maxManifestBytes = 256 * 1024;
export const maxDescriptionBytes = 1024 * 1024;
const maxBoardBytes = 16 * 1024 * 1024;

/** Throws CompetitionError `bad_manifest`, `missing_file`, `bad_file`. */
export async function readManifest(folder: string): Promise<Manifest> {
  const text = await readText(folder, manifestName, {
    maxBytes: maxManifestBytes,
    fix: `A competition folder needs a ${manifestName}; import the data or give another folder.`,
  });
  const parsed = parseManifest(text);
  if (parsed.ok) return parsed.manifest;
  const file = join(folder, manifestName);
  const issues = parsed.issues.map(({ line, field, message }) => `${line ? `line ${line}: ` : ''}${field ? `${field}: ` : ''}${message}`);
  throw new CompetitionError('bad_manifest', `${file} does not fit the format: ${issues.join('; ')}.`, `Correct ${file}.`);
}

/** Empty without a board. Throws CompetitionError `bad_file`. */
export async function readBoardFile(folder: string): Promise<readonly BoardEntry[]> {
  const file = await findFile(folder, 'leaderboard.csv', { maxBytes: maxBoardBytes, fix: 'Cut the board.' });
  if (file === undefined) return [];
  const board = readBoard(await readFile(file));
  if (board.ok) return board.entries;
  throw new CompetitionError('bad_file', `${file} cannot be used as a board. ${board.message}`, 'Repair the file or remove it.');
}

/** Paths of the files that a manifest names, without folders. */
export const filePaths = (manifest: Manifest): string[] => manifest.files.flatMap(({ path }) => (path.endsWith('/') ? [] : [path]));

/**
 * The answers in PODIUM_HOME, copied there first where they lie in the folder.
 * Throws CompetitionError `no_answers`, `bad_file`, `home_failed`.
 */
export async function answersFileOf(folder: string, { answers, evaluation, title }: Manifest, home: string): Promise<string> {
  if (evaluation) throw new CompetitionError('no_answers', `${title} has its own evaluation and no hidden answers.`, 'Start a run: its evaluation says the score.');
  const store = new AnswerStore(home);
  return answers === undefined ? store.keep(folder) : store.find(answers);
}

/** The hidden test of an evaluation, in PODIUM_HOME. Throws CompetitionError `no_answers` when there is none, or it was changed. */
export async function hiddenTestOf({ evaluation, title }: Manifest, home: string): Promise<HiddenTest> {
  if (evaluation?.test) return await new HiddenTests(home).find(evaluation.test.sha256);
  throw new CompetitionError('no_answers', `${title} has no hidden test.`);
}
