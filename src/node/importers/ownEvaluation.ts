import { lstat, readdir } from 'node:fs/promises';
import { basename, join, relative, resolve, sep } from 'node:path';
import { partFiles, type OwnFile, type OwnFiles } from '../../core/competition/import/ownEvaluation';
import type { ImportFinding } from '../../core/competition/import/report';
import type { Direction } from '../../core/competition/manifest';
import { writeCompetition, type Content } from '../competitions/writeCompetition';
import { textOf } from './benchmark';
import { ImportError } from './importError';

/** What a person says of the folder that is to be improved. */
export interface OwnEvaluation {
  readonly folder: string;
  /** Run in a copy of the folder; prints the score, see `readPrintedScore`. */
  readonly command: string;
  readonly direction: Direction;
  readonly label?: string;
  /** Of one evaluation. */
  readonly seconds?: number;
  /** Globs of the files that players may change; by default all text files that the command does not name. */
  readonly change?: readonly string[];
  readonly title?: string;
  readonly id?: string;
}

export interface OwnImport {
  /** The competition folder; null when nothing could be written, and the findings say why. */
  readonly competition: string | null;
  readonly selfScored: true;
  readonly solution: readonly string[];
  readonly readOnly: readonly string[];
  readonly data: readonly string[];
  readonly findings: readonly ImportFinding[];
}

/** Of no use to an attempt, often huge, sometimes secret. */
const skipped: ReadonlySet<string> = new Set(['node_modules', '__pycache__', 'venv', 'env', 'build', 'dist']);
const maxListed = 20_000;

/** The files of a folder, and who may change which. @throws ImportError `unreadable` */
export async function readOwnFolder(folder: string, command: string, change?: readonly string[]): Promise<OwnFiles> {
  const links: string[] = [];
  const files = await listFiles(folder, links);
  const parted = partFiles(files, command, change);
  if (links.length === 0) return parted;
  const left: ImportFinding = { code: 'links_left_out', severity: 'warning', message: `${links.slice(0, 5).join(', ')} ${links.length === 1 ? 'is a link and was' : 'are links and were'} left out.`, fix: 'Put the files themselves there if they are needed.' };
  return { ...parted, findings: [...parted.findings, left] };
}

/**
 * Makes an ordinary competition folder of a folder, a command and a direction. The folder itself is
 * only read.
 * @throws ImportError `unreadable`; CompetitionError; CancelledError
 */
export async function importOwnEvaluation(own: OwnEvaluation, out: string, options: { readonly home: string; readonly signal?: AbortSignal; readonly progress?: (line: string) => void }): Promise<OwnImport> {
  const folder = resolve(own.folder);
  const { solution, fixed, data, findings } = await readOwnFolder(folder, own.command, own.change);
  const report = { selfScored: true as const, solution, readOnly: fixed, data, findings };
  if (findings.some(({ severity }) => severity === 'error')) return { ...report, competition: null };
  const name = basename(folder);
  const seconds = own.seconds ?? 600;
  const title = own.title ?? titleOf(name);
  const files = new Map<string, Content>();
  for (const path of solution) files.set(`solution/${path}`, { from: join(folder, path) });
  for (const path of fixed) files.set(`evaluation/${path}`, { from: join(folder, path) });
  for (const path of data) files.set(path, { from: join(folder, path) });
  await writeCompetition(
    out,
    {
      manifest: {
        schema: 1,
        id: own.id ?? idOf(name),
        title,
        summary: `Improve ${title}: ${own.label ?? 'the score'} of ${own.command}, ${own.direction === 'maximize' ? 'higher' : 'lower'} is better.`,
        source: { kind: 'own', name: 'Own evaluation' },
        files: data.slice(0, 50).map((path) => ({ path, role: 'other', description: 'Data of the folder.' })),
        grader: { command: own.command, direction: own.direction, ...(own.label === undefined ? {} : { label: own.label }), seconds },
        limits: { stepSeconds: Math.max(300, seconds) },
      },
      description: (await textOf(folder, 'README.md')) ?? `# ${title}\n\nEverything in \`solution/\` may change. \`${own.command}\` says how good it is.`,
      files,
    },
    options,
  );
  return { ...report, competition: out };
}

/**
 * Regular files below a folder, sorted; hidden ones and what tools leave behind are passed over.
 * @param links gets the names of what is neither file nor folder
 * @throws ImportError `unreadable`
 */
export async function listFiles(folder: string, links: string[]): Promise<OwnFile[]> {
  const files: OwnFile[] = [];
  const visit = async (at: string): Promise<void> => {
    const entries = await readdir(at, { withFileTypes: true }).catch((error: unknown) => {
      throw new ImportError('unreadable', `${at} cannot be read.`, 'Give a folder.', { cause: error });
    });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (entry.name.startsWith('.') || (entry.isDirectory() && skipped.has(entry.name))) continue;
      const path = join(at, entry.name);
      const name = relative(folder, path).split(sep).join('/');
      if (entry.isDirectory()) await visit(path);
      else if (entry.isFile()) files.push({ path: name, bytes: (await lstat(path)).size });
      else links.push(name);
      if (files.length > maxListed) throw new ImportError('unreadable', `${folder} has more than ${maxListed} files.`, 'Give the folder of the solution alone.');
    }
  };
  await visit(folder);
  return files;
}

/** A folder's name as an id. */
export function idOf(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '') || 'own-evaluation';
}

function titleOf(name: string): string {
  const words = name.replace(/[-_]+/g, ' ').trim();
  return words === '' ? 'Own evaluation' : words.charAt(0).toUpperCase() + words.slice(1);
}
