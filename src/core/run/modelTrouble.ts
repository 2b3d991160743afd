import type { ModelReason } from '../agent/model/chat';

/**
 * What helps a run whose model gives no answer: another key, trying again once the cause is gone, or
 * nothing, because it goes on by itself.
 */
export type Remedy = 'giveKey' | 'tryAgain' | 'none';

export function remedyOf(trouble: ModelReason): Remedy {
  if (trouble === 'no_key' || trouble === 'unauthorized') return 'giveKey';
  return trouble === 'no_window' ? 'none' : 'tryAgain';
}
