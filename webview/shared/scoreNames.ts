import type { RunView } from '../../src/protocol/panel';

/** What the scores of a run are called, which says what they are worth. */
export interface ScoreNames {
  /** Told while the run goes on: column, mark and number of the chosen attempt. */
  readonly told: string;
  readonly best: string;
  readonly title: string;
  /** What decides after the run. */
  readonly kept: string;
  readonly calls: string;
}

const hiddenAnswers: ScoreNames = { told: 'Public', best: 'Best public score', title: 'Score on the public part of the hidden answers', kept: 'Private', calls: 'Graded calls' };
const selfScored: ScoreNames = { ...hiddenAnswers, told: 'Score', best: 'Best score, self-scored', title: 'What the evaluation printed; no answer is hidden', calls: 'Evaluations' };
const tested: ScoreNames = { ...hiddenAnswers, told: 'Dev', best: 'Best score of the dev phase', title: 'What the evaluation printed beside the code; the hidden test decides', kept: 'Test', calls: 'Evaluations' };

export const scoreNames = ({ selfScored: own, tested: hidden }: Pick<RunView['competition'], 'selfScored' | 'tested'>): ScoreNames => (own ? selfScored : hidden ? tested : hiddenAnswers);
