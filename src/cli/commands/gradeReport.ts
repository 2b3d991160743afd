import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import * as z from 'zod';
import { parseJson } from '../../core/parseJson';
import { boardOver } from '../../core/competition/boardPart';
import { describeError } from '../../core/errors';
import { mleBenchReport, mleBenchSummary, reportFileName, type MleBenchReport, type MleBenchSummary } from '../../core/grading/mleBenchReport';
import { CompetitionLibrary, type LoadedCompetition } from '../../node/competitions/library';
import { podiumHome } from '../../node/storage/podiumHome';
import { gradeFile } from '../gradeFile';
import { bundledFolder } from '../packageRoot';
import { UsageError } from '../usage';

/** `podium grade --report`: reports with the fields of MLE-bench, of one submission or of a list. */

export interface Submission {
  readonly competition: string;
  readonly path: string;
}

const lineSchema = z.looseObject({ competition_id: z.string(), submission_path: z.string() });

/** The lines of a submissions file: one JSON object each; blank lines and those that begin with `#` or `//` are skipped. @throws UsageError */
export async function readSubmissions(file: string): Promise<Submission[]> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new UsageError(`The list ${file} cannot be read: ${error instanceof Error ? error.message : String(error)}.`, 'Check the path.');
  });
  return text.split(/\r\n|\n|\r/).flatMap((line, index) => {
    const trimmed = line.trim();
    if (trimmed === '' || trimmed.startsWith('#') || trimmed.startsWith('//')) return [];
    const parsed = lineSchema.safeParse(parseJson(trimmed));
    if (!parsed.success) throw new UsageError(`Line ${index + 1} of ${file} is no submission.`, 'Write {"competition_id": "…", "submission_path": "…"}.');
    return [{ competition: parsed.data.competition_id, path: parsed.data.submission_path }];
  });
}

export interface ReportOptions {
  /** Folder of competition folders; bundled ids are found without it. */
  readonly competitions?: string | undefined;
  readonly compat: boolean;
  /** Told of each submission that got no score, with why: MLE-bench's fields have no place for it. */
  readonly explain: (line: string) => void;
}

/** Grades and reports on each, in order. Throws CompetitionError, GradingError. */
export async function reportOn(submissions: readonly Submission[], options: ReportOptions): Promise<MleBenchSummary> {
  const loaded = new Map<string, LoadedCompetition>();
  const library = new CompetitionLibrary({ bundledFolder: bundledFolder(), home: podiumHome() });
  const reports: MleBenchReport[] = [];
  for (const submission of submissions) {
    let competition = loaded.get(submission.competition);
    if (competition === undefined) {
      competition = await library.load(await placeOf(submission.competition, options.competitions));
      loaded.set(submission.competition, competition);
    }
    reports.push(await reportOnOne(submission, competition, options));
  }
  return mleBenchSummary(reports);
}

async function placeOf(competition: string, folder: string | undefined): Promise<string> {
  if (folder === undefined) return competition;
  const place = resolve(folder, competition.toLowerCase());
  return (await stat(place).catch(() => undefined))?.isDirectory() ? place : competition;
}

async function reportOnOne(submission: Submission, competition: LoadedCompetition, { compat, explain }: ReportOptions): Promise<MleBenchReport> {
  const exists = submission.path.toLowerCase().endsWith('.csv') && ((await stat(submission.path).catch(() => undefined))?.isFile() ?? false);
  if (!exists) explain(`${submission.path}: there is no such CSV file.`);
  const grade = exists ? await gradeFile(competition, submission.path, compat) : undefined;
  if (grade && !grade.valid) explain(`${submission.path}: ${grade.errors.map(({ message }) => message).join(' ')}`);
  const { standings } = competition.manifest;
  const graded = {
    // A folder given by its path has a name of its own.
    competition: submission.competition.includes('/') ? competition.manifest.id : submission.competition,
    path: submission.path,
    exists,
    score: grade?.score ?? null,
    direction: competition.direction,
    board: boardOver(competition.board, 'private').map(({ score }) => score),
    thresholds: standings ?? null,
    at: new Date(),
  };
  const report = mleBenchReport(graded, compat);
  const other = mleBenchReport(graded, !compat);
  if (report.any_medal !== other.any_medal || report.gold_medal !== other.gold_medal || report.silver_medal !== other.silver_medal || report.above_median !== other.above_median) {
    explain(`${submission.path}: ${compat ? 'exactly compared' : 'with the rounding of MLE-bench'}, its medal or its place above the median would be another.`);
  }
  return report;
}

/** Writes the summary below `folder`, which is made when needed, and returns the file's path. @throws UsageError */
export async function writeReport(folder: string, summary: MleBenchSummary): Promise<string> {
  const file = join(folder, reportFileName(new Date()));
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(file, `${JSON.stringify(summary, null, 2)}\n`);
  } catch (error) {
    throw new UsageError(`The report cannot be written to ${folder}: ${describeError(error)}.`, 'Give a folder that can be written.');
  }
  return file;
}
