import type { GpuChoice } from '../../core/runtime/gpu';
import { planGpus, type GpuPlan } from '../../core/runtime/gpuPlan';
import type { Runtime } from '../../core/runtime/runtime';
import { GpuLocks } from './gpuLocks';

/** The GPUs of one run: decided by choice, competition, runtime and what other runs have. */
export class GpuDesk {
  private readonly locks: GpuLocks;

  constructor(
    private readonly run: { readonly runId: string; readonly choice: GpuChoice; readonly need: 'none' | 'optional' | 'required'; readonly image: string },
    home: string,
  ) {
    this.locks = new GpuLocks(home);
  }

  /** Decides and takes the cards. @throws RuntimeError `no_gpu`, `unknown_gpu` */
  async claim(runtime: Pick<Runtime, 'gpus'>): Promise<GpuPlan> {
    const { choice, need, image, runId } = this.run;
    await this.locks.release();
    const asks = choice !== 'none' && !(choice === 'auto' && need === 'none');
    const offer = asks ? await runtime.gpus(image) : ({ usable: 'no', why: 'none is wanted' } as const);
    for (;;) {
      const plan = planGpus({ choice, need, offer, held: asks ? await this.locks.held() : new Map() });
      const taken = await Promise.all(plan.take.map((uuid) => this.locks.take(uuid, runId)));
      // Another run was quicker: what nobody chose by name is chosen again.
      if (choice !== 'auto' || taken.every(Boolean)) return plan;
      await this.locks.release();
    }
  }

  /** Of a sandbox that lives already: its cards are this run's again. */
  async keep(ids: readonly string[]): Promise<void> {
    await this.locks.release();
    for (const id of ids) await this.locks.take(id, this.run.runId);
  }

  release(): Promise<void> {
    return this.locks.release();
  }
}
