import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { Health } from '../../core/competition/finding';
import type { BoardFacts, DefinitionReport, ImportFinding } from '../../core/competition/import/report';
import { ranksMean, readBoardScores, type BoardContext } from '../../core/grading/boardHealth';
import { CancelledError, describeError, PodiumError } from '../../core/errors';
import { requireFile } from '../competitions/files';
import { writeCompetition, type Content } from '../competitions/writeCompetition';
import { ImportError } from './importError';
import type { ImportOptions } from './options';
import { draftOf, type PreparedData } from './prepared';

/** What both benchmarks' importers do with files. */

export async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() ?? false;
}

export async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}

const maxTextBytes = 16 * 1024 * 1024;

/**
 * The text of a file of a checkout; undefined when it cannot be read. A path or a link that leads
 * out of `folder` is not followed: the text goes into a competition, and to whoever reads that.
 */
export async function textOf(folder: string, path: string): Promise<string | undefined> {
  return requireFile(folder, path, { maxBytes: maxTextBytes, fix: '' }).then((file) => readFile(file, 'utf8')).catch(() => undefined);
}

/** Names of the folders below `folder` that hold `file`, sorted. */
export async function foldersWith(folder: string, file: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  const found = await Promise.all(names.map(async (name) => ((await isFile(join(folder, name, file))) ? [name] : [])));
  return found.flat().sort();
}

/** The definitions asked for, all by default. @throws ImportError `unknown_definition` */
export function chooseDefinitions(all: readonly string[], only: readonly string[] | undefined): readonly string[] {
  if (only === undefined) return all;
  const lost = only.filter((id) => !all.includes(id));
  if (lost.length > 0) throw new ImportError('unknown_definition', `The checkout has no definition ${lost.join(', ')}.`, 'Leave out --only to see all that there are.');
  return all.filter((id) => only.includes(id));
}

export interface ReadBoard {
  readonly facts: BoardFacts;
  readonly scores: readonly number[];
  readonly findings: readonly ImportFinding[];
}

/** A board of a benchmark with its health; findings name the board. */
export async function readBoard(file: string, name: 'public' | 'private', context: BoardContext): Promise<ReadBoard> {
  const bytes = await readFile(file).catch(() => undefined);
  if (bytes === undefined) {
    const finding: ImportFinding = { code: 'board_missing', severity: 'warning', message: `The ${name} board is missing.`, fix: 'Update the checkout.' };
    return { facts: { name, entries: 0, usable: false }, scores: [], findings: [finding] };
  }
  const { scores, findings } = readBoardScores(bytes, context);
  return {
    facts: { name, entries: scores.length, usable: scores.length > 0 && ranksMean(findings) },
    scores,
    // A board without use is a loss, not a reason against the competition.
    findings: findings.map(({ code, message, fix }) => ({ code: `board_${code}`, severity: 'warning', message: `${name === 'public' ? 'Public' : 'Private'} board: ${message}`, fix })),
  };
}

/** `leaderboard.csv` of boards that do not say which entries are one team. */
export function boardText(boards: readonly ReadBoard[]): string | undefined {
  const rows = boards.flatMap(({ facts: { name, usable }, scores }) =>
    usable ? scores.map((score, index) => `${name === 'public' ? 'Public' : 'Private'} place ${index + 1},${score},${name === 'public' ? score : ''},${name === 'private' ? score : ''}`) : [],
  );
  return rows.length === 0 ? undefined : `name,score,public,private\n${rows.join('\n')}\n`;
}

/** The Python files of a checkout that a grader needs, by their path below `grader/`; folders give their direct files. */
export async function graderFiles(root: string, places: readonly string[]): Promise<ReadonlyMap<string, Content>> {
  const files = new Map<string, Content>();
  for (const place of places) {
    const path = join(root, place);
    const names = (await isFile(path)) ? [path] : (await readdir(path).catch(() => [])).map((name) => join(path, name));
    for (const file of names) {
      if (!file.endsWith('.py') || !(await isFile(file))) continue;
      files.set(`grader/${relative(root, file).split(sep).join('/')}`, { from: file });
    }
  }
  return files;
}

/** What the health check adds: how large the noise is, is no matter of the import, and a board is told of once. */
async function healthFindings(competition: string, known: readonly ImportFinding[], { check }: ImportOptions): Promise<ImportFinding[]> {
  let health: Health | undefined;
  try {
    health = await check?.(competition);
  } catch (error) {
    // It is imported all the same; a cancel ends what comes after it.
    return [{ code: 'not_checked', severity: 'warning', message: `Its health was not checked: ${describeError(error)}`, fix: 'Check it with "podium doctor --competition".' }];
  }
  const told = new Set(known.map(({ code }) => code));
  return (health?.findings ?? []).filter(({ code }) => code !== 'noise' && !code.startsWith('board_') && !told.has(code));
}

/** Makes and writes the competition of a definition whose data is ready; trouble becomes part of its report. @throws CancelledError */
export async function importOne(report: DefinitionReport, out: string, options: ImportOptions, prepare: () => Promise<PreparedData>): Promise<DefinitionReport> {
  const competition = join(out, report.id.toLowerCase());
  const failed = (findings: readonly ImportFinding[]): DefinitionReport => ({ ...report, findings: [...report.findings, ...findings], status: 'failed' });
  try {
    const draft = await draftOf(await prepare());
    if (!draft.ok) return failed(draft.findings);
    await writeCompetition(competition, draft.draft, options);
    const findings = [...report.findings, ...draft.findings];
    return { ...report, grading: { ...report.grading, used: draft.used }, findings: [...findings, ...(await healthFindings(competition, findings, options))], status: 'imported', competition };
  } catch (error) {
    if (error instanceof CancelledError) throw error;
    return failed([{ code: error instanceof PodiumError ? error.reason : 'unreadable', severity: 'error', message: describeError(error), fix: '' }]);
  }
}
