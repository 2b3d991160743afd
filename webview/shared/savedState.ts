import { useState } from 'preact/hooks';
import type * as z from 'zod';
import type { Host } from './host';

/**
 * Navigation and UI state that survives a reload: what is open, sorted, folded. Never data of a run.
 * A state of another version or shape is dropped and the initial one used.
 */
export function readSaved<S>(raw: unknown, version: number, schema: z.ZodType<S>, initial: S): S {
  if (typeof raw !== 'object' || raw === null || !('version' in raw) || !('state' in raw) || raw.version !== version) return initial;
  const parsed = schema.safeParse(raw.state);
  return parsed.success ? parsed.data : initial;
}

/** Adds what VS Code needs to restore the panel (which run or competition it shows) to its state. */
export function saveIdentity(host: Pick<Host<never, never>, 'load' | 'save'>, identity: Readonly<Record<string, string>>): void {
  const old = host.load();
  host.save({ ...(typeof old === 'object' && old !== null ? old : {}), ...identity });
}

/** As useState, saved with VS Code at each change. Further keys of VS Code's state are kept. */
export function useSavedState<S extends object>(
  host: Pick<Host<never, never>, 'load' | 'save'>,
  version: number,
  schema: z.ZodType<S>,
  initial: S,
): [S, (change: Partial<S>) => void] {
  const [state, setState] = useState<S>(() => readSaved(host.load(), version, schema, initial));
  const update = (change: Partial<S>): void => {
    setState((old) => {
      const next = { ...old, ...change };
      const other = host.load();
      host.save({ ...(typeof other === 'object' && other !== null ? other : {}), version, state: next });
      return next;
    });
  };
  return [state, update];
}
