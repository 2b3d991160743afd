import { RunOver } from '../../core/environment/context';
import type { Environment } from '../../core/environment/environment';
import type { AttemptState, EnvironmentState } from '../../core/environment/state';
import { describeError } from '../../core/errors';
import type { CompetitionGrade, Score } from '../../core/grading/result';
import type { LoadedCompetition } from '../competitions/library';
import type { BlobStore } from '../storage/blobStore';
import type { RunJournal } from '../storage/journal';
import type { PrivateGrades } from '../storage/privateGrades';
import type { HiddenTestRun } from './hiddenTest';
import type { RunGate } from './runGate';

/** What is said of a run whose test the person stopped. */
export const testStopped = 'The hidden test was stopped by you.';
/** Why a run ends whose test the person stopped again. */
export const testGivenUp = 'The hidden test was stopped by you again: the run ends without it, and has no score of it.';

interface ChosenTestParts {
  readonly hiddenTest: HiddenTestRun;
  readonly competition: LoadedCompetition;
  readonly state: EnvironmentState;
  readonly grades: PrivateGrades;
  readonly blobs: BlobStore;
  readonly gate: RunGate;
  /** Takes the player's sandbox away. */
  readonly leaveSandbox: () => Promise<void>;
  readonly append: (event: Parameters<RunJournal['append']>[0]) => Promise<void>;
  readonly log: (line: string) => void;
}

/**
 * The hidden test of the attempt that a run has chosen. The player's sandbox is gone before, and run
 * time stands still. What comes of it goes to PODIUM_HOME; the journal says that it was made.
 */
export class ChosenTest {
  /** The test outlives the player, whose door is taken away before. */
  private readonly abort = new AbortController();

  constructor(private readonly parts: ChosenTestParts) {}

  /**
   * Makes the test unless it was made; without a valid attempt there is none.
   * @returns `stopped`: the run has no score without it, so it is to be resumed, not ended;
   *   `given_up`: it was stopped before as well, so the person wants the end without it
   */
  async make(environment: Environment): Promise<'done' | 'stopped' | 'given_up'> {
    const { state, grades, append } = this.parts;
    if (state.tested) return 'done';
    await environment.settle('finished');
    const attempt = state.attempt(state.selected);
    if (!attempt || attempt.status !== 'valid') return 'done';
    await this.parts.leaveSandbox();
    // Killed between result and event: it is not made twice.
    if ((await grades.test())?.attempt !== attempt.id && !(await this.run(attempt))) {
      if (state.testStopped) return 'given_up';
      const nextStep = 'Resume the run: then the test is made and the run ends. Stopped again, it ends without.';
      await append({ actor: 'human', type: 'waiting', data: { why: testStopped, nextStep, testStopped: true } });
      return 'stopped';
    }
    await append({ actor: 'system', type: 'tested', data: { attempt: attempt.id } });
    return 'done';
  }

  stop(): void {
    this.abort.abort(new RunOver('stopped', 'Stopped by you.'));
  }

  /** False when it was stopped. */
  private async run(attempt: AttemptState): Promise<boolean> {
    const { hiddenTest, competition, blobs, grades, gate, append, log } = this.parts;
    const files = new Map<string, Uint8Array>();
    for (const [path, hash] of attempt.files) files.set(path, await blobs.get(hash));
    const progress = (text: string): void => void append({ actor: 'system', type: 'progress', data: { text } }).catch((error: unknown) => log(describeError(error)));
    const tested = await gate.still(() => hiddenTest({ id: attempt.id, files }, progress, this.abort.signal)).catch((error: unknown) => {
      if (!this.abort.signal.aborted) throw error;
      return null;
    });
    if (tested === null) return false;
    const { ok, seconds, message, figures } = tested;
    await grades.recordTest({ attempt: attempt.id, ok, seconds, message, figures }, tested.ok ? gradeOf(competition, attempt.public, tested.score) : undefined);
    return true;
  }
}

function gradeOf({ manifest, direction }: LoadedCompetition, told: number | null, score: number): CompetitionGrade {
  const part = (value: number): Score => ({ score: value, se: null });
  return { valid: true, score, metric: manifest.metric.name, direction, rows: 0, errors: [], warnings: [], public: told === null ? null : part(told), private: part(score) };
}
