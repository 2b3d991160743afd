import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A call as the script writes it; `args` may be a text that is no JSON. */
export interface ScriptedCall {
  readonly name: string;
  readonly args: unknown;
}

/** What the server does with one request. */
export interface Answer {
  readonly kind?: 'answer';
  readonly text?: string;
  readonly calls?: readonly ScriptedCall[];
  readonly usage?: readonly [number, number] | null;
  readonly finish?: string | null;
}
export type Turn =
  | Answer
  | { readonly kind: 'error'; readonly status: number; readonly message?: string; readonly code?: string; readonly headers?: Readonly<Record<string, string>> }
  /** Begins an answer and cuts the connection. */
  | { readonly kind: 'reset' }
  /** Begins an answer (or not even that) and says nothing any more. */
  | { readonly kind: 'silence'; readonly afterHeaders?: boolean }
  /** A text of that many bytes. */
  | { readonly kind: 'flood'; readonly bytes: number; readonly oneLine?: boolean }
  /** Ends the stream in the middle, in good order. */
  | { readonly kind: 'cut' }
  /** An error inside a stream that began well. */
  | { readonly kind: 'stream_error'; readonly code: number; readonly message: string };

export interface Received {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: {
    readonly model?: string;
    readonly stream?: boolean;
    readonly stream_options?: unknown;
    readonly max_tokens?: number;
    /** Of a message with parts, `content` is its texts together and `images` its pictures. */
    readonly messages?: readonly { readonly role: string; readonly content: string | null; readonly images?: readonly string[]; readonly tool_call_id?: string; readonly tool_calls?: readonly { readonly id: string; readonly function: { readonly name: string; readonly arguments: string } }[] }[];
    readonly tools?: readonly { readonly function: { readonly name: string; readonly parameters: Record<string, unknown> } }[];
  };
}

export interface ModelServerOptions {
  /** One turn per request; a function sees the request. After the last one every request fails. */
  readonly turns: readonly (Turn | ((request: Received) => Turn))[];
  readonly models?: readonly string[];
  /** Accepted key; anything when left out. */
  readonly key?: string | (() => string);
  /** Answers whole even where a stream was asked for. */
  readonly neverStreams?: boolean;
  /** Lists other models than it has, or has no list. */
  readonly unlisted?: boolean;
  readonly noList?: boolean;
  /** Turns away the option that asks for usage in streams. */
  readonly noUsageOption?: boolean;
  /** Turns pictures away in these words. */
  readonly noImages?: { readonly status: number; readonly message: string };
}

/** An endpoint of chat completions over real HTTP that says what its script says, well-behaved or not. */
export class ModelServer {
  readonly requests: Received[] = [];
  private at = 0;

  private constructor(
    private readonly options: ModelServerOptions,
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(options: ModelServerOptions): Promise<ModelServer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const model = new ModelServer(options, server, `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`);
    server.on('request', (request, response) => void model.serve(request, response));
    return model;
  }

  /** Requests that got an answer, not an error. */
  get served(): number {
    return this.at;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => undefined);
    const path = request.url ?? '';
    const text = await read(request);
    const received: Received = { path, authorization: request.headers.authorization, body: text === '' ? {} : readBody(text) };
    const { models = ['scripted'] } = this.options;
    const key = typeof this.options.key === 'function' ? this.options.key() : this.options.key;
    if (key !== undefined && received.authorization !== `Bearer ${key}`) return fail(response, { kind: 'error', status: 401, message: `Incorrect API key provided: ${received.authorization?.slice(7) ?? ''}.`, code: 'invalid_api_key' });
    if (path === '/v1/models' && !this.options.noList) {
      const listed = this.options.unlisted ? ['another'] : models;
      return json(response, 200, { object: 'list', data: listed.map((id) => ({ id, object: 'model' })) });
    }
    if (path.split('?')[0] !== '/v1/chat/completions') return fail(response, { kind: 'error', status: 404, message: 'Not found.' });
    this.requests.push(received);
    if (!models.includes(received.body.model ?? '')) return fail(response, { kind: 'error', status: 404, message: `The model "${received.body.model}" does not exist.`, code: 'model_not_found' });
    const refused = this.refusalOf(received);
    if (refused) return fail(response, refused);
    const scripted = this.options.turns[this.at];
    this.at += 1;
    if (!scripted) return fail(response, { kind: 'error', status: 400, message: 'The script has ended.' });
    const turn = typeof scripted === 'function' ? scripted(received) : scripted;
    const stream = received.body.stream === true && !this.options.neverStreams;
    this.play(turn, response, stream);
  }

  /** What an endpoint with less than everything turns away. */
  private refusalOf({ body }: Received): Extract<Turn, { kind: 'error' }> | undefined {
    const { noUsageOption, noImages } = this.options;
    if (noUsageOption && body.stream_options !== undefined) return { kind: 'error', status: 400, message: 'Unrecognized request argument supplied: stream_options' };
    return noImages && body.messages?.some((message) => message.images) ? { kind: 'error', ...noImages } : undefined;
  }

  private play(turn: Turn, response: ServerResponse, stream: boolean): void {
    switch (turn.kind) {
      case 'error':
        return fail(response, turn);
      case 'reset':
        begin(response);
        send(response, { choices: [{ index: 0, delta: { role: 'assistant', content: 'I will ' } }] });
        setTimeout(() => response.socket?.resetAndDestroy(), 20);
        return;
      case 'silence':
        if (turn.afterHeaders) {
          begin(response);
          send(response, { choices: [{ index: 0, delta: { role: 'assistant', content: 'Let me think' } }] });
        }
        return;
      case 'cut':
        begin(response);
        send(response, { choices: [{ index: 0, delta: { role: 'assistant', tool_calls: [{ index: 0, id: 'call_1', type: 'function', function: { name: 'write_file', arguments: '{"path": "tr' } }] } }] });
        response.end();
        return;
      case 'stream_error':
        begin(response);
        send(response, { choices: [{ index: 0, delta: { role: 'assistant', content: 'Well' } }] });
        send(response, { error: { code: turn.code, message: turn.message } });
        response.end();
        return;
      case 'flood':
        return flood(response, turn);
      default:
        return stream ? streamed(response, turn) : whole(response, turn);
    }
  }
}

type Part = { readonly type: 'text'; readonly text: string } | { readonly type: 'image_url'; readonly image_url: { readonly url: string } };

function readBody(text: string): Received['body'] {
  const body = JSON.parse(text) as { messages?: { role: string; content: string | null | Part[] }[] };
  for (const message of body.messages ?? []) {
    const { content } = message;
    if (!Array.isArray(content)) continue;
    if (message.role !== 'user') throw new Error(`a ${message.role} message holds parts`);
    const images = content.flatMap((part) => (part.type === 'image_url' ? [part.image_url.url] : []));
    Object.assign(message, { content: content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n'), images });
  }
  return body as Received['body'];
}

const argumentsOf = (call: ScriptedCall): string => (typeof call.args === 'string' ? call.args : JSON.stringify(call.args));
const usageOf = (turn: Answer) => {
  const [input, output] = turn.usage ?? [100, 10];
  return { prompt_tokens: input, completion_tokens: output, total_tokens: input + output, prompt_tokens_details: { cached_tokens: Math.floor(input / 2) } };
};
const finishOf = (turn: Answer) => (turn.finish === undefined ? (turn.calls?.length ? 'tool_calls' : 'stop') : turn.finish);

function whole(response: ServerResponse, turn: Answer): void {
  const calls = turn.calls?.map((call, at) => ({ id: `call_${at}`, type: 'function', function: { name: call.name, arguments: argumentsOf(call) } }));
  json(response, 200, {
    id: 'x',
    object: 'chat.completion',
    choices: [{ index: 0, message: { role: 'assistant', content: turn.text ?? null, ...(calls ? { tool_calls: calls } : {}) }, finish_reason: finishOf(turn) }],
    ...(turn.usage === null ? {} : { usage: usageOf(turn) }),
  });
}

/** In pieces that cut words and JSON anywhere. */
function streamed(response: ServerResponse, turn: Answer): void {
  begin(response);
  send(response, { choices: [{ index: 0, delta: { role: 'assistant', content: '' } }] });
  for (const piece of pieces(turn.text ?? '')) send(response, { choices: [{ index: 0, delta: { content: piece } }] });
  for (const [index, call] of (turn.calls ?? []).entries()) {
    send(response, { choices: [{ index: 0, delta: { tool_calls: [{ index, id: `call_${index}_${Math.abs(hash(argumentsOf(call)))}`, type: 'function', function: { name: call.name, arguments: '' } }] } }] });
    for (const piece of pieces(argumentsOf(call))) send(response, { choices: [{ index: 0, delta: { tool_calls: [{ index, function: { arguments: piece } }] } }] });
  }
  send(response, { choices: [{ index: 0, delta: {}, finish_reason: finishOf(turn) }] });
  if (turn.usage !== null) send(response, { choices: [], usage: usageOf(turn) });
  response.end('data: [DONE]\n\n');
}

function flood(response: ServerResponse, { bytes, oneLine }: Extract<Turn, { kind: 'flood' }>): void {
  begin(response);
  const piece = oneLine ? 'x'.repeat(bytes) : 'x'.repeat(100_000);
  let sent = 0;
  const more = (): void => {
    while (sent < bytes && !response.destroyed) {
      sent += piece.length;
      if (!send(response, { choices: [{ index: 0, delta: { content: piece } }] })) return void response.once('drain', more);
    }
    if (!response.destroyed) response.end('data: [DONE]\n\n');
  };
  more();
}

function begin(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
}

const send = (response: ServerResponse, value: object): boolean => response.write(`data: ${JSON.stringify({ id: 'x', object: 'chat.completion.chunk', ...value })}\n\n`);

function fail(response: ServerResponse, { status, message = `Status ${status}.`, code, headers }: Extract<Turn, { kind: 'error' }>): void {
  json(response, status, { error: { message, code: code ?? null, type: 'error' } }, headers);
}

function json(response: ServerResponse, status: number, value: object, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(value));
}

const pieces = (text: string): string[] => text.match(/[\s\S]{1,7}/g) ?? [];
const hash = (text: string): number => [...text].reduce((sum, char) => (sum * 31 + char.charCodeAt(0)) | 0, 7);

async function read(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const piece of request) text += String(piece);
  return text;
}
