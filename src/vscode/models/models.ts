import type * as vscode from 'vscode';
import type { CommandManager } from '../platform/commandManager';
import type { StepPlace, StepResult } from '../platform/quickSteps';
import type { Reports } from '../platform/reports';
import type { Services } from '../platform/services';
import type { Settings } from '../platform/settings';
import type { RunHandle, RunSource } from '../runs/runHandle';
import type { ModelCommands } from './modelCommands';
import type { ModelKeys } from './modelKeys';
import type { AgentChoice } from './modelOfRun';
import type { ModelPicker } from './modelPicker';
import { WindowModels } from './windowModels';

export interface ModelsContext {
  readonly commands: CommandManager;
  readonly settings: Settings;
  readonly services: Services;
  readonly keys: ModelKeys;
  readonly runs: RunSource;
  readonly reports: Reports;
}

/** Everything about models in this window. What their commands need is loaded when the first is called. */
export class Models implements vscode.Disposable {
  /** The chosen model, for suggestions outside of runs. */
  readonly window: WindowModels;
  private parts: Promise<{ readonly picker: ModelPicker; readonly handlers: ModelCommands }> | undefined;

  constructor(private readonly context: ModelsContext) {
    const { commands, services, settings, keys } = context;
    this.window = new WindowModels(services, settings, keys);
    commands.register('podium.chooseModel', () => this.choose());
    commands.register('podium.testModel', async () => (await this.load()).handlers.test());
    commands.register('podium.forgetModelKey', async () => (await this.load()).handlers.forgetKey());
    commands.register('podium.giveModelKey', async (argument) => (await this.load()).handlers.giveKey(argument));
  }

  /** The picker, and the choice becomes the default. */
  async choose(): Promise<void> {
    await (await this.load()).handlers.choose();
  }

  /** The picker for one run. */
  async pick(now: AgentChoice, place: StepPlace): Promise<StepResult<AgentChoice>> {
    return (await this.load()).picker.pick(now, place);
  }

  /** Gives a run whose key was refused the one that is stored now; does nothing for every other. */
  async refreshKey(run: RunHandle): Promise<void> {
    if (run.view.modelTrouble !== undefined) await (await this.load()).handlers.refreshKey(run);
  }

  dispose(): void {
    this.window.dispose();
  }

  private load(): NonNullable<Models['parts']> {
    this.parts ??= this.loadNow();
    return this.parts;
  }

  private async loadNow(): Promise<{ picker: ModelPicker; handlers: ModelCommands }> {
    const [{ ModelPicker }, { ModelCommands }, { ModelTests }] = await Promise.all([import('./modelPicker'), import('./modelCommands'), import('./modelTests')]);
    const tests = new ModelTests();
    const picker = new ModelPicker(this.context.keys, tests);
    return { picker, handlers: new ModelCommands({ ...this.context, picker, tests }) };
  }
}
