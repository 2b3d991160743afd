import * as vscode from 'vscode';
import { editorModelOf, isModel } from '../../core/agent/agentName';
import { normalBaseUrl, defaultBaseUrl } from '../../core/agent/model/presets';
import { CancelledError } from '../../core/errors';
import { remedyOf } from '../../core/run/modelTrouble';
import type { RunView } from '../../core/run/view';
import { checkTable } from '../commands/doctorReport';
import { pickRun } from '../commands/pick';
import type { CommandId } from '../platform/commandIds';
import { HostError } from '../platform/hostError';
import { cancellable } from '../platform/progress';
import { quickStep, onlyStep } from '../platform/quickSteps';
import type { Reports } from '../platform/reports';
import type { Services } from '../platform/services';
import type { Settings } from '../platform/settings';
import type { RunHandle, RunSource } from '../runs/runHandle';
import { escapeMarkdown } from '../views/format';
import { originOf, type ModelKeys } from './modelKeys';
import type { ModelPicker } from './modelPicker';
import type { AgentChoice } from './modelOfRun';
import type { ModelTests } from './modelTests';

export interface ModelCommandsContext {
  readonly settings: Settings;
  readonly services: Services;
  readonly keys: ModelKeys;
  readonly picker: ModelPicker;
  readonly tests: ModelTests;
  readonly runs: RunSource;
  readonly reports: Reports;
}

/** Commands about models and their keys. */
export class ModelCommands {
  constructor(private readonly context: ModelCommandsContext) {}

  /** The picker, and the choice becomes the default of new runs and of suggestions. */
  async choose(): Promise<void> {
    const { picker, settings } = this.context;
    const result = await picker.pick(this.chosen());
    if (result.kind !== 'ok') return;
    const { agent, baseUrl } = result.value;
    if (isModel(agent) && !editorModelOf(agent)) await settings.set('podium.model.baseUrl', baseUrl);
    await settings.set('podium.agent', agent);
    vscode.window.setStatusBarMessage(agent === 'offline' ? 'The offline agent plays from now on' : `${agent} plays from now on`, 6000);
  }

  /** A run that waits because its model refused the key goes on with the one that is stored now. */
  async refreshKey(run: RunHandle): Promise<void> {
    const { modelTrouble } = run.view;
    if (modelTrouble === undefined || remedyOf(modelTrouble) !== 'giveKey') return;
    const baseUrl = await this.endpointOf(run);
    const key = baseUrl === undefined ? undefined : await this.context.keys.get(baseUrl);
    if (key !== undefined) await run.giveKey(key);
  }

  private chosen(): AgentChoice {
    const { settings } = this.context;
    return { agent: settings.get('podium.agent'), baseUrl: settings.get('podium.model.baseUrl') };
  }

  async test(): Promise<void> {
    const { reports, tests, keys } = this.context;
    let choice = this.chosen();
    if (!isModel(choice.agent)) {
      await this.choose();
      choice = this.chosen();
      if (!isModel(choice.agent)) throw new CancelledError();
    }
    const { agent } = choice;
    const baseUrl = editorModelOf(agent) ? '' : this.addressOf(choice);
    const checks = await cancellable(`Testing ${agent}`, async (signal, report) => tests.run({ agent, baseUrl, key: baseUrl === '' ? undefined : await keys.get(baseUrl) }, signal, (soFar) => report(soFar.at(-1)?.title ?? '')));
    const bad = checks.filter((check) => check.state === 'fail').length;
    const head = bad > 0 ? 'This model cannot play as it is.' : 'This model can play.';
    const where = baseUrl === '' ? '' : ` at ${escapeMarkdown(baseUrl)}`;
    await reports.show('Podium Model', `# ${escapeMarkdown(agent)}${where}\n\n${head}\n\n${checkTable(checks)}\n\nThe command *Podium: Test Model Connection* tries again, *Podium: Choose Model…* takes another one.\n`);
  }

  private addressOf({ baseUrl }: AgentChoice): string {
    const url = normalBaseUrl(baseUrl || defaultBaseUrl);
    if (!url.ok) throw new HostError('bad_setting', url.message, url.hint);
    return url.url;
  }

  async forgetKey(): Promise<void> {
    const { keys } = this.context;
    const origins = await keys.origins();
    if (origins.length === 0) throw new HostError('no_model_key', 'No key of a model is stored.', 'Choose Model… asks for one where it is needed.');
    const picked = await quickStep({ title: 'Forget a model’s key', placeholder: 'Endpoint whose key is deleted from the secret storage', items: origins.map((origin) => ({ label: origin, value: origin })) }, onlyStep);
    if (picked.kind !== 'ok') return;
    const forget = 'Forget Key';
    const detail = 'Runs that go on keep it until they end. You can give it again at any time.';
    if ((await vscode.window.showWarningMessage(`Forget the key for ${picked.value}?`, { modal: true, detail }, forget)) !== forget) return;
    await keys.forget(picked.value);
    vscode.window.setStatusBarMessage(`The key for ${picked.value} is forgotten`, 6000);
  }

  /** Asks for a key of a run's endpoint, stores it, gives it to the run and lets it go on. */
  async giveKey(argument: unknown): Promise<void> {
    const { runs, keys } = this.context;
    const run = await pickRun(argument, runs, { suits: takesKey, words: 'waits for its model', next: 'Choose Model… replaces the key of an endpoint.' });
    const baseUrl = await this.endpointOf(run);
    if (baseUrl === undefined) throw new HostError('no_model_key', `Run ${run.view.number} has no model that takes a key.`);
    const origin = originOf(baseUrl);
    const key = await vscode.window.showInputBox({
      title: `New key for ${origin}`,
      prompt: 'It is kept in the secret storage of this editor and given to the run, which goes on.',
      password: true,
      ignoreFocusOut: true,
      validateInput: (text) => (/^[\x21-\x7e]*$/.test(text.trim()) ? undefined : 'A key has neither spaces nor other special characters.'),
    });
    if (!key?.trim()) throw new CancelledError();
    await keys.set(baseUrl, key.trim());
    if (run.connection === 'attached') {
      await run.giveKey(key.trim());
      if (run.view.status === 'waiting') await run.resume();
    } else if (run.view.status === 'interrupted') {
      const resume: CommandId = 'podium.resumeFromJournal';
      await vscode.commands.executeCommand(resume, run.runId);
    }
  }

  /** Where a run asks its model; undefined when it has none that is asked at an address. */
  private async endpointOf({ runId }: RunHandle): Promise<string | undefined> {
    const { config } = await (await this.context.services.runs()).read(runId);
    return config.model?.baseUrl;
  }
}

const takesKey = (view: RunView): boolean => view.modelTrouble !== undefined && (view.status === 'waiting' || view.status === 'interrupted');
