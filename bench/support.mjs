// What the measurements of running code share.
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

export const median = (list) => {
  const sorted = [...list].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
};

export async function temporaryFolder() {
  const path = await mkdtemp(join(tmpdir(), 'podium-bench-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** `podium serve --stdio`: one environment, played from here. */
export class GymServer {
  #child;
  #answers;
  #next = 1;

  /** A server that answers already, with a home and a workspace of its own below `folder`. */
  static async start(cli, folder, options) {
    const server = new GymServer();
    server.#child = spawn(process.execPath, [resolve(cli), 'serve', '--stdio', '--workspace', join(folder, 'workspace'), ...options], {
      env: { ...process.env, PODIUM_HOME: join(folder, 'home') },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    server.#answers = createInterface({ input: server.#child.stdout })[Symbol.asyncIterator]();
    // A question that is none: its answer says that the process has started.
    await server.#exchange({ op: 'step', action: { name: 'history' } });
    return server;
  }

  async ask(request) {
    const answer = await this.#exchange(request);
    if (answer.error) throw new Error(JSON.stringify(answer.error));
    return answer;
  }

  /** One action; its answer has `observation`. */
  act(name, params) {
    return this.ask({ op: 'step', action: { name, params } });
  }

  async close() {
    await this.ask({ op: 'close' });
    const ended = new Promise((done) => this.#child.once('exit', done));
    this.#child.stdin.end();
    await ended;
  }

  async #exchange(request) {
    this.#child.stdin.write(`${JSON.stringify({ id: this.#next++, ...request })}\n`);
    const { value, done } = await this.#answers.next();
    if (done) throw new Error('podium serve has ended');
    return JSON.parse(value);
  }
}
