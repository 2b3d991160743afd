import * as vscode from 'vscode';
import { editorAgent, editorModelOf, isModel } from '../../core/agent/agentName';
import { ModelError } from '../../core/agent/model/chat';
import { defaultBaseUrl, normalBaseUrl, presetOf, presets, type Preset } from '../../core/agent/model/presets';
import { isLocal } from '../../core/agent/model/prices';
import { CancelledError, describeError } from '../../core/errors';
import { inputStep, onlyStep, pickStep, quickSteps, type Step, type StepEntry, type StepPlace, type StepResult } from '../platform/quickSteps';
import { originOf, type ModelKeys } from './modelKeys';
import type { AgentChoice } from './modelOfRun';
import { checkRows, type ModelTests } from './modelTests';

const title = 'Choose a model';
/** What else can be picked beside the ids of presets. */
const offline = 'offline';
const other = 'other';
const editor = 'editor';

interface Draft {
  /** `offline`, `other`, `editor`, or a preset's id. */
  readonly provider: string;
  readonly baseUrl: string;
  /** A key that was typed now; stored when the choice is made. */
  readonly key?: string;
  readonly agent: string;
}

/** The steps in which a person chooses who plays: provider, address, key, model, test. */
export class ModelPicker {
  constructor(
    private readonly keys: ModelKeys,
    private readonly tests: ModelTests,
  ) {}

  /**
   * Asks step by step. A key that was typed is stored when the person has come to the end, and
   * nothing else is written: what to do with the choice is the caller's.
   */
  async pick(now: AgentChoice, place: StepPlace = onlyStep): Promise<StepResult<AgentChoice>> {
    const origins = new Set(await this.keys.origins());
    const start: Draft = { provider: '', baseUrl: '', agent: '' };
    const result = await quickSteps<Draft>(
      start,
      [
        (draft) => this.provider(draft, now),
        (draft) => (draft.provider === other || (presetWith(draft.provider)?.baseUrl ?? '').includes('<') ? this.address(draft, now) : undefined),
        (draft) => (asksForKey(draft) ? this.key(draft, origins.has(shownOrigin(draft.baseUrl))) : undefined),
        (draft) => (draft.provider === offline ? undefined : draft.provider === editor ? this.editorModel(draft, now) : this.model(draft, now)),
        (draft) => (draft.provider === offline ? undefined : this.test(draft)),
      ],
      place,
    );
    if (result.kind !== 'ok') return result;
    const { key, baseUrl, agent } = result.value;
    if (key) await this.keys.set(baseUrl, key);
    return { kind: 'ok', value: { agent, baseUrl } };
  }

  private provider(draft: Draft, now: AgentChoice): Step<Draft> {
    const current = providerOf(now);
    const mark = (id: string, text: string): string => (id === current ? `${text}, now` : text);
    const items: StepEntry<string>[] = [
      { label: 'Offline agent', description: mark(offline, 'no key'), detail: 'Templates and search on your machine', value: offline },
      { label: 'Endpoints', kind: vscode.QuickPickItemKind.Separator },
      ...presets.map((preset) => ({ label: preset.label, description: mark(preset.id, placeOf(preset)), value: preset.id })),
      { label: 'Another endpoint…', description: mark(other, 'any address that speaks OpenAI’s chat completions'), value: other },
      { label: 'In this editor', kind: vscode.QuickPickItemKind.Separator },
      { label: 'Models of this editor…', description: mark(editor, 'of extensions such as GitHub Copilot, no key'), value: editor },
    ];
    return pickStep({ title, placeholder: 'Who plays', items, active: draft.provider || current }, (provider) => ({
      ...draft,
      provider,
      baseUrl: baseUrlOf(presetWith(provider)),
      agent: provider === offline ? offline : '',
    }));
  }

  private address(draft: Draft, now: AgentChoice): Step<Draft> {
    const template = presetWith(draft.provider)?.baseUrl;
    const part = template && /<(\w+)>/.exec(template)?.[1];
    const full = (text: string): string => (template && !text.includes('://') ? template.replace(/<\w+>/, text) : text);
    const value = draft.baseUrl || (providerOf(now) === draft.provider ? now.baseUrl : '');
    return inputStep(
      {
        title,
        prompt: part ? `Name of your ${part}, or the whole address` : 'Address of the endpoint',
        placeholder: template ?? 'http://127.0.0.1:8000/v1',
        value,
        validate: (text) => {
          if (text === '') return part ? `Type the name of your ${part}.` : 'Type the address.';
          const url = normalBaseUrl(full(text));
          return url.ok ? undefined : `${url.message} ${url.hint}`;
        },
      },
      (text) => {
        const url = normalBaseUrl(full(text));
        return { ...draft, baseUrl: url.ok ? url.url : '' };
      },
    );
  }

  private key(draft: Draft, known: boolean): Step<Draft> {
    const { baseUrl } = draft;
    const needed = (presetWith(draft.provider)?.needsKey ?? false) && !known;
    const open = baseUrl.startsWith('http:') && !isLocal(baseUrl) ? ' The connection is not encrypted: others on the way can read the key.' : '';
    return inputStep(
      {
        title,
        password: true,
        prompt: `Key for ${shownOrigin(baseUrl)}, kept in the secret storage of this editor.${open}`,
        placeholder: known ? 'Leave it empty to keep the key that you gave' : needed ? 'Key' : 'Leave it empty when none is needed',
        validate: (text) => (text === '' ? (needed ? 'This endpoint needs a key.' : undefined) : /^[\x21-\x7e]+$/.test(text) ? undefined : 'A key has neither spaces nor other special characters.'),
      },
      (key) => ({ ...draft, key: key || undefined }),
    );
  }

  private model(draft: Draft, now: AgentChoice): Step<Draft> {
    const asked = shownOrigin(draft.baseUrl);
    const waiting: StepEntry<string>[] = [{ label: `$(loading~spin) Asking ${asked}`, alwaysShow: true, inert: true, value: '' }];
    return pickStep(
      {
        title,
        placeholder: 'Model (or type its name)',
        items: waiting,
        active: isModel(now.agent) ? now.agent : undefined,
        parse: (text) => (/^[\w./:@+-]{1,200}$/.test(text) ? text : undefined),
        fill: async (show, signal) => show(await this.offered(draft, now, signal)),
      },
      (agent) => ({ ...draft, agent }),
    );
  }

  /** The endpoint's models, the one chosen now first; or what keeps it from listing them. */
  private async offered({ baseUrl, key }: Draft, now: AgentChoice, signal: AbortSignal): Promise<StepEntry<string>[]> {
    try {
      const { listModels } = await import('../../node/models/listModels');
      const names = await listModels({ baseUrl, key: key ?? (await this.keys.get(baseUrl)) }, signal);
      const chosen = now.baseUrl === baseUrl ? now.agent : undefined;
      const first = names.filter((name) => name === chosen);
      return [...first, ...names.filter((name) => name !== chosen)].map((name) => ({ label: name, description: name === chosen ? 'now' : undefined, value: name }));
    } catch (error) {
      if (CancelledError.is(error)) return [];
      if (ModelError.is(error, 'bad_request')) return [{ label: '$(info) Type the name of the model', detail: error.message, alwaysShow: true, inert: true, value: '' }];
      const label = ModelError.is(error, 'unauthorized') ? '$(key) The key is refused' : ModelError.is(error, 'unreachable') ? '$(debug-disconnect) No connection' : '$(error) The models cannot be listed';
      const detail = error instanceof Error ? error.message : String(error);
      return [{ label, description: 'Enter goes back', detail, alwaysShow: true, back: true, value: '' }];
    }
  }

  private editorModel(draft: Draft, now: AgentChoice): Step<Draft> {
    return pickStep(
      {
        title,
        placeholder: 'Model of this editor',
        items: [{ label: '$(loading~spin) Asking the editor', alwaysShow: true, inert: true, value: '' }],
        active: now.agent,
        fill: async (show) => {
          const { editorModels } = await import('./editorModel');
          const models = await editorModels();
          const none: StepEntry<string> = { label: '$(info) No extension of this editor offers a model', description: 'Enter goes back', detail: 'Install one, for example GitHub Copilot, and sign in; it then shows here.', back: true, value: '' };
          const rows = models.map((model) => ({ label: model.name, description: `${model.vendor}, reads ${Math.round(model.maxInputTokens / 1000)}k tokens`, value: editorAgent(model) }));
          show(rows.length > 0 ? rows : [none]);
        },
      },
      (agent) => ({ ...draft, agent }),
    );
  }

  private test(draft: Draft): Step<Draft> {
    const { agent, baseUrl } = draft;
    const use = (label: string): StepEntry<true> => ({ label, alwaysShow: true, value: true });
    return pickStep<true, Draft>(
      {
        title: `Test of ${agent}`,
        placeholder: 'Three short requests go to the model',
        items: [use(`Use ${agent} without waiting`)],
        fill: async (show, signal) => {
          try {
            const key = draft.key ?? (baseUrl === '' ? undefined : await this.keys.get(baseUrl));
            const checks = await this.tests.run({ agent, baseUrl, key }, signal, (soFar) => show([use(`Use ${agent} without waiting`), ...checkRows(soFar)]));
            const bad = checks.some((check) => check.state === 'fail');
            const back: StepEntry<true> = { label: '$(arrow-left) Choose another model', alwaysShow: true, back: true, value: true };
            show([...(bad ? [back, use(`Use ${agent} all the same`)] : [use(`$(check) Use ${agent}`)]), ...checkRows(checks)]);
          } catch (error) {
            if (!CancelledError.is(error)) show([use(`Use ${agent} all the same`), { label: '$(error) The test failed', detail: describeError(error), alwaysShow: true, inert: true, value: true }]);
          }
        },
      },
      () => draft,
    );
  }
}

const presetWith = (id: string): Preset | undefined => presets.find((preset) => preset.id === id);
const baseUrlOf = (preset: Preset | undefined): string => (preset && !preset.baseUrl.includes('<') ? preset.baseUrl : '');
const placeOf = ({ baseUrl }: Preset): string => baseUrl.replace(/^https?:\/\//, '').replace(/\/.*$/, '');

/** A known local server needs none, and nobody is asked for it. */
const asksForKey = ({ provider }: Draft): boolean => provider !== offline && provider !== editor && (presetWith(provider)?.needsKey ?? true);

/** Steps are made to be counted before their address is known. */
const shownOrigin = (baseUrl: string): string => (baseUrl === '' ? '' : originOf(baseUrl));

function providerOf({ agent, baseUrl }: AgentChoice): string {
  if (!isModel(agent)) return offline;
  if (editorModelOf(agent)) return editor;
  return presetOf(baseUrl || defaultBaseUrl)?.id ?? other;
}
