import { createHash } from 'node:crypto';
import { lstat, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Finding, Health } from '../../core/competition/finding';
import { checkHealth } from '../../core/competition/health';
import type { BoardEntry, Manifest } from '../../core/competition/manifest';
import { sizeText } from '../../core/competition/words';
import { findAssets } from '../assets';
import { unpack } from '../grading/unpack';
import { readCatalogue } from './catalogueFile';
import { CompetitionError } from './competitionError';
import { listFolder, readText, requireFile, requirePlainTree } from './files';
import { HealthCache } from './healthCache';
import { answersFileOf, hiddenTestOf, maxDescriptionBytes, readBoardFile, readManifest } from './readFolder';

export interface CheckOptions {
  /** PODIUM_HOME. */
  readonly home: string;
  /** Also searches data that would keep a page waiting. */
  readonly thorough?: boolean;
}

/** What may be a table too; an archive where it holds one file. Looked into as far as there is room. */
const otherTable = /\.(tsv|tab|txt|gz|zip)$/i;

/** Tables above this size in total are not searched for leaks, in bytes. */
const searched = { quick: 64 * 1024 * 1024, thorough: 256 * 1024 * 1024 };

/**
 * Checks a competition folder: what is missing or broken in it, then its data, answers, board and
 * texts. A broken competition is a finding and no exception. The result is remembered, see `knownHealth`.
 * Throws CompetitionError `home_failed`.
 */
export async function checkFolder(folder: string, { home, thorough = false }: CheckOptions): Promise<Health> {
  const cache = new HealthCache(home);
  const health = await examine(folder, home, thorough, cache);
  // A quick look at large data must not replace what a thorough one has found.
  const incomplete = !thorough && health.findings.some(({ code }) => code === 'not_checked');
  if (!incomplete) await cache.remember(folder, await textStamp(folder), health);
  return health;
}

/** What the last check of a folder found, while manifest, description and board are as they were then. Reads no data. */
export async function knownHealth(folder: string, home: string): Promise<Health | undefined> {
  return new HealthCache(home).remembered(folder, await textStamp(folder));
}

async function examine(folder: string, home: string, thorough: boolean, cache: HealthCache): Promise<Health> {
  const findings: Finding[] = [];
  /** The value, or undefined with a finding that says what is wrong. */
  const attempt = async <T>(read: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof CompetitionError) || error.reason === 'home_failed') throw error;
      findings.push(findingOf(error));
      return undefined;
    }
  };
  const manifest = await attempt(() => readManifest(folder));
  if (manifest === undefined) return { findings, passed: [] };
  const description = await attempt(() => readText(folder, 'description.md', { maxBytes: maxDescriptionBytes, fix: 'Write what the task is about there, in Markdown.' }));
  const board = await attempt(() => readBoardFile(folder));
  await attempt(() => requirePlainTree(join(folder, 'data')));
  for (const path of manifest.files.map((file) => file.path)) await attempt(() => requirePublic(folder, path));
  const { grader } = manifest;
  if (grader) await attempt(() => requireFile(folder, grader.python, { maxBytes: maxDescriptionBytes, fix: 'Import the competition again: nothing can be graded without it.' }));
  if (findings.length > 0) return { findings, passed: [] };
  const passed = ['Every file that it names is there.'];
  if (manifest.evaluation) {
    const test = manifest.evaluation.test ? await attempt(() => hiddenTestOf(manifest, home)) : undefined;
    if (manifest.evaluation.test === undefined) findings.push(selfScored);
    return { findings, passed: test ? [...passed, 'The hidden test lies out of reach of players, as it was imported.'] : passed };
  }
  const answersFile = await attempt(() => answersFileOf(folder, manifest, home));
  if (answersFile === undefined) return { findings, passed };
  if (manifest.answers === undefined && manifest.source.kind !== 'bundled') findings.push(answersInFolder);
  const data = await examineData(folder, manifest, { answersFile, description: description ?? '', board: board ?? [], thorough, cache });
  return { findings: [...findings, ...data.findings], passed: [...passed, ...data.passed] };
}

/** What the pure checks find in the tables; kept by the hash of all that they see. */
async function examineData(
  folder: string,
  manifest: Manifest,
  { answersFile, description, board, thorough, cache }: { answersFile: string; description: string; board: readonly BoardEntry[]; thorough: boolean; cache: HealthCache },
): Promise<Health> {
  const all = await listFolder(folder, 'data');
  const tables = all.filter(({ path }) => path.toLowerCase().endsWith('.csv'));
  const limit = thorough ? searched.thorough : searched.quick;
  const answers = await readFile(answersFile);
  const size = tables.reduce((sum, { bytes }) => sum + bytes, answers.length);
  const files = new Map<string, Uint8Array>();
  if (size <= limit) {
    for (const { path } of tables) files.set(path, await readFile(join(folder, path)));
    let room = limit - size;
    for (const { path, bytes } of all.filter((file) => otherTable.test(file.path) && file.bytes > 0)) {
      if (bytes > room) continue;
      const content = await unpack(await readFile(join(folder, path)), room);
      if (!content.ok) continue;
      files.set(path, content.bytes);
      room -= content.bytes.length;
    }
  }
  const tooLarge = size <= limit ? undefined : `The tables have ${sizeText(size)}; up to ${sizeText(limit)} are searched for leaks ${thorough ? 'at all' : 'here, more by "podium doctor --competition"'}.`;
  const teams = await teamsOf(manifest);
  const hash = createHash('sha256').update(JSON.stringify([manifest, board, description, teams ?? 0, tooLarge ?? '', [...files.keys()]])).update(answers);
  for (const content of files.values()) hash.update(content);
  return cache.through(hash.digest('hex'), () => checkHealth({ manifest, files, answers, board, description, ...(teams === undefined ? {} : { teams }), ...(tooLarge === undefined ? {} : { tooLarge }) }));
}

/** How many teams a whole board has, where manifest or catalogue know it. */
async function teamsOf({ id, source, standings }: Manifest): Promise<number | undefined> {
  if (standings || (source.kind !== 'imported' && source.kind !== 'kaggle')) return standings?.teams;
  const { competitions } = await readCatalogue(findAssets().media);
  return competitions.find((entry) => entry.id.toLowerCase() === id)?.teams ?? undefined;
}

/** A public file or folder that a manifest names: there, not empty, and the data itself. Throws CompetitionError. */
async function requirePublic(folder: string, path: string): Promise<void> {
  const fix = 'It is named under "files" in competition.yaml: put it there or remove the entry.';
  if (path.endsWith('/')) {
    if ((await listFolder(folder, path)).length === 0) throw new CompetitionError('missing_file', `${join(folder, path)} is empty.`, fix);
    return;
  }
  const file = await requireFile(folder, path, { maxBytes: Number.MAX_SAFE_INTEGER, fix });
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(lfsStart.length), 0, lfsStart.length, 0);
    if (bytesRead === 0) throw new CompetitionError('bad_file', `${file} is empty.`, 'Prepare the data again.');
    if (buffer.toString('latin1', 0, bytesRead) === lfsStart) throw new CompetitionError('bad_file', `${file} is a git-LFS pointer, not the data itself.`, 'Run "git lfs pull" where it comes from, then import it again.');
  } finally {
    await handle.close();
  }
}

const lfsStart = 'version https://git-lfs.github.com/spec/';

function findingOf({ reason, message, nextStep = '' }: CompetitionError): Finding {
  const code = reason === 'bad_manifest' || reason === 'missing_file' || reason === 'no_answers' ? reason : 'bad_file';
  return { code, severity: 'error', message, fix: nextStep };
}

const answersInFolder: Finding = {
  code: 'answers_in_folder',
  severity: 'warning',
  message: 'The answers lie in private/ of its folder, where whoever plays by hand can read them.',
  fix: 'Import the competition: then they are kept in PODIUM_HOME only. No sandbox sees them either way.',
};

/** Nothing is hidden, so nothing can leak; what the score is worth is the person's to know. */
const selfScored: Finding = {
  code: 'self_scored',
  severity: 'info',
  message: 'Its scores are self-scored: the evaluation runs beside the code that it judges, and no answer is hidden.',
  fix: 'Look at what an attempt changed before you trust a jump. Standings leave such runs out unless asked for.',
};

/** Size and time of the texts of a folder: data is written once, texts are edited. */
async function textStamp(folder: string): Promise<string> {
  const stamps = await Promise.all(
    ['competition.yaml', 'description.md', 'leaderboard.csv'].map(async (name) => {
      const stats = await lstat(join(folder, name)).catch(() => undefined);
      return stats === undefined ? 'none' : `${stats.size}:${stats.mtimeMs}`;
    }),
  );
  return stamps.join(' ');
}
