import { describe, expect, it } from 'vitest';
import { Conversation } from '../../../../src/core/agent/model/conversation';
import { budgetText, maxObservationChars, observationText, oldText } from '../../../../src/core/agent/model/observationText';
import { normalBaseUrl, presetOf, presets } from '../../../../src/core/agent/model/presets';
import { bundledPrices, costOf, isLocal, priceOf } from '../../../../src/core/agent/model/prices';
import { fill, parse, prompts } from '../../../../src/core/agent/model/prompts';
import { toolDefinitions } from '../../../../src/core/agent/model/tools';
import { actionNames } from '../../../../src/core/environment/actions';
import type { Observation } from '../../../../src/core/environment/observation';
import { redact } from '../../../../src/node/models/redact';

const observation = (more: Partial<Observation>): Observation => ({ action: 'run_script', attempt: 1, status: 'ok', summary: 'Ran.', seconds: 1, budget: { gradedCalls: { used: 1, limit: 3 } }, done: false, ...more });

describe('tools', () => {
  it('are the action table, with JSON schemas; a shell only where it is isolated', () => {
    expect(toolDefinitions('container').map((tool) => tool.name)).toEqual(actionNames);
    expect(toolDefinitions('none').map((tool) => tool.name)).toEqual(actionNames.filter((name) => name !== 'shell'));
    for (const { name, parameters, description } of toolDefinitions('container')) {
      expect(name).toMatch(/^[a-z_]{1,64}$/);
      expect(description.length).toBeGreaterThan(10);
      expect(parameters).toMatchObject({ type: 'object', additionalProperties: false });
      expect(parameters).not.toHaveProperty('$schema');
    }
    const reset = toolDefinitions('none').find((tool) => tool.name === 'reset');
    // What has a default need not be given.
    expect(reset?.parameters.required ?? []).toEqual([]);
  });
});

describe('an observation as a model reads it', () => {
  it('tells error with place and hints, grade, claim and output', () => {
    const text = observationText(
      observation({
        status: 'error',
        summary: 'Failed.',
        error: { type: 'KeyError', message: "'Fare'", place: { file: 'train.py', line: 3, source: "  train['Fare']" }, hints: ['Columns: fare.'], signature: 'x' },
        output: { head: 'a\n', tail: 'z\n', omitted: 9, file: 'log.txt' },
        claim: { value: 0.123456789, se: null, folds: [0.1, 0.2], source: 'line' },
        grade: { valid: false, public: null, errors: [{ code: 'missing_ids', message: 'Ids are missing.', count: 2, examples: ['7', '9'] }], warnings: [] },
        data: { run: { entry: 'train.py', ok: false, seconds: 1, outputs: {}, submissionName: 's', submission: null } },
      }),
    );
    expect(text).toContain("KeyError: 'Fare'\n  at train.py line 3: train['Fare']\nHint: Columns: fare.");
    expect(text).toContain('Submission NOT valid.\n- missing_ids: Ids are missing. Examples: 7, 9.');
    expect(text).toContain('Validation claim: 0.123457, folds 0.1 0.2');
    expect(text).toContain('a\n\n… 9 characters left out …\nz');
    expect(text).not.toContain('submissionName');
  });

  it('shows a file as it is, and lists in lines', () => {
    expect(observationText(observation({ data: { path: 'a.py', start: 1, end: 2, lines: 2, text: 'x = 1\n  y = "2"' } }))).toMatch(/path=a.py start=1 end=2 lines=2\nx = 1\n {2}y = "2"$/);
    expect(observationText(observation({ data: { attempts: [{ attempt: 1, plan: 'a b', error: null }] } }))).toContain('- attempt=1 plan=a b');
  });

  it('is bounded, head and tail', () => {
    const text = observationText(observation({ data: { text: `BEGIN${'x'.repeat(100_000)}END` } }));
    expect(text.length).toBeLessThan(maxObservationChars + 100);
    expect(text).toMatch(/BEGIN[\s\S]*characters left out[\s\S]*END$/);
    expect(oldText(text).length).toBeLessThan(600);
    expect(oldText('short')).toBe('short');
  });

  it('tells what is left, and what is unknown', () => {
    expect(budgetText({ gradedCalls: { used: 1, limit: 3 }, seconds: { used: 10.4, limit: 60 }, usd: { used: null, limit: 2 }, tokens: { used: 70, limit: 60 } })).toBe(
      'Budget left: seconds 50 of 60, graded calls 2 of 3, tokens 0 of 60, dollars unknown of 2.00.',
    );
  });
});

describe('a conversation', () => {
  it('keeps tool calls valid JSON when it shortens them', () => {
    const conversation = new Conversation([{ role: 'system', content: 's' }], []);
    for (let i = 0; i < 20; i++) {
      conversation.reply({ content: '', finish: 'tool_calls', toolCalls: [{ id: `c${i}`, name: 'write_file', arguments: JSON.stringify({ path: 'a.py', content: 'é"\n'.repeat(2_000) }) }] });
      conversation.result(`c${i}`, 'r'.repeat(3_000));
    }
    const before = conversation.tokens();
    expect(conversation.cutOldResults()).toBe(true);
    expect(conversation.tokens()).toBeLessThan(before * 0.6);
    const { messages } = conversation.request();
    for (const message of messages) if (message.role === 'assistant') for (const call of message.toolCalls) expect(JSON.parse(call.arguments)).toMatchObject({ path: 'a.py' });
    expect(messages.at(-1)?.content).toHaveLength(3_000);
    expect(conversation.cutOldResults()).toBe(false);
  });
});

describe('prompts', () => {
  it('have a version and places that are all filled', () => {
    for (const prompt of Object.values(prompts)) expect(prompt.version).toBeGreaterThan(0);
    expect(() => parse('no version')).toThrow('version');
    expect(fill(parse('version: 1\n---\na {{b}}'), { b: '{{c}} $1' })).toBe('a {{c}} $1');
    expect(() => fill(parse('version: 1\n---\na {{b}}'), {})).toThrow('"b"');
  });
});

describe('prices', () => {
  const usage = { input: 1_000_000, output: 100_000, cached: 400_000, estimated: false };

  it('hold for their endpoint; local ones cost nothing; others are unknown', () => {
    const openai = 'https://api.openai.com/v1';
    expect(costOf(usage, priceOf('gpt-4.1', openai))).toBeCloseTo(0.6 * 2 + 0.4 * 0.5 + 0.8, 9);
    expect(priceOf('gpt-4.1-2025-04-14', openai)).toEqual(priceOf('gpt-4.1', openai));
    expect(priceOf('gpt-4.1', 'https://elsewhere.example/v1')).toBeNull();
    expect(priceOf('toString', openai)).toBeNull();
    expect(costOf(usage, null)).toBeNull();
    expect(costOf(usage, priceOf('anything', 'http://localhost:11434/v1'))).toBe(0);
    expect(['http://127.0.0.1:1/v1', 'http://[::1]:1/v1', 'http://LOCALHOST/v1'].every(isLocal)).toBe(true);
    expect(['http://127.0.0.1.evil.example/v1', 'https://localhost.example/', 'http://10.0.0.1/v1'].some(isLocal)).toBe(false);
    for (const { checked, source } of bundledPrices.endpoints) expect([checked, source]).toEqual([expect.stringMatching(/^\d{4}-\d\d-\d\d$/), expect.stringMatching(/^https:/)]);
  });

  it('are the person\'s own first', () => {
    const own = { unit: 'US dollars per million tokens' as const, endpoints: [{ hosts: ['*'], source: 'me', checked: '2026-01-01', models: { m: { input: 1, output: 2 } } }] };
    expect(priceOf('m', 'http://localhost:1/v1', own)).toEqual({ input: 1, output: 2 });
  });
});

describe('addresses', () => {
  it.each([
    ['openai', 'https://api.openai.com/v1'],
    ['https://api.openai.com', 'https://api.openai.com/v1'],
    ['http://127.0.0.1:8000/v1/chat/completions', 'http://127.0.0.1:8000/v1'],
    ['localhost:1234/v1/', 'http://localhost:1234/v1'],
    ['https://r.openai.azure.com/openai/v1/?api-version=preview', 'https://r.openai.azure.com/openai/v1?api-version=preview'],
  ])('are taken as people write them: %s', (text, url) => {
    expect(normalBaseUrl(text)).toEqual({ ok: true, url });
  });

  it.each(['https://me:pw@x.example/v1', 'https://x.example/v1?api_key=abc', 'ftp://x.example', 'http://', 'azure'])('are refused with a reason: %s', (text) => {
    const result = normalBaseUrl(text);
    expect(result.ok).toBe(false);
    expect(JSON.stringify(result)).not.toMatch(/pw|abc/);
  });

  it('of the presets are all of use', () => {
    for (const preset of presets) if (!preset.baseUrl.includes('<')) expect(presetOf((normalBaseUrl(preset.id) as { url: string }).url)).toBe(preset);
    expect(presetOf('https://mine.openai.azure.com/openai/v1')?.id).toBe('azure');
  });
});

describe('redaction', () => {
  it('takes keys out, ours and what looks like one', () => {
    expect(redact('Key mykey123 refused, Bearer abc.def, sk-proj-***wxyz1', ['mykey123'])).toBe('Key [key] refused, [key] [key]');
    expect(redact(`${'a'.repeat(294)} sk-0123456789abcdef`, [])).not.toContain('sk-0');
  });
});
