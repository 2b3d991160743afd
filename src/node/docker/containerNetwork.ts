import type Docker from 'dockerode';
import type { NetworkSwitch } from '../../core/runtime/runtime';
import { RuntimeError } from '../../core/runtime/runtimeError';
import { labels, namesOf } from './containerOptions';
import { statusOf } from './removeRun';

/** The network of containers that have none; the engine lets no container be in it and in another. */
const nothing = 'none';

/**
 * Gives a container that was started without network one of its own for a while: a bridge that no
 * other container is in, made when it is needed and removed afterwards. Whatever runs in the
 * container has it meanwhile.
 */
export class ContainerNetwork implements NetworkSwitch {
  private readonly name: string;

  constructor(
    private readonly docker: Docker,
    private readonly container: Docker.Container,
    private readonly runId: string,
  ) {
    this.name = namesOf(runId).network;
  }

  async connect(): Promise<void> {
    try {
      await this.docker.createNetwork({ Name: this.name, Driver: 'bridge', CheckDuplicate: true, Labels: { [labels.run]: this.runId, [labels.role]: 'network' } }).catch(unless(409));
      const there = await this.networks();
      if (there.includes(this.name)) return;
      if (there.includes(nothing)) await this.leave(nothing);
      await this.docker.getNetwork(this.name).connect({ Container: this.container.id });
    } catch (error) {
      throw await this.explain(error, 'The container could not be given a network');
    }
  }

  async disconnect(): Promise<void> {
    try {
      for (const name of await this.networks()) if (name !== nothing) await this.leave(name);
      if (!(await this.networks()).includes(nothing)) await this.docker.getNetwork(nothing).connect({ Container: this.container.id });
    } catch (error) {
      const told = await this.explain(error, 'The container\'s network could not be taken away');
      if (told.reason !== 'sandbox_lost') throw told;
    }
    // Another container in it is none of ours; what is left goes with the run.
    await this.docker.getNetwork(this.name).remove().catch(unless(403, 404, 409));
  }

  private async networks(): Promise<string[]> {
    const { NetworkSettings } = await this.container.inspect();
    return Object.keys(NetworkSettings.Networks);
  }

  private async leave(network: string): Promise<void> {
    await this.docker.getNetwork(network).disconnect({ Container: this.container.id, Force: true });
  }

  private async explain(error: unknown, what: string): Promise<RuntimeError> {
    const running = await this.container.inspect().then(({ State }) => State.Running, () => false);
    if (!running) return new RuntimeError('sandbox_lost', `The container of run ${this.runId} is gone.`, 'Resume the run to get a new one.', { cause: error });
    return new RuntimeError('start_failed', `${what}: ${error instanceof Error ? error.message : String(error)}.`, 'Check the engine with `docker network ls`.', { cause: error });
  }
}

/** Lets the engine's refusals with these statuses pass. */
const unless = (...statuses: readonly number[]) => (error: unknown): undefined => {
  if (statuses.includes(statusOf(error) ?? 0)) return undefined;
  throw error;
};
