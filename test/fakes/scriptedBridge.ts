import type { Duplex } from 'node:stream';
import { bridgeProtocolVersion, bridgeRequestSchema, type BridgeRequest } from '../../src/protocol/bridge';
import { LineSplitter } from '../../src/node/kernel/lineSplitter';
import { streamPair } from './streamPair';

type Answer = { result?: Record<string, unknown>; error?: string } | 'silent';

export const helloResult = { version: bridgeProtocolVersion, python: '/usr/bin/python3', pythonVersion: '3.11.2', ipykernel: true, libraries: { numpy: '1.24' }, pid: 7 };

/** The bridge's end of a connection under a test's control: it records requests and answers as told. */
export class ScriptedBridge {
  readonly requests: BridgeRequest[] = [];
  readonly clientEnd: Duplex;
  private readonly end: Duplex;
  private waiters: (() => void)[] = [];

  constructor(private readonly answer: (request: BridgeRequest) => Answer = () => ({})) {
    [this.clientEnd, this.end] = streamPair();
    const lines = new LineSplitter(1 << 20, (line) => this.take(line), () => {});
    this.end.on('data', (data: Buffer) => lines.feed(data));
    this.end.on('error', () => {});
  }

  send(value: unknown): void {
    this.sendText(`${JSON.stringify(value)}\n`);
  }

  sendText(text: string): void {
    this.end.write(text);
  }

  break(): void {
    this.end.destroy();
  }

  /** Resolves with the first request that fits, past or future. */
  async seen(fits: (request: BridgeRequest) => boolean): Promise<BridgeRequest> {
    for (;;) {
      const found = this.requests.find(fits);
      if (found) return found;
      await new Promise<void>((resolve) => this.waiters.push(resolve));
    }
  }

  private take(line: string): void {
    const request = bridgeRequestSchema.parse(JSON.parse(line));
    this.requests.push(request);
    const answer = this.answer(request);
    if (answer !== 'silent') {
      const result = request.op === 'hello' ? { ...helloResult, ...answer.result } : answer.result;
      this.send(answer.error === undefined ? { id: request.id, ok: true, ...(result ? { result } : {}) } : { id: request.id, ok: false, error: answer.error });
    }
    const waiters = this.waiters;
    this.waiters = [];
    for (const waiter of waiters) waiter();
  }
}
