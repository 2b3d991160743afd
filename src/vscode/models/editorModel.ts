import * as vscode from 'vscode';
import { editorAgent, type EditorModel } from '../../core/agent/agentName';
import { ModelError, withoutImages, type ChatAnswer, type ChatMessage, type ChatModel, type ChatOptions, type ChatRequest, type ToolCall, type Usage } from '../../core/agent/model/chat';
import { CancelledError } from '../../core/errors';
import type { ModelAnswer, ModelAsk } from '../../protocol/runner';

/** The models that extensions of this editor offer. */
export const editorModels = async (): Promise<readonly vscode.LanguageModelChat[]> => vscode.lm.selectChatModels();

/** @throws ModelError `unknown_model` */
export async function findEditorModel(model: EditorModel): Promise<vscode.LanguageModelChat> {
  const [found] = await vscode.lm.selectChatModels({ vendor: model.vendor, id: model.id });
  if (!found) throw new ModelError('unknown_model', `No extension of this editor offers the model ${editorAgent(model)}.`, 'Enable or install its extension and sign in there, or choose another model.');
  return found;
}

/**
 * A model of the editor. Tokens are counted with its own tokenizer and marked as estimated; what an
 * answer costs is not known. VS Code asks the person for consent before the first request.
 */
export class EditorChatModel implements ChatModel {
  readonly name: string;

  constructor(private readonly model: EditorModel) {
    this.name = editorAgent(model);
  }

  async answer(request: ChatRequest, { signal, onDelta, maxOutputTokens }: ChatOptions): Promise<ChatAnswer> {
    const source = new vscode.CancellationTokenSource();
    const cancel = (): void => source.cancel();
    if (signal.aborted) throw new CancelledError();
    signal.addEventListener('abort', cancel, { once: true });
    try {
      const chat = await findEditorModel(this.model);
      const response = await chat.sendRequest(
        request.messages.map(withoutImages).map(editorMessage),
        {
          justification: 'Podium lets this model play the run that you started.',
          tools: request.tools.map(({ name, description, parameters }) => ({ name, description, inputSchema: parameters })),
          ...(maxOutputTokens === undefined ? {} : { modelOptions: { max_tokens: maxOutputTokens } }),
        },
        source.token,
      );
      let content = '';
      const toolCalls: ToolCall[] = [];
      for await (const part of response.stream) {
        if (signal.aborted) throw new CancelledError();
        if (part instanceof vscode.LanguageModelTextPart) {
          content += part.value;
          onDelta?.(part.value);
        } else if (part instanceof vscode.LanguageModelToolCallPart) {
          toolCalls.push({ id: part.callId, name: part.name, arguments: JSON.stringify(part.input) });
        }
      }
      const usage = await this.count(chat, request, content, toolCalls, source.token);
      return { reply: { content, toolCalls, finish: toolCalls.length > 0 ? 'tool_calls' : 'stop' }, usage, usd: null, retries: 0 };
    } catch (error) {
      if (signal.aborted) throw new CancelledError();
      throw readFailure(error, this.name);
    } finally {
      signal.removeEventListener('abort', cancel);
      source.dispose();
    }
  }

  /** The editor reports no usage: the texts are counted, all at once, since each count may travel far. */
  private async count(chat: vscode.LanguageModelChat, request: ChatRequest, content: string, toolCalls: readonly ToolCall[], token: vscode.CancellationToken): Promise<Usage> {
    const calls = (list: readonly ToolCall[]): string => list.map((call) => `${call.name} ${call.arguments}`).join('\n');
    const sent = request.messages.map(withoutImages).map((message) => (message.role === 'assistant' ? `${message.content}\n${calls(message.toolCalls)}` : message.content));
    const tools = request.tools.length === 0 ? '' : JSON.stringify(request.tools);
    const [input, output] = await Promise.all([chat.countTokens([...sent, tools].join('\n'), token), chat.countTokens(`${content}\n${calls(toolCalls)}`, token)]);
    return { input, output, cached: 0, estimated: true };
  }
}

/** Answers a runner's question; what is wrong with the model is an answer too. @throws CancelledError */
export async function answerForRun({ model, request, maxOutputTokens }: ModelAsk, signal: AbortSignal): Promise<ModelAnswer> {
  try {
    return { kind: 'answer', answer: await new EditorChatModel(model).answer(request, { signal, ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }) }) };
  } catch (error) {
    if (!ModelError.is(error)) throw error;
    return { kind: 'trouble', reason: error.reason, message: error.message, nextStep: error.nextStep ?? '' };
  }
}

/** There is no role `system` here: its text goes first, as the person's. */
function editorMessage(message: ChatMessage): vscode.LanguageModelChatMessage {
  switch (message.role) {
    case 'tool':
      return vscode.LanguageModelChatMessage.User([new vscode.LanguageModelToolResultPart(message.toolCallId, [new vscode.LanguageModelTextPart(message.content)])]);
    case 'assistant': {
      const text = message.content === '' ? [] : [new vscode.LanguageModelTextPart(message.content)];
      return vscode.LanguageModelChatMessage.Assistant([...text, ...message.toolCalls.map((call) => new vscode.LanguageModelToolCallPart(call.id, call.name, inputOf(call.arguments)))]);
    }
    default:
      return vscode.LanguageModelChatMessage.User(message.content);
  }
}

/** Arguments that were no object go back as a value, so that the request keeps its form. */
function inputOf(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {
    // Below.
  }
  return { invalid: text.slice(0, 500) };
}

/** An error of the editor in our words, by its code; of one without a code the text is all there is. */
function readFailure(error: unknown, name: string): ModelError {
  if (ModelError.is(error)) return error;
  const code = error instanceof vscode.LanguageModelError ? error.code : '';
  const text = (error instanceof Error ? error.message : String(error)).replace(/\s+/g, ' ').slice(0, 300);
  const options = { cause: error };
  switch (code) {
    case vscode.LanguageModelError.NoPermissions.name:
      return new ModelError('no_consent', `The use of ${name} was not allowed (${text}).`, 'Try again and allow it when the editor asks.', options);
    case vscode.LanguageModelError.Blocked.name:
      return new ModelError('no_credit', `${name} is blocked: its quota is used up or it refuses the request (${text}).`, 'Wait until the quota is free again, or start a run with another model.', options);
    case vscode.LanguageModelError.NotFound.name:
      return new ModelError('unknown_model', `${name} is not offered any more (${text}).`, 'Enable its extension and sign in there.', options);
    default:
      if (/context.?length|context window|too many tokens|prompt is too long|exceeds? the (?:model'?s? )?(?:maximum|context|token)/i.test(text)) {
        return new ModelError('context_overflow', `The conversation is longer than ${name} can read (${text}).`, 'Choose a model with a larger context window.', options);
      }
      return new ModelError('server_error', `${name} gave no answer (${text}).`, 'Try again after a while.', options);
  }
}
