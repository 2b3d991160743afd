import { boardOver } from '../../core/competition/boardPart';
import { checkBoard, ranksMean } from '../../core/grading/boardHealth';
import type { CompetitionGrade, Grade, Score } from '../../core/grading/result';
import { referenceStanding, standing } from '../../core/grading/standings';
import type { HumanRank, Medal } from '../../core/grading/standings';
import { CompetitionLibrary, type LoadedCompetition } from '../../node/competitions/library';
import { podiumHome } from '../../node/storage/podiumHome';
import { gradeFile } from '../gradeFile';
import { bundledFolder } from '../packageRoot';

/** A position on the competition's board; among reference solutions without medal. */
interface BoardPosition {
  readonly rank: number | null;
  readonly tied: number | null;
  readonly teams: number;
  readonly percentile: number | null;
  readonly medal: Medal | null;
  readonly next: { readonly medal: Medal | null; readonly entry?: string; readonly distance: number } | null;
  /** True when the board's entries are reference solutions and not people. */
  readonly reference?: true;
}

/** One part of the rows as `--competition` prints it. */
export interface GradedPart extends Score {
  readonly leaderboard?: BoardPosition;
  readonly humanRank?: HumanRank;
}

/** `podium grade --competition`: the grade with its places on the competition's board. Throws CompetitionError, GradingError. */
export async function gradeCompetition(submission: string, id: string, compat: boolean): Promise<Grade & { public: GradedPart | null; private: GradedPart | null }> {
  const library = new CompetitionLibrary({ bundledFolder: bundledFolder(), home: podiumHome() });
  const competition = await library.load(id);
  const grade = await gradeFile(competition, submission, compat);
  return { ...grade, public: withPosition(grade, 'public', competition), private: withPosition(grade, 'private', competition) };
}

/** Adds the position on the board over the same rows, when there is one whose ranks mean something. */
function withPosition(grade: CompetitionGrade, rows: 'public' | 'private', competition: LoadedCompetition): GradedPart | null {
  const { direction, manifest } = competition;
  const part = grade[rows];
  const board = boardOver(competition.board, rows);
  if (part === null || board.length === 0) return part;
  if (manifest.source.kind === 'bundled') return { ...part, leaderboard: referenceStanding(part.score, board, direction) };
  const scores = board.map((entry) => entry.score);
  if (!ranksMean(checkBoard(scores, { direction, range: competition.metric.range }))) return part;
  const { rank, tied, teams, percentile, medal, next, humanRank } = standing(part.score, scores, direction);
  return { ...part, leaderboard: { rank, tied, teams, percentile, medal, next }, ...(humanRank === null ? {} : { humanRank }) };
}
