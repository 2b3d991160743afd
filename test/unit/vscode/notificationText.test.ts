import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { withoutLinks } from '../../../src/vscode/platform/notificationText';

const folder = join(import.meta.dirname, '../../../src/vscode');
/** What the editor makes a link of in a notification. */
const link = /\[([^\]]+)\]\(((?:https?:\/\/|command:|file:)[^)\s]+)(?: (["'])(.+?)(\3))?\)/i;

describe('the text of a notification', () => {
  it('holds no link, whoever wrote it', () => {
    const told = 'Done, see [Details](command:workbench.action.terminal.sendSequence?%7B%22text%22%3A%22x%22%7D).';
    expect(told).toMatch(link);
    expect(withoutLinks(told)).not.toMatch(link);
    expect(withoutLinks('a[0](1) of [b][c](https://example.org "d")')).not.toMatch(link);
    expect(withoutLinks('Run 7 has ended: best 0.81 (#3).')).toBe('Run 7 has ended: best 0.81 (#3).');
  });

  it('goes through that wherever it is not fixed', () => {
    const open: string[] = [];
    for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((one) => one.endsWith('.ts'))) {
      for (const [, call = ''] of readFileSync(join(folder, name), 'utf8').matchAll(/\.show(?:Error|Warning|Information)Message\((.*)/g)) {
        const safe = call.startsWith('withoutLinks(') || call.includes('modal: true') || /^'[^']*'/.test(call);
        if (!safe) open.push(`${name}: ${call.slice(0, 80)}`);
      }
    }
    expect(open).toEqual([]);
  });
});
