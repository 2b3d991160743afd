import { constants } from 'node:fs';
import { copyFile, link, lstat, mkdir, readdir, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { stringify } from 'yaml';
import type * as z from 'zod';
import { CancelledError } from '../../core/errors';
import type { evaluationManifestSchema, predictionManifestSchema } from '../../core/competition/manifest';
import { parseManifest } from '../../core/competition/parseManifest';
import { AnswerStore, type AnswersName } from './answerStore';
import { CompetitionError } from './competitionError';

/** A competition.yaml as it is written: defaults may be left out. */
export type ManifestFields = z.input<typeof predictionManifestSchema>;
/** The same of a person's own evaluation. */
export type EvaluationFields = z.input<typeof evaluationManifestSchema>;

/** A file or folder of the new competition: made from bytes, or taken from somewhere else. */
export type Content = { readonly bytes: Uint8Array | string } | { readonly from: string };

/** Everything of a competition that is to become a folder. */
export interface CompetitionDraft {
  /** Without `answers`, which are added here. */
  readonly manifest: Omit<ManifestFields, 'answers'> | EvaluationFields;
  /** Markdown. */
  readonly description: string;
  /** By path: files and folders below `data/`, those of a grader below `grader/`, what to begin from below `starter/`, an own evaluation below `solution/` and `evaluation/`. */
  readonly files: ReadonlyMap<string, Content>;
  /** The text of `leaderboard.csv`. */
  readonly board?: string;
  /** They go to PODIUM_HOME and never into the folder. Absent for an own evaluation. */
  readonly answers?: { readonly bytes: Uint8Array; readonly file?: AnswersName['file'] };
}

export interface WriteOptions {
  /** PODIUM_HOME. */
  readonly home: string;
  /** Links files instead of copying them where the file system can; a change in one is then a change in both. */
  readonly link?: boolean;
  readonly progress?: (line: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * Writes an ordinary competition folder and stores its answers. The folder appears whole or not
 * at all: it is made beside its place and moved there.
 *
 * @param folder where it will be; must not exist, or be empty
 * @throws CompetitionError `exists`, `bad_manifest` (the draft breaks the format), `bad_file`,
 *   `missing_file`, `write_failed`, `home_failed`
 * @throws CancelledError; nothing is left behind then, except answers in PODIUM_HOME
 */
export async function writeCompetition(folder: string, draft: CompetitionDraft, options: WriteOptions): Promise<void> {
  if (await requireFree(folder)) await rmdir(folder);
  for (const path of draft.files.keys()) requireInside(path);
  const answers = draft.answers && (await new AnswerStore(options.home).add(draft.answers.bytes, draft.answers.file));
  const manifest = stringify({ ...draft.manifest, ...(answers ? { answers } : {}) }, { lineWidth: 0 });
  requireManifest(manifest);
  const temporary = join(dirname(folder), `.${randomBytes(6).toString('hex')}.partial`);
  try {
    await mkdir(join(temporary, 'data'), { recursive: true });
    await writeFile(join(temporary, 'competition.yaml'), manifest);
    await writeFile(join(temporary, 'description.md'), draft.description.endsWith('\n') ? draft.description : `${draft.description}\n`);
    if (draft.board !== undefined) await writeFile(join(temporary, 'leaderboard.csv'), draft.board);
    for (const [path, content] of draft.files) {
      if (options.signal?.aborted) throw new CancelledError('The import was cancelled.');
      options.progress?.(path);
      await placeContent(content, join(temporary, ...path.split('/')), options);
    }
    await rename(temporary, folder);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    if (error instanceof CompetitionError || error instanceof CancelledError) throw error;
    throw new CompetitionError('write_failed', `${folder} could not be written: ${error instanceof Error ? error.message : String(error)}.`, 'Check the free space and the permissions.', { cause: error });
  }
}

/**
 * An empty folder of this name is the person's wish for the place.
 * @returns whether there is one
 * @throws CompetitionError `exists`
 */
export async function requireFree(folder: string): Promise<boolean> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw new CompetitionError('exists', `${folder} is there already and is no folder.`, 'Choose another place.', { cause: error });
  }
  if (names.length > 0) throw new CompetitionError('exists', `${folder} is there already.`, 'Remove it first, or choose another place.');
  return true;
}

const folders: ReadonlySet<string> = new Set(['data', 'grader', 'starter', 'solution', 'evaluation']);

/** Paths may come from an archive or a benchmark's folder. */
function requireInside(path: string): void {
  const parts = path.split('/');
  const inside = folders.has(parts[0] ?? '') && parts.length > 1 && !parts.some((part) => part === '' || part === '.' || part === '..' || part.includes('\\') || part.includes('\0'));
  if (!inside) throw new CompetitionError('bad_file', `"${path}" is no path below ${[...folders].map((folder) => `${folder}/`).join(', ')}.`, 'Rename the file.');
}

/** What would not be read again is not written. */
function requireManifest(text: string): void {
  const parsed = parseManifest(text);
  if (parsed.ok) return;
  const issues = parsed.issues.map(({ field, message }) => (field ? `${field}: ${message}` : message)).join('; ');
  throw new CompetitionError('bad_manifest', `The competition does not fit the format: ${issues}.`, 'Give what is missing, or report this with the data that it came from.');
}

/** Puts a file or a folder of a new competition in its place; links and special files are refused. @throws CompetitionError, CancelledError */
export async function placeContent(content: Content, target: string, options: Pick<WriteOptions, 'link' | 'signal'>): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  if ('bytes' in content) await writeFile(target, content.bytes);
  else await copyTree(content.from, target, options);
}

/** A file or a folder with everything in it; links and special files are refused. */
async function copyTree(from: string, to: string, options: Pick<WriteOptions, 'link' | 'signal'>): Promise<void> {
  const kind = await lstat(from);
  if (kind.isFile()) return copyOne(from, to, options);
  if (!kind.isDirectory()) throw new CompetitionError('bad_file', `${from} is ${kind.isSymbolicLink() ? 'a link' : 'no regular file'}.`, 'Put the file itself there.');
  await mkdir(to, { recursive: true });
  for (const name of await readdir(from)) {
    if (options.signal?.aborted) throw new CancelledError('The import was cancelled.');
    await copyTree(join(from, name), join(to, name), options);
  }
}

async function copyOne(from: string, to: string, options: Pick<WriteOptions, 'link'>): Promise<void> {
  if (options.link) {
    try {
      await link(from, to);
      return;
    } catch {
      // Another file system, or one without links: copied instead.
    }
  }
  await copyFile(from, to, constants.COPYFILE_FICLONE);
}
