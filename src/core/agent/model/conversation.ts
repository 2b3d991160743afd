import { estimateRequest, imagesOf, withoutImages, type ChatImage, type ChatMessage, type ChatRequest, type Reply, type ToolDefinition, type Usage } from './chat';
import { oldText } from './observationText';

/** Results of the newest tool calls that stay whole when older ones are cut. */
const keptResults = 8;
/** Pictures that the conversation holds at most; then all but the newest few are dropped at once. */
const maxImages = 8;
const keptImages = 4;
/** Messages that stay when the conversation is replaced by facts. */
const keptMessages = 6;

/**
 * What the model is sent: the pinned goal, then the turns. Grows at its end only, so that a
 * provider's cache of the beginning stays good, until it is too long: then old results are cut,
 * and when that is not enough the whole is replaced by facts.
 */
export class Conversation {
  private turns: ChatMessage[] = [];
  /** Measured over estimated tokens of the last request. */
  private scale = 1;
  private cutUpTo = 0;

  constructor(
    private readonly pinned: readonly ChatMessage[],
    private readonly tools: readonly ToolDefinition[],
  ) {}

  say(content: string): void {
    this.turns.push({ role: 'user', content });
  }

  reply({ content, toolCalls }: Reply): void {
    this.turns.push({ role: 'assistant', content, toolCalls });
  }

  result(toolCallId: string, content: string): void {
    this.turns.push({ role: 'tool', toolCallId, content });
  }

  /** Pictures, behind the results that told of them: at many endpoints a result can only be text. */
  show(content: string, images: readonly ChatImage[]): void {
    this.turns.push({ role: 'user', content, images });
    if (this.turns.flatMap(imagesOf).length > maxImages) this.dropImages(keptImages);
  }

  private dropImages(keep: number): void {
    let left = keep;
    for (let at = this.turns.length - 1; at >= 0; at--) {
      const turn = this.turns[at];
      if (!turn) continue;
      left -= imagesOf(turn).length;
      if (left < 0) this.turns[at] = withoutImages(turn);
    }
  }

  request(): ChatRequest {
    return { messages: [...this.pinned, ...this.turns], tools: this.tools };
  }

  /** Learns from an answer how many tokens the estimate stands for. */
  measure(sent: ChatRequest, usage: Usage): void {
    const estimated = estimateRequest(sent);
    if (!usage.estimated && usage.input > 0) this.scale = Math.min(4, Math.max(0.25, usage.input / estimated));
  }

  /** Tokens that the next request will have, as far as can be told. */
  tokens(): number {
    return Math.ceil(estimateRequest(this.request()) * this.scale);
  }

  /** Shortens all but the newest results; false when there was nothing to shorten. */
  cutOldResults(): boolean {
    const results = this.turns.flatMap((turn, at) => (turn.role === 'tool' ? [at] : []));
    const end = results.length <= keptResults ? 0 : (results[results.length - keptResults] ?? 0);
    let changed = false;
    this.turns = this.turns.map((turn, at) => {
      if (at < this.cutUpTo || at >= end) return turn;
      const shorter = shorten(turn);
      changed ||= shorter !== turn;
      return shorter;
    });
    this.cutUpTo = Math.max(this.cutUpTo, end);
    return changed;
  }

  /** What happened last, as plain lines, for the facts that take the conversation's place. */
  recent(): string {
    return this.turns
      .slice(-keptMessages)
      .map((turn) => {
        const calls = turn.role === 'assistant' ? turn.toolCalls.map((call) => `${call.name} ${call.arguments.slice(0, 300)}`) : [];
        return [turn.content.slice(0, 1_500), ...calls].filter((line) => line !== '').join('\n');
      })
      .join('\n---\n');
  }

  /** Puts facts in place of everything but the pinned beginning. */
  replace(facts: string): void {
    this.turns = [{ role: 'user', content: facts }];
    this.cutUpTo = 0;
  }
}

/** Long arguments (whole files) of old calls are in the files themselves; JSON stays JSON. */
function shorten(turn: ChatMessage): ChatMessage {
  if (imagesOf(turn).length > 0) return withoutImages(turn);
  if (turn.role === 'tool') {
    const content = oldText(turn.content);
    return content === turn.content ? turn : { ...turn, content };
  }
  if (turn.role !== 'assistant' || turn.toolCalls.every((call) => call.arguments.length <= 1_000)) return turn;
  return { ...turn, toolCalls: turn.toolCalls.map((call) => (call.arguments.length <= 1_000 ? call : { ...call, arguments: shortArguments(call.arguments) })) };
}

function shortArguments(text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    return JSON.stringify(value, (_key, part: unknown) => (typeof part === 'string' && part.length > 300 ? `${part.slice(0, 200)}… (${part.length - 200} characters left out)` : part));
  } catch {
    return JSON.stringify({ left_out: `${text.length} characters that were no JSON` });
  }
}
