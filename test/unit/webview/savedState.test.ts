import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { readSaved, saveIdentity } from '../../../webview/shared/savedState';

const schema = z.object({ tab: z.string() });
const initial = { tab: 'plan' };

describe('saved state', () => {
  it('is read back in its own version and shape only', () => {
    expect(readSaved({ version: 1, state: { tab: 'diff' } }, 1, schema, initial)).toEqual({ tab: 'diff' });
    for (const raw of [undefined, null, 'x', {}, { version: 2, state: { tab: 'diff' } }, { version: 1, state: { tab: 3 } }, { version: 1 }]) {
      expect(readSaved(raw, 1, schema, initial)).toBe(initial);
    }
  });

  it('carries what restores the panel beside it', () => {
    let kept: unknown = { version: 1, state: { tab: 'diff' } };
    saveIdentity({ load: () => kept, save: (state) => (kept = state) }, { runId: 'r1' });
    expect(kept).toEqual({ version: 1, state: { tab: 'diff' }, runId: 'r1' });
  });
});
