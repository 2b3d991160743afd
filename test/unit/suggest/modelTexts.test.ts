import { beforeAll, describe, expect, it } from 'vitest';
import type { Reply } from '../../../src/core/agent/model/chat';
import { CompletionCache } from '../../../src/core/suggest/model/cache';
import { ChangeError, changeRequest, readProposal } from '../../../src/core/suggest/model/change';
import type { Situation } from '../../../src/core/suggest/model/situation';
import { addUse, dayOf, spendOf, spendText } from '../../../src/core/suggest/model/spend';
import { cutAnswer, shapeAt } from '../../../src/core/suggest/model/spot';
import { applyEdits } from '../../../src/core/suggest/python';
import { bundledFacts } from './bundled';

describe('what is asked for', () => {
  it.each([
    ['x = 1', '', 'line'], ['f(', ')', 'line'], ['def f():\n    ', '\n', 'block'], ['x = 1\n', '', 'block'],
    ['', '', null], ['x = ', 'y', null], ['    ', '    x', null],
  ] as const)('after %o before %o is %o', (before, after, shape) => {
    expect(shapeAt({ before, after })).toBe(shape);
  });
});

describe('an answer is cut', () => {
  const cut = (answer: string, before: string, after = '') => cutAnswer(answer, { before, after }, shapeAt({ before, after }) ?? 'line');
  it('to the rest of the line', () => {
    expect(cut('X.mean()\ny = 2', 'x = ')).toBe('X.mean()');
    expect(cut('x = X.mean()', 'x = ')).toBe('X.mean()');
    expect(cut('  x = X.mean()', '  x = ')).toBe('X.mean()');
  });
  it('to the block, and before what follows', () => {
    expect(cut('for x in X:\n        print(x)\n    return X\ny = 1', 'def f(X):\n    ')).toBe('for x in X:\n        print(x)\n    return X');
    expect(cut('a = 1\nb = 2\nc = 3', 'x = 1\n', '\n\nb = 2\n')).toBe('a = 1');
    expect(cut('a = 1\n\n\nb = 2', 'x = 1\n')).toBe('a = 1');
    expect(cut(Array.from({ length: 40 }, (_, i) => `x${i} = ${i}`).join('\n'), 'x = 1\n')?.split('\n')).toHaveLength(12);
  });
});

describe('the cache', () => {
  it('forgets the least recently used', () => {
    const cache = new CompletionCache();
    for (let at = 0; at < 100; at++) cache.put({ before: `x${at} = `, after: '' }, String(at));
    expect(cache.get({ before: 'x0 = ', after: '' })).toBe('0');
    cache.put({ before: 'y = ', after: '' }, '1');
    expect(cache.get({ before: 'x0 = ', after: '' })).toBe('0');
    expect(cache.get({ before: 'x1 = ', after: '' })).toBeUndefined();
  });
});

describe('the spend of a day', () => {
  const usage = { input: 1000, output: 240, cached: 0, estimated: false };
  it('adds up, begins again with the day, and is never nothing when it is unknown', () => {
    const first = addUse(spendOf(undefined, '2026-11-28'), { usage, usd: 0.0031 });
    expect(spendText(first)).toBe('1,240 tokens, $0.0031 today');
    expect(spendText(addUse(first, { usage: { ...usage, estimated: true }, usd: 0.1 }))).toBe('≈2,480 tokens, ≈$0.10 today');
    const unknown = addUse(first, { usage, usd: null });
    expect(spendText(unknown)).toBe('2,480 tokens, cost unknown today');
    expect(addUse(unknown, { usage, usd: 1 }).usd).toBeNull();
    expect(spendText(spendOf(unknown, '2026-11-29'))).toBe('nothing used today');
    expect(dayOf(new Date(2026, 0, 5, 23, 59))).toBe('2026-01-05');
  });
});

describe('a proposed change', () => {
  const source = 'import pandas as pd\n\nx = train["iland"]\ny = 1\ny = 1\n';
  const model = { name: 'scripted' };
  const reply = (content: string, more: Partial<Reply> = {}): Reply => ({ content, toolCalls: [], finish: 'stop', ...more });
  const block = (old: string, now: string) => `<<<<<<< OLD\n${old}\n=======\n${now}\n>>>>>>> NEW`;
  let situation: Situation;
  beforeAll(async () => {
    situation = { facts: await bundledFacts('penguins'), error: null, best: null };
  });

  it('is read with its reason, its places certain', () => {
    const found = readProposal(reply(`The column is misspelt.\n\n${block('x = train["iland"]', 'x = train["island"]')}\n`), source, model);
    expect(found.why).toBe('The column is misspelt.');
    expect(applyEdits(source, found.edits)).toBe(source.replace('iland', 'island'));
    const gone = readProposal(reply(`Gone.\r\n<<<<<<< OLD\r\nimport pandas as pd\r\n=======\r\n>>>>>>> NEW`), source, model);
    expect(applyEdits(source, gone.edits)).toBe(source.slice('import pandas as pd\n'.length));
  });

  it.each([
    ['no change', 'I do not know.', 'no_change'],
    ['lines that are not there', block('x = nothing', 'x = 1'), 'no_place'],
    ['lines that are there twice', block('y = 1', 'y = 2'), 'no_place'],
    ['nothing', block('', 'y = 2'), 'no_place'],
    ['the same lines twice', `${block('x = train["iland"]', 'a')}\n${block('import pandas as pd\n\nx = train["iland"]', 'b')}`, 'no_place'],
  ] as const)('of %s is refused', (_what, content, reason) => {
    let error: unknown;
    try {
      readProposal(reply(content), source, model);
    } catch (caught) {
      error = caught;
    }
    expect(ChangeError.is(error, reason), String(error)).toBe(true);
    expect((error as ChangeError).nextStep).toBeTruthy();
  });

  it('is asked for with the code and the cells above, and not for code that is too long', () => {
    const { messages } = changeRequest('fix', source, 'first cell\n', situation);
    expect(messages[0]?.content).toContain('Mend the error of the last run');
    expect(messages[0]?.content).toContain('SCORE f1 <number>');
    expect(messages[1]?.content).toContain('for reading only:\nfirst cell');
    expect(messages[1]?.content).toContain(source);
    expect(() => changeRequest('refine', 'x = 1\n'.repeat(10_000), '', situation)).toThrow(ChangeError);
  });
});
