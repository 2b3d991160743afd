import { boardOver } from '../competition/boardPart';
import type { BoardEntry } from '../competition/manifest';
import { checkBoard, ranksMean } from '../grading/boardHealth';
import type { RunConfig } from '../run/events';
import type { FeedbackGiven } from '../run/feedback';
import { finalAttempt } from '../run/finalAttempt';
import { hasEnded } from '../run/fold';
import { gapOfRun } from '../run/gap';
import type { RunView } from '../run/view';
import type { RunResult } from './compareRuns';

/** What a run came to. Its final attempt counts: chosen before any private score was shown. */
export function runResultOf(config: RunConfig, view: RunView, feedback: FeedbackGiven): RunResult {
  const { competition } = config;
  const final = finalAttempt(view);
  const scored = final?.status === 'valid' ? final : undefined;
  // Where a hidden test decides, what was printed beside the code is no result.
  const part = scored && scored.private === null && !view.competition.tested ? 'public' : 'private';
  const score = scored?.[part]?.score ?? null;
  const board = boardWithRanks(competition, part);
  // A board without parts is one board, whatever rows a score is over.
  const parted = competition.board.some((entry) => entry.public !== undefined || entry.private !== undefined);
  const others = part === 'private' && parted ? boardWithRanks(competition, 'public') : [];
  return {
    runId: config.runId,
    number: config.number,
    competition: competition.id,
    title: competition.title,
    metricLabel: competition.metricLabel,
    direction: competition.direction,
    player: config.preset === config.agent ? config.agent : `${config.agent} (${config.preset})`,
    seed: config.seed,
    ended: hasEnded(view),
    isolation: view.isolation,
    selfScored: competition.evaluation?.selfScored ?? false,
    ...(competition.evaluation ? { ruler: competition.evaluation.ruler } : {}),
    ...(competition.scoring === undefined ? {} : { scoring: competition.scoring }),
    feedback,
    score,
    gap: gapOfRun(view),
    board,
    boardOf: view.competition.boardOf,
    other: scored?.public && others.length > 0 ? { score: scored.public.score, board: others } : null,
  };
}

/** The board over a part of the rows; empty where its ranks mean nothing. */
function boardWithRanks({ board, direction }: RunConfig['competition'], part: 'public' | 'private'): readonly BoardEntry[] {
  const over = boardOver(board, part);
  const findings = over.length > 0 ? checkBoard(over.map((entry) => entry.score), { direction, range: [-Infinity, Infinity] }) : [];
  return ranksMean(findings) ? over : [];
}
