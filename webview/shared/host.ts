import type * as z from 'zod';

/** What VS Code gives every webview. */
interface VsCodeApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare global {
  var acquireVsCodeApi: (() => VsCodeApi) | undefined;
}

/** The typed door to the extension host; a view is given one and knows nothing else of VS Code. */
export interface Host<In, Out> {
  post(message: Out): void;
  /** Messages that pass the schema. Returns a function that stops listening. */
  onMessage(listener: (message: In) => void): () => void;
  load(): unknown;
  save(state: unknown): void;
  /** Milliseconds since 1970. */
  now(): number;
}

/**
 * Connects to the extension host. Messages that do not fit the schema are dropped with a console
 * warning, since a view must not die of a newer or a foreign message.
 */
export function connect<In, Out>(incoming: z.ZodType<In>): Host<In, Out> {
  if (!globalThis.acquireVsCodeApi) throw new Error('This page runs only inside a VS Code webview.');
  const api = globalThis.acquireVsCodeApi();
  return {
    post: (message) => api.postMessage(message),
    onMessage: (listener) => {
      const receive = (event: MessageEvent<unknown>): void => {
        const parsed = incoming.safeParse(event.data);
        if (parsed.success) listener(parsed.data);
        // eslint-disable-next-line no-console -- the only log a webview has
        else console.warn('Podium: a message was not understood', parsed.error.issues);
      };
      window.addEventListener('message', receive);
      return () => window.removeEventListener('message', receive);
    },
    load: () => api.getState(),
    save: (state) => api.setState(state),
    now: () => Date.now(),
  };
}
