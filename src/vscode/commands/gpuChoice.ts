import * as vscode from 'vscode';
import { CancelledError } from '../../core/errors';
import { parseGpuChoice } from '../../core/runtime/gpu';
import { planGpus } from '../../core/runtime/gpuPlan';
import { RuntimeError } from '../../core/runtime/runtimeError';
import type { LoadedCompetition } from '../../node/competitions/library';
import { pickStep, quickSteps, type QuickStep, type Step, type StepItem } from '../platform/quickSteps';
import type { Services } from '../platform/services';
import type { EngineState } from '../runs/engine';
import type { RunSource } from '../runs/runHandle';
import type { RunChoices } from './choices';
import { cardRows, gpuOf, type GpuLook } from './gpuRows';

/** Stands in the first step for "more than one card", which the second step asks for. */
const several = 'several';

/** Which GPUs a run gets, chosen and confirmed by the person. */
export class GpuChooser {
  private last: GpuLook | undefined;

  constructor(private readonly context: { readonly services: Services; readonly engine: EngineState; readonly runs: RunSource }) {}

  /** Asks both steps; undefined when the person leaves. */
  async choose(now: RunChoices, title: string): Promise<string | undefined> {
    const chosen = await quickSteps<RunChoices>(now, this.steps((choices) => choices, (_, next) => next, title));
    return chosen.kind === 'ok' ? chosen.value.gpu : undefined;
  }

  /** The steps "which GPUs" and, where more than one is wanted, "which of them", within a longer row of steps. */
  steps<V>(choicesOf: (values: V) => RunChoices, put: (values: V, choices: RunChoices) => V, title: string): ((values: V) => Step<V> | undefined)[] {
    const made = (values: V, step: QuickStep<string>): Step<V> => pickStep(step, (gpu) => put(values, { ...choicesOf(values), gpu }));
    return [
      (values) => made(values, this.first(choicesOf(values), title)),
      (values) => (choicesOf(values).gpu === several ? made(values, this.second(title)) : undefined),
    ];
  }

  private first(choices: RunChoices, title: string): QuickStep<string> {
    const usual: StepItem<string>[] = [
      { label: 'Automatic', description: 'One free card, when the competition asks for it', value: 'auto' },
      { label: 'None', description: 'CPU only', value: 'none' },
      { label: 'All', description: 'Every card of the machine', value: 'all' },
    ];
    return {
      title,
      placeholder: 'GPUs (or type ids separated by commas)',
      active: choices.gpu,
      items: usual,
      fill: async (show) => {
        this.last = await this.look(choices);
        const items = cardRows(this.last);
        const more = items.length > 1 && !items.some((item) => item.inert) ? [{ label: '$(checklist) Several…', description: `Check some of the ${items.length} cards`, value: several }] : [];
        show([...usual, { label: 'Cards', kind: vscode.QuickPickItemKind.Separator }, ...items, ...more]);
      },
      parse: (text) => (Array.isArray(parseGpuChoice(text)) ? text : undefined),
    };
  }

  private second(title: string): QuickStep<string> {
    return {
      title,
      placeholder: 'Check the cards that the run may use',
      items: this.last ? cardRows(this.last) : [],
      many: (uuids) => (uuids.length > 0 ? uuids.join(',') : undefined),
    };
  }

  /**
   * Looks before a run starts whether it can have what was chosen, and asks the person where it
   * cannot or where another run has the card.
   * @returns the choice to start with
   * @throws CancelledError
   */
  async confirm(choices: RunChoices, competition: LoadedCompetition): Promise<string> {
    const choice = gpuOf(choices.gpu);
    const need = competition.manifest.environment.gpu;
    if (choice === 'none' || (choice === 'auto' && need === 'none')) return choices.gpu;
    const look = await vscode.window.withProgress({ location: vscode.ProgressLocation.Window, title: 'Looking for GPUs' }, () => this.look(choices));
    const cpu = 'Run on CPU';
    const choose = 'Choose GPU…';
    const share = 'Share It';
    let answer: string | undefined;
    try {
      const plan = planGpus({ choice, need, offer: look.offer, held: look.held });
      if (!plan.take.some((uuid) => look.held.has(uuid))) return choices.gpu;
      answer = await vscode.window.showWarningMessage('Another run has this GPU.', { modal: true, detail: `${plan.line ?? ''} Both would share its memory.` }, share, choose);
    } catch (error) {
      if (!RuntimeError.is(error)) throw error;
      answer = await vscode.window.showWarningMessage(error.message, { modal: true, detail: error.nextStep }, cpu, choose);
    }
    if (answer === share) return choices.gpu;
    if (answer === cpu) return 'none';
    const next = answer === choose ? await this.choose(choices, 'New run') : undefined;
    if (next === undefined) throw new CancelledError();
    return this.confirm({ ...choices, gpu: next }, competition);
  }

  /** Asks the runtime that a run would have. Never rejects. */
  private async look({ runtime, image }: Pick<RunChoices, 'runtime' | 'image'>): Promise<GpuLook> {
    try {
      const { services, engine, runs } = this.context;
      const [runtimes, { docker }, { GpuLocks }, home] = await Promise.all([services.runtimes(), engine.ask(), import('../../node/gpu/gpuLocks'), services.home()]);
      const kind = runtime === 'auto' ? (docker.available ? 'docker' : 'local') : runtime;
      const [offer, held] = await Promise.all([runtimes[kind].gpus(image || 'cpu'), new GpuLocks(home).held()]);
      const words = (runId: string): string => {
        const view = runs.get(runId)?.view;
        return view ? `${view.number} on ${view.competition.title}` : runId;
      };
      return { offer, held: new Map([...held].map(([uuid, runId]) => [uuid, words(runId)])) };
    } catch (error) {
      return { offer: { usable: 'no', why: error instanceof Error ? error.message.replace(/\.$/, '') : String(error) }, held: new Map() };
    }
  }
}
