import type { Host } from '../../../webview/shared/host';

/** A host that keeps what the view posts and saves, and lets a test speak to the view. */
export interface FakeHost<In, Out> extends Host<In, Out> {
  readonly posted: Out[];
  saved: unknown;
  send(message: In): Promise<void>;
}

/** Preact draws and runs effects in tasks of their own. */
export async function settle(): Promise<void> {
  for (let round = 0; round < 4; round++) await new Promise((resolve) => setTimeout(resolve, 0));
  await new Promise((resolve) => setTimeout(resolve, 40));
}

export function fakeHost<In, Out>(now: number, saved: unknown = undefined): FakeHost<In, Out> {
  const listeners = new Set<(message: In) => void>();
  const host: FakeHost<In, Out> = {
    posted: [],
    saved,
    post: (message) => void host.posted.push(message),
    onMessage: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    load: () => host.saved,
    save: (state) => {
      host.saved = state;
    },
    now: () => now,
    send: async (message) => {
      // A busy machine may take longer than one round to run the effect that listens.
      for (let round = 0; listeners.size === 0 && round < 400; round++) await new Promise((resolve) => setTimeout(resolve, 5));
      for (const listener of listeners) listener(message);
      await settle();
    },
  };
  return host;
}
