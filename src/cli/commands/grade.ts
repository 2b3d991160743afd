import type { Command } from 'commander';
import { PodiumError } from '../../core/errors';
import { plainProblem } from '../../core/grading/problems';
import type { CompetitionGrade, Grade, Problem } from '../../core/grading/result';
import { CompetitionError } from '../../node/competitions/competitionError';
import { GradingError } from '../../node/grading/gradingError';
import type { GradingJob } from '../../node/grading/job';
import { gradeOf } from '../../node/grading/reply';
import { runJob } from '../../node/grading/runJob';
import { reportError, tell, writeJson, writeLine, type ExitCode } from '../output';
import { numbersReaderFile } from '../packageRoot';
import { parseChoice, UsageError } from '../usage';
import type { GradedPart } from './gradeCompetition';

// Grading against an answers file is called in loops: whatever it does without is loaded where it is needed.

interface GradeOptions {
  readonly competition?: string;
  readonly answers?: string;
  readonly metric?: string;
  readonly params?: string;
  readonly id?: string;
  readonly target?: string;
  readonly submissions?: string;
  readonly competitions?: string;
  readonly report?: string;
  readonly compat?: string;
  readonly json?: boolean;
}

/** `podium grade`: scores a submission against a competition or an answers file. */
export function registerGrade(program: Command): void {
  program
    .command('grade')
    .description('grade a submission against a competition, or against answers with a metric')
    .argument('[submission]', 'CSV file, plain, gzip or zip')
    .option('--competition <id or folder>', 'a bundled or imported competition, or a competition folder')
    .option('--answers <file>', 'CSV file with ids and targets')
    .option('--metric <name>', 'with --answers: the metric')
    .option('--params <json>', 'with --answers: parameters of the metric, a JSON object')
    .option('--id <columns>', 'with --answers: id columns, separated by commas (default: the first column)')
    .option('--target <columns>', 'with --answers: target columns, separated by commas (default: all others)')
    .option('--report <folder>', 'write a grading report with the fields of MLE-bench there')
    .option('--submissions <file>', 'with --report: JSON lines with competition_id and submission_path, instead of one submission')
    .option('--competitions <folder>', 'with --submissions: where imported competitions lie')
    .option('--compat <benchmark>', 'mle-bench: round and compare as it does, and give its own graders the file as it is')
    .option('--json', 'print one JSON object')
    .action(async (submission: string | undefined, options: GradeOptions) => {
      const json = options.json ?? false;
      try {
        if (options.compat !== undefined) parseChoice('compat', options.compat, ['mle-bench']);
        if (options.report !== undefined) {
          await report(submission, options.report, options);
          return;
        }
        if (submission === undefined) throw new UsageError('The submission is missing.', 'Give a CSV file, or --submissions <file> with --report <folder>.');
        const grade = options.competition === undefined ? await gradeAnswers(submission, options) : await gradeByCompetition(submission, options.competition, options);
        printGrade(grade, json);
      } catch (error) {
        await printFailure(error, options);
      }
    });
}

async function gradeAnswers(submission: string, options: GradeOptions): Promise<Grade> {
  const { answers, metric } = options;
  if (answers === undefined) throw new UsageError('There is nothing to grade against.', 'Give --competition <id>, or --answers <file> with --metric <name>.');
  if (metric === undefined) throw new UsageError('The metric is missing.', 'Give --metric <name> beside --answers.');
  const params = parseParams(options.params);
  if (!params.ok) return invalidGrade(metric, [params.problem]);
  const { public: _public, private: _private, ...grade } = await gradeHere({
    answers: { path: answers },
    submission: { path: submission },
    metric,
    params: params.value,
    id: columnList(options.id),
    target: columnList(options.target),
    parts: false,
  });
  return grade;
}

async function gradeByCompetition(submission: string, competition: string, options: GradeOptions): Promise<Grade & { public: GradedPart | null; private: GradedPart | null }> {
  const clash = (['answers', 'metric', 'params', 'id', 'target'] as const).find((name) => options[name] !== undefined);
  if (clash !== undefined) {
    throw new UsageError(`--${clash} cannot be combined with --competition, which says it itself.`, `Leave out --${clash} or --competition.`);
  }
  const { gradeCompetition } = await import('./gradeCompetition');
  return gradeCompetition(submission, competition, options.compat !== undefined);
}

/** `--report`: of one submission, or of a list. */
async function report(submission: string | undefined, folder: string, options: GradeOptions): Promise<void> {
  const { readSubmissions, reportOn, writeReport } = await import('./gradeReport');
  const list = options.submissions === undefined ? oneSubmission(submission, options) : await readSubmissions(options.submissions);
  const explain = (line: string): void => void process.stderr.write(`${line}\n`);
  const summary = await reportOn(list, { competitions: options.competitions, compat: options.compat !== undefined, explain });
  const file = await writeReport(folder, summary);
  if (options.json) writeJson({ report: file, ...summary });
  else writeLine(`${summary.total_valid_submissions} of ${summary.total_runs} submissions valid, ${summary.total_medals} medals. Report: ${file}`);
  process.exitCode = summary.total_valid_submissions === summary.total_runs ? 0 : 1;
}

function oneSubmission(submission: string | undefined, { competition }: GradeOptions): { competition: string; path: string }[] {
  if (submission === undefined || competition === undefined) throw new UsageError('--report needs to know what to grade.', 'Give a submission with --competition <id>, or --submissions <file>.');
  return [{ competition, path: submission }];
}

// Options

function columnList(text: string | undefined): string[] | undefined {
  return text?.split(',');
}

function parseParams(text: string | undefined): { ok: true; value: unknown } | { ok: false; problem: Problem } {
  if (text === undefined) return { ok: true, value: {} };
  try {
    return { ok: true, value: JSON.parse(text) as unknown };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { ok: false, problem: plainProblem('bad_params', `--params is not JSON: ${why}.`, `Write a JSON object, as --params '{"average": "macro"}'.`) };
  }
}

/** Grades in this very thread: the command has nothing else to do meanwhile. @throws GradingError */
async function gradeHere(job: GradingJob): Promise<CompetitionGrade> {
  return gradeOf(await runJob(job, numbersReaderFile()));
}

// Output

/** What is printed where no grade came out. */
export async function invalidGrade(metric: string, errors: Problem[]): Promise<Grade> {
  const { findMetric } = await import('../../core/grading/registry');
  return { valid: false, score: null, metric, direction: findMetric(metric)?.direction ?? null, rows: 0, errors, warnings: [] };
}

function printGrade(grade: Grade & { public?: GradedPart | null; private?: GradedPart | null }, json: boolean): void {
  process.exitCode = grade.valid ? 0 : 1;
  if (json) {
    writeJson(grade);
    return;
  }
  if (grade.valid && grade.score !== null) {
    const way = grade.direction === 'maximize' ? 'higher is better' : 'lower is better';
    writeLine(`${grade.metric}  ${shown(grade.score)}  (${way}, ${grade.rows.toLocaleString('en-US')} rows)`);
    if (grade.public) writeLine(`public   ${partText(grade.public)}`);
    if (grade.private) writeLine(`private  ${partText(grade.private)}`);
  } else {
    process.stderr.write(`The submission was not graded: ${grade.errors.length} ${grade.errors.length === 1 ? 'problem' : 'problems'}.\n`);
  }
  for (const problem of grade.errors) tell(problemText('error', problem));
  for (const problem of grade.warnings) tell(problemText('warning', problem));
}

function partText(part: GradedPart): string {
  const error = part.se === null ? '' : ` ± ${shown(part.se, 2)}`;
  const { leaderboard } = part;
  if (leaderboard === undefined || leaderboard.rank === null) return `${shown(part.score)}${error}`;
  const among = leaderboard.reference === true ? 'reference solutions' : 'teams';
  const medal = leaderboard.medal === null ? '' : `, ${leaderboard.medal} medal`;
  const next = leaderboard.next === null ? '' : `, ${shown(leaderboard.next.distance)} to ${leaderboard.next.entry ?? leaderboard.next.medal}`;
  return `${shown(part.score)}${error}  place ${leaderboard.rank} among ${leaderboard.teams} ${among}${medal}${next}`;
}

const shown = (value: number, digits = 6): string => String(Number(value.toPrecision(digits)));

function problemText(kind: string, problem: Problem): string {
  const examples = problem.examples.length === 0 ? '' : `\n    ${problem.examples.map((example) => JSON.stringify(example)).join(' ')}`;
  return `${kind} ${problem.code}: ${problem.message}${examples}${problem.fix === undefined ? '' : `\n    ${problem.fix}`}`;
}

/** No grade came out: with `--json` the object still has the shape of one, with `error` beside. */
async function printFailure(error: unknown, options: GradeOptions): Promise<void> {
  const usage = error instanceof UsageError || CompetitionError.is(error, 'not_found') || GradingError.is(error, 'unreadable');
  const exitCode: ExitCode = usage ? 2 : 1;
  if (!(options.json ?? false)) {
    reportError(error, false, exitCode);
    return;
  }
  const message = error instanceof Error ? error.message : String(error);
  const known = error instanceof PodiumError ? error : null;
  writeJson({
    ...(await invalidGrade(options.metric ?? '', [])),
    ...(options.competition === undefined ? {} : { public: null, private: null }),
    error: { reason: known?.reason ?? 'internal', message, ...(known?.nextStep === undefined ? {} : { nextStep: known.nextStep }) },
  });
  reportError(error, false, exitCode);
}
