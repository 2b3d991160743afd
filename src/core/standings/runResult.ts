import { boardOver } from '../competition/boardPart';
import { checkBoard, ranksMean } from '../grading/boardHealth';
import type { RunConfig } from '../run/events';
import type { FeedbackGiven } from '../run/feedback';
import { finalAttempt } from '../run/finalAttempt';
import { hasEnded } from '../run/fold';
import type { RunView } from '../run/view';
import type { RunResult } from './compareRuns';

/** What a run came to. Its final attempt counts: chosen before any private score was shown. */
export function runResultOf(config: RunConfig, view: RunView, feedback: FeedbackGiven): RunResult {
  const { competition } = config;
  const final = finalAttempt(view);
  const scored = final?.status === 'valid' ? final : undefined;
  const part = scored && scored.private === null ? 'public' : 'private';
  const score = scored?.[part]?.score ?? null;
  const board = boardOver(competition.board, part);
  const meaningful = board.length > 0 && ranksMean(checkBoard(board.map((entry) => entry.score), { direction: competition.direction, range: [-Infinity, Infinity] }));
  return {
    runId: config.runId,
    competition: competition.id,
    title: competition.title,
    metricLabel: competition.metricLabel,
    direction: competition.direction,
    player: config.preset === config.agent ? config.agent : `${config.agent} (${config.preset})`,
    seed: config.seed,
    ended: hasEnded(view),
    isolation: view.isolation,
    selfScored: competition.selfScored !== undefined,
    feedback,
    score,
    board: meaningful ? board : [],
    boardOf: view.competition.boardOf,
  };
}
