import { editorAgent, type EditorModel } from '../../core/agent/agentName';
import { ModelError, type ChatAnswer, type ChatModel, type ChatOptions, type ChatRequest } from '../../core/agent/model/chat';
import { CancelledError } from '../../core/errors';
import type { ModelAnswer, ModelAsk } from '../../protocol/runner';

/** A window that asks models of its editor for a run. Rejects when the window has gone. */
export type AnsweringWindow = (ask: ModelAsk, signal: AbortSignal) => Promise<ModelAnswer>;

/** So long a request waits for a window before the run does: a window that reloads is back by then. */
const graceMs = 15_000;

/** A model of the editor, asked through a window that is attached to the runner. */
export class WindowModel implements ChatModel {
  readonly name: string;
  private readonly windows: AnsweringWindow[] = [];
  private readonly waiting = new Set<() => void>();

  constructor(
    private readonly model: EditorModel,
    private readonly patienceMs = graceMs,
  ) {
    this.name = editorAgent(model);
  }

  /** A window has attached; the returned function takes it away again. */
  windowCame(window: AnsweringWindow): () => void {
    this.windows.push(window);
    for (const tell of [...this.waiting]) tell();
    return () => void this.windows.splice(this.windows.indexOf(window), 1);
  }

  /** Resolves as soon as a window is there: true; or false when the time is up or the signal fires. */
  async arrival(milliseconds: number, signal: AbortSignal): Promise<boolean> {
    if (this.windows.length > 0) return true;
    if (signal.aborted) return false;
    return await new Promise((resolve) => {
      const end = (came: boolean) => (): void => {
        clearTimeout(timer);
        this.waiting.delete(tellCame);
        signal.removeEventListener('abort', gone);
        resolve(came);
      };
      const tellCame = end(true);
      const gone = end(false);
      const timer = Number.isFinite(milliseconds) ? setTimeout(gone, milliseconds) : undefined;
      this.waiting.add(tellCame);
      signal.addEventListener('abort', gone, { once: true });
    });
  }

  async answer(request: ChatRequest, { signal, maxOutputTokens }: ChatOptions): Promise<ChatAnswer> {
    await this.arrival(this.patienceMs, signal);
    if (signal.aborted) throw new CancelledError();
    // The window that came last is the one in use.
    const window = this.windows.at(-1);
    if (!window) throw this.noWindow();
    let answer: ModelAnswer;
    try {
      answer = await window({ model: this.model, request, ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }) }, signal);
    } catch {
      if (signal.aborted) throw new CancelledError();
      throw this.noWindow();
    }
    if (signal.aborted) throw new CancelledError();
    if (answer.kind === 'trouble') throw new ModelError(answer.reason, answer.message, answer.nextStep);
    return answer.answer;
  }

  private noWindow(): ModelError {
    return new ModelError('no_window', `${this.name} is a model of the editor, and no window is open that could ask it.`, 'Open the folder in VS Code; the run then goes on by itself.');
  }
}
