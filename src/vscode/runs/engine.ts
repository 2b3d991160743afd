import * as vscode from 'vscode';
import type { RuntimeStatus } from '../../core/runtime/runtime';
import type { ContextKeys } from '../platform/contextKeys';
import type { ContextValue } from '../platform/contextKeyIds';
import type { Services } from '../platform/services';

/** What the runtimes of this machine answer: asked when somebody looks or starts, never at activation. */
export class EngineState implements vscode.Disposable {
  private asking: Promise<{ docker: RuntimeStatus; local: RuntimeStatus }> | undefined;
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.changed.event;
  private docker: RuntimeStatus | undefined;
  private local: RuntimeStatus | undefined;

  constructor(
    private readonly services: Services,
    private readonly contextKeys: ContextKeys,
  ) {}

  /** The last answer of the container engine, when it was asked. */
  get lastDocker(): RuntimeStatus | undefined {
    return this.docker;
  }

  /** Why no run can start with a setting of `podium.runtime`, in two words; undefined when one can or nothing was asked. */
  blocked(runtime: 'auto' | 'docker' | 'local'): string | undefined {
    const { docker, local } = this;
    if (!docker || !local) return undefined;
    if (runtime === 'local') return local.available ? undefined : shortReason(local);
    if (docker.available || (runtime === 'auto' && local.available)) return undefined;
    return shortReason(docker);
  }

  /** Asks both runtimes; overlapping calls are one. */
  ask(): Promise<{ docker: RuntimeStatus; local: RuntimeStatus }> {
    this.asking ??= this.askNow().finally(() => (this.asking = undefined));
    return this.asking;
  }

  dispose(): void {
    this.changed.dispose();
  }

  private async askNow(): Promise<{ docker: RuntimeStatus; local: RuntimeStatus }> {
    const runtimes = await this.services.runtimes();
    const [docker, local] = await Promise.all([runtimes.docker.probe(), runtimes.local.probe()]);
    this.docker = docker;
    this.local = local;
    this.contextKeys.set('podium.engine', engineKey(docker));
    this.contextKeys.set('podium.local', local.available ? 'ready' : 'unusable');
    this.changed.fire();
    return { docker, local };
  }
}

function engineKey(status: RuntimeStatus): ContextValue<'podium.engine'> {
  if (status.available) return 'ready';
  const { reason } = status;
  return reason === 'no_engine' || reason === 'engine_stopped' || reason === 'permission_denied' ? reason : 'unusable';
}

function shortReason({ reason }: RuntimeStatus): string {
  switch (reason) {
    case 'engine_stopped':
      return 'Engine stopped';
    case 'permission_denied':
      return 'Engine refuses';
    case 'no_engine':
      return 'No engine';
    case 'no_python':
      return 'No Python';
    case 'missing_libraries':
      return 'Python lacks libraries';
    default:
      return 'Cannot run code';
  }
}
