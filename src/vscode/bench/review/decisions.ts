import type * as vscode from 'vscode';
import type { Verdict } from '../../../core/edits/verdict';
import type { BenchDecision } from '../../../core/run/events';
import { PodiumError } from '../../../core/errors';
import type { Failures } from '../../platform/failures';
import type { Storage } from '../../platform/storage';
import type { DecidedHere, RunHandle, RunSource } from '../../runs/runHandle';

const mostKept = 300;

/**
 * Tells runners what was decided. Where none answers, the window remembers it, hides what is
 * decided, and tells the runner when the run goes on.
 */
export class Decisions implements vscode.Disposable {
  private readonly subscription: vscode.Disposable;
  private telling = false;

  constructor(
    private readonly runs: RunSource,
    private readonly storage: Storage,
    private readonly failures: Failures,
  ) {
    this.subscription = runs.onDidChange(() => this.look());
    this.look();
  }

  async tell(run: RunHandle, decision: BenchDecision): Promise<void> {
    if (run.connection === 'attached') {
      try {
        return await run.decide(decision);
      } catch (error) {
        if (!(error instanceof PodiumError)) throw error;
        this.failures.record(error, `decision on ${decision.id}`);
      }
    }
    await this.storage.set('podium.untold', [...this.untold(), { runId: run.runId, decision }].slice(-mostKept));
    this.look();
  }

  dispose(): void {
    this.subscription.dispose();
  }

  private untold(): { runId: string; decision: BenchDecision }[] {
    return this.storage.get('podium.untold') ?? [];
  }

  private look(): void {
    const untold = this.untold();
    for (const run of this.runs.runs) run.setDecidedHere(decidedHere(untold.filter(({ runId }) => runId === run.runId).map(({ decision }) => decision)));
    const now = this.runs.runs.find((run) => run.connection === 'attached' && untold.some(({ runId }) => runId === run.runId));
    if (now && !this.telling) {
      this.telling = true;
      this.catchUp(now)
        .catch((error: unknown) => this.failures.record(error, `decisions of run ${now.runId}`))
        .finally(() => (this.telling = false));
    }
  }

  private async catchUp(run: RunHandle): Promise<void> {
    for (const entry of this.untold().filter(({ runId }) => runId === run.runId)) {
      await run.decide(entry.decision);
      const told = JSON.stringify(entry);
      await this.storage.set('podium.untold', this.untold().filter((one) => JSON.stringify(one) !== told));
    }
  }
}

function decidedHere(decisions: readonly BenchDecision[]): DecidedHere {
  const result = new Map<string, readonly Verdict[] | 'all'>();
  for (const { id, hunks, left } of decisions) {
    const before = result.get(id) ?? [];
    result.set(id, (left ?? 0) > 0 && before !== 'all' ? [...before, ...(hunks ?? [])] : 'all');
  }
  return result;
}
