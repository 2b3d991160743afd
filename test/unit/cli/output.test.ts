import { expect, it } from 'vitest';
import { forTerminal } from '../../../src/cli/output';

it('lets no text of a player move the cursor, set a title, fill the clipboard or turn the writing', () => {
  const hostile = 'ValueError: \u001b]0;owned\u0007\u001b[2J\u001b]52;c;cm0=\u0007\r#1 public 0.0000\u009b31m\u202e';
  expect(forTerminal(hostile)).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]/);
  expect(forTerminal('a\tb\r\nc — é 漢')).toBe('a\tb\nc — é 漢');
});
