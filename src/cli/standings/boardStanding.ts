import { readFile } from 'node:fs/promises';
import type { Direction } from '../../core/competition/manifest';
import { PodiumError } from '../../core/errors';
import { ranksMean, readBoardScores } from '../../core/grading/boardHealth';
import type { Board, BoardFinding } from '../../core/grading/boardHealth';
import { metricDirection, staticMetricRange } from '../../core/grading/describe';
import { mleBenchResult, standing } from '../../core/grading/standings';
import type { MleBenchResult, Standing } from '../../core/grading/standings';
import { writeJson, writeLine } from '../output';

export interface BoardOptions {
  readonly board?: string;
  readonly score?: string;
  readonly direction?: string;
  readonly teams?: string;
  readonly metric?: string;
  readonly json?: boolean;
}

class BoardError extends PodiumError<'wrong_usage' | 'unreadable'> {}

interface Request {
  readonly bytes: Uint8Array;
  readonly score: number | null;
  readonly direction: Direction;
  readonly teams?: number;
  readonly range?: readonly [number, number];
}

/** What the command prints; a board that is not used has findings only. */
type Report = { readonly findings: readonly string[] } & Partial<NullableStanding & { readonly mleBench: MleBenchResult }>;
type NullableStanding = { readonly [K in keyof Standing]: Standing[K] | null };

/** Prints where a score stands on a leaderboard. */
export async function printBoardStanding(options: BoardOptions): Promise<void> {
  const request = await readRequest(options);
  const board = readBoardScores(request.bytes, request);
  const report = makeReport(board, request);
  if (board.scores.length === 0) process.exitCode = 1;
  if (options.json) writeJson(report);
  else printReport(report, board.findings);
  warnOfDifference(report);
}

async function readRequest(options: BoardOptions): Promise<Request> {
  if (options.board === undefined) throw new BoardError('wrong_usage', 'The board is missing.', 'Give --board <leaderboard.csv>.');
  const direction = readDirection(options);
  const teams = options.teams === undefined ? undefined : Number(options.teams);
  if (teams !== undefined && !(Number.isInteger(teams) && teams > 0)) {
    throw new BoardError('wrong_usage', `--teams ${options.teams} is no positive integer.`, 'Give the number of teams.');
  }
  let bytes: Uint8Array;
  try {
    bytes = await readFile(options.board);
  } catch (error) {
    throw new BoardError('unreadable', `The board ${options.board} cannot be read.`, 'Check the path.', { cause: error });
  }
  return {
    bytes,
    score: readScore(options.score),
    direction,
    ...(teams === undefined ? {} : { teams }),
    ...(options.metric === undefined ? {} : { range: staticMetricRange(options.metric) }),
  };
}

function readDirection({ direction, metric }: BoardOptions): Direction {
  if (direction === 'maximize' || direction === 'minimize') return direction;
  if (direction !== undefined) throw new BoardError('wrong_usage', `--direction ${direction} is unknown.`, 'Give maximize or minimize.');
  if (metric === undefined) throw new BoardError('wrong_usage', 'The direction is missing.', 'Give --direction maximize or minimize, or --metric <name>.');
  return metricDirection(metric);
}

/** null for a missing score or one that is not finite, as `nan`; anything else must be a number. */
function readScore(text: string | undefined): number | null {
  if (text === undefined || /^\s*([+-]?(nan|inf(inity)?)|none|null)?\s*$/i.test(text)) return null;
  const score = Number(text);
  if (Number.isNaN(score)) throw new BoardError('wrong_usage', `--score ${text} is no number.`, 'Give a number, or leave it out when there is no score.');
  return Number.isFinite(score) ? score : null;
}

function makeReport(board: Board, request: Request): Report {
  const findings = board.findings.map((finding) => finding.code);
  if (board.scores.length === 0) return { findings };
  const result = standing(request.score, board.scores, request.direction);
  const mleBench = mleBenchResult(request.score, board.scores);
  if (ranksMean(board.findings)) return { ...result, mleBench, findings };
  const hidden = { rank: null, tied: null, percentile: null, medal: null, next: null, aboveMedian: null, humanRank: null };
  return { ...result, ...hidden, mleBench, findings };
}

function printReport(report: Report, findings: readonly BoardFinding[]): void {
  if (typeof report.rank === 'number') {
    writeLine(`place ${report.rank} among ${report.teams} teams, ${report.tied} tied, percentile ${report.percentile?.toFixed(1)}`);
    writeLine(`medal ${report.medal ?? 'none'}${report.next ? `, ${Number(report.next.distance.toPrecision(6))} to ${report.next.medal}` : ''}`);
    writeLine(`${report.aboveMedian === true ? 'above' : 'not above'} the median`);
    if (report.humanRank) writeLine(`HumanRank ${report.humanRank.code.toFixed(4)} (code form), ${report.humanRank.paper.toFixed(4)} (paper form)`);
  } else if (report.teams !== undefined) writeLine('no rank and no medal');
  for (const finding of findings) process.stderr.write(`${finding.severity} ${finding.code}: ${finding.message} ${finding.fix}\n`);
}

function warnOfDifference({ medal, mleBench, rank }: Report): void {
  if (mleBench === undefined || rank === null || rank === undefined || medal === mleBench.medal) return;
  process.stderr.write(
    `MLE-bench would report ${mleBench.medal ?? 'no medal'}: it rounds the score to five decimals and infers the direction from the board.\n`,
  );
}
