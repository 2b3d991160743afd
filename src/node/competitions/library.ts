import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import type { Competition } from '../../core/environment/ports';
import type { Health } from '../../core/competition/finding';
import { choosePictures, namingColumn, pictureOf, profileFolder, readTable } from '../../core/competition/folder';
import type { Direction, FileProfile, FolderProfile, Manifest, Modality } from '../../core/competition/manifest';
import { metricFacts, type MetricFacts } from '../../core/competition/metricFacts';
import { columnRoles, csvHeader, profileCsv, type ColumnRoles } from '../../core/competition/profile';
import { nearMatches } from '../../core/grading/nearMatches';
import { describeError } from '../../core/errors';
import { checkFolder, knownHealth, type CheckOptions } from './checkFolder';
import { CompetitionError } from './competitionError';
import { readEvaluationFiles } from './evaluationFiles';
import type { HiddenTest } from './hiddenTests';
import { readStarter } from './starterFolder';
import { listFolder, readText, requireFile, requirePlainTree } from './files';
import { competitionFolders, importedFolderName } from './importedFolders';
import { answersFileOf, filePaths, hiddenTestOf, manifestName, maxDescriptionBytes, readBoardFile, readManifest } from './readFolder';

/** A competition that may be played, with everything a player may know of it. Answers are not in it. */
export interface LoadedCompetition extends Competition {
  /** The metric with its parameters: formula, explanation and range for the page. */
  readonly metric: MetricFacts;
  /** Absolute path of the competition folder. */
  readonly folder: string;
  /** Absolute path of its public data, the only folder that a sandbox may see. */
  readonly dataFolder: string;
  /** `bundled:<id>` or an absolute path; `load` accepts either. */
  readonly location: string;
  /**
   * Copies the answers to PODIUM_HOME when they are not there yet, checks the copy by its hash,
   * and returns its path; answers of an import lie there from the beginning. Throws CompetitionError (`no_answers`, `bad_file`, `home_failed`).
   */
  answersFile(): Promise<string>;
  /** Data and files of the hidden test, from PODIUM_HOME. Throws CompetitionError `no_answers` when there is none, or it was changed. */
  hiddenTest(): Promise<HiddenTest>;
  /**
   * Leaks, disagreements and noise of this competition; reads data and answers, so it takes a
   * moment. Its findings hold no answer; what cannot be read is one. Throws CompetitionError `home_failed`.
   */
  health(): Promise<Health>;
}

/** A row of the list of competitions: cheap, no data file is read. */
export interface CompetitionEntry {
  readonly id: string;
  readonly title: string;
  readonly summary: string;
  readonly location: string;
  readonly folder: string;
  /** Whether it came with Podium or lies in the workspace. */
  readonly group: 'bundled' | 'imported';
  /** Absent when the competition is broken. */
  readonly modality?: Modality;
  readonly metric?: string;
  readonly metricLabel?: string;
  readonly direction?: Direction;
  readonly licence?: string;
  /** It has its own evaluation and no hidden answers. */
  readonly selfScored?: boolean;
  /** Why it cannot be played, in one or two sentences. */
  readonly problem?: string;
}

export interface CompetitionLibraryOptions {
  /** Folder that holds the bundled competitions, one folder each. */
  readonly bundledFolder: string;
  /** PODIUM_HOME. */
  readonly home: string;
  /** What relative folders are relative to; the process's working folder by default. */
  readonly base?: string;
  /** The workspace, whose `competitions/` holds imported ones; `base` by default, null when there is none. */
  readonly workspace?: string | null;
}

/** Above this a data file is listed but not profiled, so that opening a page stays quick. */
const maxProfileBytes = 256 * 1024 * 1024;
const sampleLines = 6;

/** Finds and reads competitions: those bundled with Podium, those of the workspace, and any folder in the same format. */
export class CompetitionLibrary {
  private readonly bundledFolder: string;
  private readonly base: string;
  private readonly importedFolder: string | undefined;
  private readonly home: string;
  /** By content hash, path and roles: reopening a page must not read a large file's cells again. */
  private readonly profiles = new Map<string, FileProfile>();

  constructor(options: CompetitionLibraryOptions) {
    this.bundledFolder = resolve(options.bundledFolder);
    this.base = resolve(options.base ?? '.');
    const workspace = options.workspace === undefined ? this.base : options.workspace;
    this.importedFolder = workspace === null ? undefined : resolve(workspace, importedFolderName);
    this.home = options.home;
  }

  /**
   * The bundled competitions by id, then those in `competitions/` of the workspace by folder. A
   * broken one is listed with its `problem`, and so is one whose id another has already.
   * Throws CompetitionError `not_found` when the folder of the bundled ones cannot be read.
   */
  async list(): Promise<CompetitionEntry[]> {
    let names: string[];
    try {
      const entries = await readdir(this.bundledFolder, { withFileTypes: true });
      names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
    } catch (error) {
      throw new CompetitionError('not_found', `The bundled competitions at ${this.bundledFolder} cannot be read.`, 'Install Podium again.', { cause: error });
    }
    const bundled = names.sort().map((name) => this.entry('bundled', join(this.bundledFolder, name), `bundled:${name}`));
    return withDoublesNamed([...(await Promise.all(bundled)), ...(await this.listImported())]);
  }

  /**
   * Loads a competition by its id, by `bundled:<id>`, or by the path of its folder (relative
   * paths count from `base`). A bundled id wins over one of the workspace, and that over a folder
   * of the same name; write `./name` for the folder. Throws CompetitionError.
   */
  async load(idOrFolder: string): Promise<LoadedCompetition> {
    const { folder, location } = await this.find(idOrFolder);
    const manifest = await readManifest(folder);
    const metric = metricFacts(manifest);
    const dataFolder = join(folder, 'data');
    await requirePlainTree(dataFolder);
    const evaluationFiles = manifest.evaluation && (await readEvaluationFiles(folder, manifest.evaluation));
    const description = await readText(folder, 'description.md', {
      maxBytes: maxDescriptionBytes,
      fix: 'Write what the task is about there, in Markdown.',
    });
    const profiles = await this.readProfiles(folder, manifest);
    return {
      manifest,
      description,
      metric,
      metricLabel: metric.label,
      direction: metric.direction,
      board: await readBoardFile(folder),
      profiles,
      folders: await readFolders(folder, manifest, profiles),
      sample: await readSample(folder, manifest),
      ...(await readStarter(folder)),
      ...(evaluationFiles ? { evaluationFiles } : {}),
      folder,
      dataFolder,
      location,
      answersFile: () => answersFileOf(folder, manifest, this.home),
      hiddenTest: () => hiddenTestOf(manifest, this.home),
      health: () => checkFolder(folder, { home: this.home }),
    };
  }

  /**
   * Checks a competition's folder, also a broken one; named as for `load`.
   * Throws CompetitionError `not_found`, `home_failed`.
   */
  async check(idOrFolder: string, options: Pick<CheckOptions, 'thorough'> = {}): Promise<{ readonly folder: string; readonly health: Health }> {
    const { folder } = await this.find(idOrFolder);
    return { folder, health: await checkFolder(folder, { ...options, home: this.home }) };
  }

  /** What the last check of a folder found, while its texts are as they were; undefined when none is known. Cheap. */
  knownHealth(folder: string): Promise<Health | undefined> {
    return knownHealth(folder, this.home);
  }

  private async listImported(): Promise<CompetitionEntry[]> {
    if (this.importedFolder === undefined) return [];
    try {
      const folders = await competitionFolders(this.importedFolder);
      return await Promise.all(folders.map((folder) => this.entry('imported', folder, folder)));
    } catch (error) {
      // The bundled ones can be played all the same.
      const id = basename(this.importedFolder);
      return [{ id, title: id, summary: '', location: this.importedFolder, folder: this.importedFolder, group: 'imported', problem: describeError(error) }];
    }
  }

  private async entry(group: CompetitionEntry['group'], folder: string, location: string): Promise<CompetitionEntry> {
    try {
      const manifest = await readManifest(folder);
      const { label, direction } = metricFacts(manifest);
      const { id, title, summary, modality, metric, source } = manifest;
      return { id, title, summary, location, folder, group, modality, metric: metric.name, metricLabel: label, direction, licence: source.licence, ...(manifest.evaluation && !manifest.evaluation.test ? { selfScored: true } : {}) };
    } catch (error) {
      return { id: basename(folder), title: basename(folder), summary: '', location, folder, group, problem: describeError(error) };
    }
  }

  private async find(idOrFolder: string): Promise<{ folder: string; location: string }> {
    const id = idOrFolder.startsWith('bundled:') ? idOrFolder.slice('bundled:'.length) : idOrFolder;
    if (/^[a-z0-9][a-z0-9-]*$/.test(id)) {
      const folder = join(this.bundledFolder, id);
      if (await isFolder(folder)) return { folder, location: `bundled:${id}` };
      const imported = id === idOrFolder ? await this.findImported(id) : undefined;
      if (imported !== undefined) return { folder: imported, location: imported };
    }
    const folder = resolve(this.base, idOrFolder);
    if (id === idOrFolder && (await isFolder(folder))) return { folder, location: folder };
    const known = (await this.list()).map((entry) => entry.id);
    const [near] = nearMatches(id, known);
    throw new CompetitionError(
      'not_found',
      `There is no competition "${idOrFolder}": no bundled or imported one has this id, and ${folder} is no folder.`,
      `${near ? `Did you mean ${near}? ` : ''}Give one of ${known.join(', ')}, or the path of a folder with a ${manifestName}.`,
    );
  }

  /** The folder of the workspace's competition with an id: the one of this name if it fits, else the first; last one that is called so and is broken. */
  private async findImported(id: string): Promise<string | undefined> {
    if (this.importedFolder === undefined) return undefined;
    const folders = await competitionFolders(this.importedFolder);
    const named = folders.filter((folder) => basename(folder) === id);
    for (const folder of new Set([...named, ...folders])) {
      const manifest = await readManifest(folder).catch(() => undefined);
      if (manifest?.id === id) return folder;
    }
    return named[0];
  }

  private async readProfiles(folder: string, manifest: Manifest): Promise<FileProfile[]> {
    const contents = new Map<string, Buffer>();
    for (const path of filePaths(manifest)) {
      const file = await requireFile(folder, path, {
        maxBytes: Number.MAX_SAFE_INTEGER,
        fix: `It is named under "files" in ${manifestName}: put it there or remove the entry.`,
      });
      if (!path.toLowerCase().endsWith('.csv') || (await stat(file)).size > maxProfileBytes) continue;
      contents.set(path, await readFile(file));
    }
    const headers = new Map([...contents].map(([path, bytes]) => [path, csvHeader(bytes)]));
    const roles = columnRoles(manifest, headers);
    return [...contents].flatMap(([path, bytes]) => {
      // What neither trains nor tests may be any file that is called CSV; the player sees it as it is.
      const other = manifest.files.some((file) => file.path === path && file.role === 'other');
      return this.profile(folder, path, bytes, roles, other) ?? [];
    });
  }

  private profile(folder: string, path: string, bytes: Uint8Array, roles: ColumnRoles, mayBeBroken: boolean): FileProfile | undefined {
    const key = createHash('sha256').update(JSON.stringify([path, roles])).update(bytes).digest('hex');
    const known = this.profiles.get(key);
    if (known) return known;
    const result = profileCsv(path, bytes, roles);
    if (!result.ok) {
      if (mayBeBroken) return undefined;
      const what = result.problems.map((problem) => problem.message).join(' ');
      throw new CompetitionError('bad_file', `${join(folder, path)} cannot be read as CSV: ${what}`, 'Repair the file.');
    }
    this.profiles.set(key, result.profile);
    return result.profile;
  }
}

/** Of several with one id the first can be played by it: a bundled one, a folder of that name, the first of the others. The rest say so. */
function withDoublesNamed(entries: readonly CompetitionEntry[]): CompetitionEntry[] {
  const rank = (entry: CompetitionEntry): number => (entry.group === 'bundled' ? 0 : basename(entry.folder) === entry.id ? 1 : 2);
  const first = new Map<string, CompetitionEntry>();
  for (const entry of [...entries].sort((a, b) => rank(a) - rank(b))) {
    if (entry.problem === undefined && !first.has(entry.id)) first.set(entry.id, entry);
  }
  return entries.map((entry) => {
    const winner = first.get(entry.id);
    if (winner === undefined || winner === entry || entry.problem !== undefined) return entry;
    const other = winner.group === 'bundled' ? 'a bundled competition' : `the one in ${winner.folder}`;
    return { ...entry, problem: `Its id "${entry.id}" is that of ${other}. Change "id" in ${join(entry.folder, manifestName)}.` };
  });
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    // Not there, or not ours to see: either way it is no competition folder.
    return false;
  }
}

/** Profiles of the folders that the manifest names: counts, the column that names their files, and a few pictures. */
async function readFolders(folder: string, manifest: Manifest, profiles: readonly FileProfile[]): Promise<FolderProfile[]> {
  const paths = manifest.files.flatMap(({ path }) => (path.endsWith('/') ? [path] : []));
  if (paths.length === 0) return [];
  const train = profiles.find((profile) => manifest.files.some((file) => file.role === 'train' && file.path === profile.path));
  const table = train ? readTable(await readFile(join(folder, train.path))) : undefined;
  const target = train?.columns.find((column) => column.role === 'target')?.name;
  return Promise.all(
    paths.map(async (path) => {
      const files = await listFolder(folder, path);
      const naming = table ? namingColumn(path, files, table) : null;
      const chosen = choosePictures(files, table, naming, target);
      const pictures = await Promise.all(chosen.map(async (choice) => pictureOf(choice, await readFile(join(folder, choice.path)))));
      return profileFolder(path, files, naming, pictures.filter((picture) => picture !== null));
    }),
  );
}

async function readSample(folder: string, manifest: Manifest): Promise<string> {
  const sample = manifest.files.find((file) => file.role === 'sample');
  if (!sample) return '';
  const text = await readText(folder, sample.path, { maxBytes: maxProfileBytes, fix: 'Write a sample submission there.' });
  return text.split(/\r\n|\n|\r/, sampleLines).join('\n');
}
