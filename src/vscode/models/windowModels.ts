import * as vscode from 'vscode';
import { editorModelOf, isModel } from '../../core/agent/agentName';
import { ModelError, type ChatModel } from '../../core/agent/model/chat';
import type { Price } from '../../core/agent/model/prices';
import type { Services } from '../platform/services';
import type { Settings } from '../platform/settings';
import type { ModelKeys } from './modelKeys';

/** A model that the window itself asks, outside of runs. */
export interface WindowModel extends ChatModel {
  /** null when it is unknown: what an answer costs is unknown then, not nothing. */
  readonly price: Price | null;
}

/** The window's own door to the model that the person has chosen, for suggestions outside of runs. */
export class WindowModels implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  /** Another model, endpoint or key. */
  readonly onDidChange = this.changed.event;
  private readonly subscriptions: vscode.Disposable[];
  /** Kept while nothing changes: a client remembers what its endpoint does not take. */
  private known: Promise<WindowModel | undefined> | undefined;

  constructor(
    private readonly services: Services,
    private readonly settings: Settings,
    private readonly keys: ModelKeys,
  ) {
    const changed = (): void => {
      this.known = undefined;
      this.changed.fire();
    };
    this.subscriptions = [
      settings.onDidChange((affects) => (affects('podium.agent') || affects('podium.model.baseUrl')) && changed()),
      keys.onDidChange(changed),
    ];
  }

  /**
   * The chosen model; undefined when the chosen agent is none. A key is taken from nowhere but the
   * secret storage, so that nothing is spent that the person did not choose.
   * @throws ModelError `bad_request` when the address is none; RunnerError when the person's table of prices cannot be read
   */
  current(): Promise<WindowModel | undefined> {
    if (!this.known) {
      const made = this.make();
      this.known = made;
      made.catch(() => {
        if (this.known === made) this.known = undefined;
      });
    }
    return this.known;
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
    this.changed.dispose();
  }

  private async make(): Promise<WindowModel | undefined> {
    const name = this.settings.get('podium.agent');
    if (!isModel(name)) return undefined;
    const editor = editorModelOf(name);
    if (editor) {
      const { EditorChatModel } = await import('./editorModel');
      const model = new EditorChatModel(editor);
      return { name, price: null, answer: (request, options) => model.answer(request, options) };
    }
    const [{ normalBaseUrl, defaultBaseUrl }, { knownPrice }, { createOpenAiModel }] = await Promise.all([
      import('../../core/agent/model/presets'),
      import('../../node/runner/runModel'),
      import('../../node/models/openaiModel'),
    ]);
    const url = normalBaseUrl(this.settings.get('podium.model.baseUrl') || defaultBaseUrl);
    if (!url.ok) throw new ModelError('bad_request', url.message, url.hint);
    const [key, price] = await Promise.all([this.keys.get(url.url), this.services.home().then((home) => knownPrice(name, url.url, home))]);
    const model = createOpenAiModel({ name, baseUrl: url.url, key });
    return { name, price, answer: (request, options) => model.answer(request, options) };
  }
}
