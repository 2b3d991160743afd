import * as vscode from 'vscode';
import { CancelledError } from '../../core/errors';
import type { RunConfig } from '../../core/run/events';
import { isModel } from '../../core/agent/agentName';
import { firstBenchFile } from '../../core/agent/starterNames';
import type { LoadedCompetition } from '../../node/competitions/library';
import type { BenchFolders } from '../bench/benchFolders';
import type { RunPanels } from '../panels/runPanel';
import type { CommandManager } from '../platform/commandManager';
import { onlyStep, pickStep, quickStep, quickSteps, type Step } from '../platform/quickSteps';
import type { Services } from '../platform/services';
import type { Settings } from '../platform/settings';
import type { Workspace } from '../platform/workspace';
import { approvedBySetting } from '../runs/approvalSetting';
import type { EngineState } from '../runs/engine';
import { modelOfRun } from '../models/modelOfRun';
import type { ModelKeys } from '../models/modelKeys';
import type { Models } from '../models/models';
import type { RunHandle } from '../runs/runHandle';
import type { RunManager } from '../runs/runManager';
import { competitionArgument, type CompetitionList } from '../views/competitionsTree';
import { choiceRows, type ChoiceKey, type RunChoices } from './choices';
import { anotherModel, choiceStep, type ChoiceStep } from './choiceSteps';
import { GpuChooser } from './gpuChoice';
import { gpuOf } from './gpuRows';
import { pickCompetition, pickRun } from './pick';

export interface StartContext {
  readonly commands: CommandManager;
  readonly services: Services;
  readonly competitions: CompetitionList;
  readonly settings: Settings;
  readonly keys: ModelKeys;
  readonly models: Models;
  readonly workspace: Workspace;
  readonly runs: RunManager;
  readonly engine: EngineState;
  readonly panels: RunPanels;
  readonly benches: BenchFolders;
  /** Id of the competition whose bench file is in front. */
  readonly atHand: () => string | undefined;
}

/** Starting runs: with the agent, alone, and with every choice made step by step. */
export class StartCommands {
  private readonly gpus: GpuChooser;

  constructor(private readonly context: StartContext) {
    const { commands } = context;
    this.gpus = new GpuChooser(context);
    commands.register('podium.startWithAgent', (argument) => this.startWithAgent(argument));
    commands.register('podium.startAlone', (argument) => this.startAlone(argument));
    commands.register('podium.newRun', (argument) => this.newRun(argument));
    commands.register('podium.changeDefaults', () => this.changeDefaults());
    commands.register('podium.chooseGpu', () => this.choose('gpu'));
    commands.register('podium.runOnCpu', (argument) => this.runOnCpu(argument));
  }

  /** What the settings say for a new run. */
  defaults(): RunChoices {
    const { settings, workspace } = this.context;
    const scope = workspace.folder?.uri;
    return {
      agent: settings.get('podium.agent'),
      baseUrl: settings.get('podium.model.baseUrl'),
      runtime: settings.get('podium.runtime', scope),
      gpu: settings.get('podium.gpu', scope),
      image: settings.get('podium.image', scope),
      minutes: settings.get('podium.budget.minutes', scope),
      attempts: settings.get('podium.budget.attempts', scope),
      gradedCalls: settings.get('podium.budget.gradedCalls', scope),
      gradedCallsPerDay: settings.get('podium.budget.gradedCallsPerDay', scope),
      visibility: settings.get('podium.visibility', scope),
      usd: settings.get('podium.budget.usd', scope),
      tokens: settings.get('podium.budget.tokens', scope),
      edits: settings.get('podium.edits', scope),
      seed: settings.get('podium.seed', scope),
    };
  }

  /** Starts a run by the person alone; `beside` leaves the file that is being submitted in sight. */
  async startHuman(competition: string, show: { beside?: boolean } = {}): Promise<RunHandle> {
    return this.start(competition, { ...this.defaults(), agent: 'human' }, show);
  }

  /** One choice of the page: quick picks that write the settings. */
  async choose(key: ChoiceKey): Promise<void> {
    const { settings, models, engine } = this.context;
    if (key === 'agent') return models.choose();
    if (key === 'gpu') {
      const gpu = await this.gpus.choose(this.defaults(), 'Default of new runs');
      if (gpu !== undefined) await settings.set('podium.gpu', gpu);
      return;
    }
    const step = (one: ChoiceStep) => (now: RunChoices) => choiceStep(one, now, 'Default of new runs', engine.lastDocker);
    const steps = key === 'budget' ? [step('time'), (now: RunChoices) => (isModel(now.agent) ? step('spend')(now) : undefined)] : [step(key)];
    const result = await quickSteps(this.defaults(), steps);
    if (result.kind !== 'ok') return;
    const { value } = result;
    if (key === 'runtime') await settings.set('podium.runtime', value.runtime);
    else if (key === 'edits') await settings.set('podium.edits', value.edits);
    else {
      await settings.set('podium.budget.minutes', value.minutes);
      await settings.set('podium.budget.usd', value.usd);
      await settings.set('podium.budget.tokens', value.tokens);
    }
  }

  private async startWithAgent(argument: unknown): Promise<string> {
    this.context.workspace.startableRoot();
    const { id } = await pickCompetition(argument, this.context.competitions, this.context.atHand());
    const run = await this.start(id, this.defaults());
    return run.runId;
  }

  private async startAlone(argument: unknown): Promise<string> {
    const { workspace, competitions, atHand } = this.context;
    workspace.startableRoot();
    const { id } = await pickCompetition(argument, competitions, atHand());
    const run = await this.startHuman(id);
    await this.openFirst(id);
    return run.runId;
  }

  private async newRun(argument: unknown): Promise<string | undefined> {
    const { workspace, competitions, engine, atHand } = this.context;
    workspace.startableRoot();
    const entries = (await competitions.list()).filter((entry) => !entry.problem);
    // From a run's panel the argument is a run's id: that is no competition, so it is asked.
    const wanted = competitionArgument(argument);
    const known = entries.some((entry) => entry.id === wanted) ? wanted : this.context.runs.get(wanted ?? '')?.view.competition.id;
    type Values = { competition: string; choices: RunChoices };
    const start: Values = { competition: known ?? '', choices: this.defaults() };
    const within = (values: Values, step: Step<RunChoices>): Step<Values> => async (place) => {
      const result = await step(place);
      return result.kind === 'ok' ? { kind: 'ok', value: { ...values, choices: result.value } } : result;
    };
    const byKey = (key: ChoiceStep) => (values: Values) => within(values, choiceStep(key, values.choices, 'New run', engine.lastDocker));
    const result = await quickSteps<Values>(start, [
      (current) =>
        pickStep(
          {
            title: 'New run',
            placeholder: 'Competition',
            active: known ?? atHand(),
            items: entries.map((entry) => ({ label: entry.title, description: entry.metricLabel, detail: entry.summary, value: entry.id })),
          },
          (competition) => ({ ...current, competition }),
        ),
      byKey('agent'),
      (current) => (current.choices.agent === anotherModel ? within(current, this.modelStep(current.choices)) : undefined),
      byKey('runtime'),
      ...this.gpus.steps<Values>((current) => current.choices, (current, choices) => ({ ...current, choices }), 'New run'),
      byKey('time'),
      (current) => (isModel(current.choices.agent) ? byKey('spend')(current) : undefined),
      (current) => (current.choices.agent === 'human' ? undefined : byKey('edits')(current)),
    ]);
    if (result.kind !== 'ok') return undefined;
    const { value: values } = result;
    const run = await this.start(values.competition, values.choices);
    if (values.choices.agent === 'human') await this.openFirst(values.competition);
    return run.runId;
  }

  private async openFirst(id: string): Promise<void> {
    const { services, workspace } = this.context;
    await openBenchFile(workspace, id, firstBenchFile(await (await services.competitions()).load(id)));
  }

  /** The model of this one run; the defaults stay. */
  private modelStep(choices: RunChoices): Step<RunChoices> {
    return async (place) => {
      const { agent, baseUrl } = this.defaults();
      const result = await this.context.models.pick({ agent, baseUrl }, place);
      return result.kind === 'ok' ? { kind: 'ok', value: { ...choices, ...result.value } } : result;
    };
  }

  private async changeDefaults(): Promise<void> {
    const rows = choiceRows(this.defaults());
    const items = [...rows.map((row) => ({ label: row.label, description: row.value, value: row.key as ChoiceKey | 'all' })), { label: 'All Podium settings', description: '', value: 'all' as const }];
    const result = await quickStep({ title: 'Defaults of new runs', placeholder: 'What to change', items }, onlyStep);
    if (result.kind !== 'ok') return;
    if (result.value === 'all') await vscode.commands.executeCommand('workbench.action.openSettings', 'podium.');
    else await this.choose(result.value);
  }

  private async start(id: string, choices: RunChoices, show: { beside?: boolean } = {}): Promise<RunHandle> {
    const { settings, services, keys, workspace, runs, panels, benches } = this.context;
    workspace.startableRoot();
    const competition = await (await services.competitions()).load(id);
    const model = await modelOfRun(choices, choices.usd > 0 ? choices.usd : undefined, services, keys);
    const allowUnisolated = await this.confirmIsolation(choices);
    const gpu = await this.gpus.confirm({ ...choices, image: choices.image || competition.manifest.environment.image }, competition);
    // An agent brings its own files; a person begins from a script and a notebook.
    if (choices.agent === 'human') await benches.make(competition);
    const run = await vscode.window.withProgress({ location: { viewId: 'podium.runs' }, title: `Starting ${competition.manifest.title}` }, () => runs.start({ ...newRunOf(competition, { ...choices, gpu }, model, allowUnisolated), approved: approvedBySetting(settings.get('podium.approvals')) }));
    panels.show(run, show);
    return run;
  }

  /** A run that found no GPU, once more without one. */
  private async runOnCpu(argument: unknown): Promise<string> {
    const { services, workspace, runs, panels } = this.context;
    workspace.startableRoot();
    const failed = await pickRun(argument, runs, { suits: (view) => view.failedFor === 'no_gpu' || view.failedFor === 'unknown_gpu', words: 'failed for want of a GPU' });
    const { config } = await (await services.runs()).read(failed.runId);
    const competition = await (await services.competitions()).load(config.competition.location);
    const run = await vscode.window.withProgress({ location: { viewId: 'podium.runs' }, title: `Starting ${competition.manifest.title}` }, () => runs.start({ ...config, competition, gpu: 'none' }));
    panels.show(run);
    return run.runId;
  }

  /** Without isolation the person is asked before anything runs. Returns whether it was allowed; throws CancelledError. */
  private async confirmIsolation(choices: RunChoices): Promise<boolean> {
    if (choices.runtime === 'docker') return false;
    const { docker, local } = await this.context.engine.ask();
    if ((choices.runtime === 'auto' && docker.available) || !local.available || local.isolation !== 'none') return false;
    const go = 'Start Without Isolation';
    const detail = `${local.detail} Code of this run could read your files and keys, and use the network. ${local.nextStep ?? ''} Results are marked "not isolated".`;
    const answer = await vscode.window.showWarningMessage('Nothing isolates the code of this run.', { modal: true, detail }, go);
    if (answer !== go) throw new CancelledError();
    return true;
  }

}

function newRunOf(competition: LoadedCompetition, choices: RunChoices, model: RunConfig['model'], allowUnisolated: boolean): Parameters<RunManager['start']>[0] {
  return {
    competition,
    agent: choices.agent,
    ...(model ? { model } : {}),
    seed: choices.seed,
    runtime: choices.runtime,
    gpu: gpuOf(choices.gpu),
    edits: choices.edits,
    visibility: choices.visibility,
    allowUnisolated,
    ...(choices.image ? { image: choices.image } : {}),
    limits: {
      seconds: Math.round(choices.minutes * 60),
      ...callLimits(choices, competition.manifest.limits),
      ...(choices.attempts > 0 ? { attempts: choices.attempts } : {}),
      ...(model && choices.usd > 0 ? { usd: choices.usd } : {}),
      ...(model && choices.tokens > 0 ? { tokens: choices.tokens } : {}),
    },
  };
}

/** A person may lower what the competition allows, not raise it. */
function callLimits({ visibility, gradedCalls, gradedCallsPerDay }: RunChoices, { submissions, submissionsPerDay }: LoadedCompetition['manifest']['limits']): Partial<RunConfig['limits']> {
  if (visibility === 'public-always') return {};
  return { gradedCalls: Math.min(gradedCalls, submissions), gradedCallsPerDay: Math.min(gradedCallsPerDay, submissionsPerDay) };
}

/** Opens the script or notebook of a bench in its editor. */
export async function openBenchFile(workspace: Workspace, competition: string, name: string): Promise<void> {
  const uri = vscode.Uri.joinPath(vscode.Uri.file(workspace.bench(competition)), name);
  await vscode.commands.executeCommand('vscode.open', uri, { preview: false });
}
