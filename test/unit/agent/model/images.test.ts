import { decode, encode } from 'fast-png';
import { afterEach, describe, expect, it } from 'vitest';
import { imageFacts } from '../../../../src/core/environment/images';
import { readsImages } from '../../../../src/core/agent/model/vision';
import { imageUrl } from '../../../../src/node/models/imageUrl';
import type { ModelServer, ScriptedCall, Turn } from '../../../fakes/modelServer';
import { plot, world } from '../../environment/fakes';
import { closeServers, modelOf, noModel, play, serve } from './play';

/** Plots reach a model that reads pictures, over real HTTP. */
afterEach(closeServers);

const turn = (...calls: ScriptedCall[]): Turn => ({ calls, usage: [500, 50] });
const finish = turn({ name: 'finish', args: {} });
const draw = (path: string, size: string): ScriptedCall[] => [
  { name: 'write_file', args: { path: 'draw.py', content: `plot ${size} ${path}` } },
  { name: 'run_script', args: { path: 'draw.py' } },
];
const drawCell: ScriptedCall[] = [{ name: 'insert_cell', args: { path: 'n.ipynb', source: 'plot 640x480' } }, { name: 'run_all', args: { path: 'n.ipynb' } }];
const pictures = (server: ModelServer, at: number) => (server.requests.at(at)?.body.messages ?? []).flatMap((message) => message.images ?? []);
const told = (server: ModelServer, at: number) => (server.requests.at(at)?.body.messages ?? []).map((message) => message.content ?? '').join('\n');

describe('pictures', () => {
  it('of cells and scripts follow the results that tell of them; the journal has their hash only', async () => {
    const w = world({ agent: 'scripted' });
    const server = await serve([turn(...draw('plot.png', '800x600'), ...drawCell), finish]);
    await play(w, modelOf(server));
    const roles = server.requests[1]?.body.messages?.map((message) => message.role);
    expect(roles?.slice(-6)).toEqual(['assistant', 'tool', 'tool', 'tool', 'tool', 'user']);
    const shown = pictures(server, 1);
    expect(shown).toHaveLength(2);
    expect(shown[0]).toBe(`data:image/png;base64,${plot(800, 600).toString('base64')}`);
    expect(told(server, 1)).toContain('[1 plot, 800×600, shown below]');
    expect(told(server, 1)).toMatch(/run_script: plot\.png; run_all: cell \w+/);
    expect(JSON.stringify(w.events).match(/"width":(640|800)/g)).toHaveLength(2);
    // The notebook keeps its plot in a blob; nothing of a picture is in the journal.
    expect(JSON.stringify(w.events)).not.toContain(plot(640, 480).toString('base64').slice(0, 40));
    // Replayed, the model is not asked and the same is journaled.
    const again = world({ from: w });
    await play(again, noModel);
    expect(again.events).toEqual(w.events);
  });

  it('are told of, with their size, to a model that reads none', async () => {
    const w = world({ agent: 'scripted' });
    const server = await serve([turn(...draw('plot.png', '640x480')), finish]);
    await play(w, modelOf(server), { images: false });
    expect(pictures(server, 1)).toEqual([]);
    expect(told(server, 1)).toContain('[1 plot, 640×480, not shown]');
  });

  it.each([
    [400, 'Invalid content type. image_url is only supported by certain models.'],
    [400, 'scripted is not a multimodal model'],
    [404, 'No endpoints found that support image input'],
    [422, 'messages[5]: content must be a string'],
    [500, 'image input is not supported - hint: you may need to provide the mmproj'],
  ])('are switched off for the run by a refusal (%d %s), which goes on', async (status, message) => {
    const w = world({ agent: 'scripted' });
    const server = await serve([turn(...draw('a.png', '640x480')), turn(...draw('b.png', '320x240')), finish], { noImages: { status, message } });
    await play(w, modelOf(server));
    expect(w.events.filter((event) => event.type === 'waiting')).toEqual([]);
    expect(w.events.flatMap((event) => (event.type === 'note' ? [event.data.text] : []))).toEqual([expect.stringContaining('takes no pictures')]);
    // Asked with pictures once: afterwards they are told of.
    expect(server.requests.filter((request) => request.body.messages?.some((one) => one.images))).toHaveLength(1);
    expect(told(server, -1)).toContain('[1 plot, 640×480, not shown]');
    expect(told(server, -1)).toContain('[1 plot, 320×240, not shown]');
  });

  it('of old turns are dropped, several at once', async () => {
    const w = world({ agent: 'scripted', limits: { steps: 100 } });
    const server = await serve([...Array.from({ length: 10 }, (_, at) => turn(...draw(`p${at}.png`, `${100 + at}x50`))), finish]);
    await play(w, modelOf(server));
    const counts = server.requests.map((_, at) => pictures(server, at).length);
    expect(counts).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 4, 5]);
    expect(told(server, -1)).toContain('[1 plot, 100×50, not shown]');
    expect(told(server, -1)).not.toContain('[1 plot, 109×50, not shown]');
  });

  it('count in the estimate of tokens', async () => {
    const spent = async (call: ScriptedCall[]) => {
      const w = world({ agent: 'scripted' });
      await play(w, modelOf(await serve([{ calls: call, usage: null }, { ...finish, usage: null } as Turn])));
      return w.environment.state.spent.tokens;
    };
    // 1,000 × 750 pixels.
    expect((await spent(draw('p.png', '1000x750'))) - (await spent(draw('p.txt', '1000x750')))).toBeGreaterThan(950);
  });
});

describe('a picture', () => {
  const blobs = (content: Uint8Array) => ({ get: () => Promise.resolve(content) });

  it('has its kind and size in its head', () => {
    expect(imageFacts(plot(640, 480))).toEqual({ mime: 'image/png', width: 640, height: 480 });
    const jpeg = Uint8Array.from([0xff, 0xd8, 0xff, 0xe0, 0, 4, 0, 0, 0xff, 0xc2, 0, 11, 8, 1, 0xe0, 2, 0x80, 3, 0, 0, 0]);
    expect(imageFacts(jpeg)).toEqual({ mime: 'image/jpeg', width: 640, height: 480 });
    for (const other of [new Uint8Array(), Uint8Array.from([0xff, 0xd8, 0xff]), new TextEncoder().encode('GIF89a, a long text that is no picture'), plot(640, 480).subarray(0, 20)]) expect(imageFacts(other)).toBeUndefined();
  });

  it.each([1, 2, 3, 4] as const)('that is large is sent smaller, with %d channels', async (channels) => {
    const large = encode({ width: 3_000, height: 1_000, channels, data: new Uint8Array(3_000_000 * channels).fill(200) });
    const url = await imageUrl({ hash: 'x', mime: 'image/png', width: 3_000, height: 1_000 }, blobs(large));
    const small = decode(Buffer.from(url?.split(',')[1] ?? '', 'base64'));
    expect([small.width, small.height, small.channels]).toEqual([1_500, 500, channels]);
    expect(small.data.every((value) => value === 200)).toBe(true);
  });

  it('that cannot be made smaller is not sent', async () => {
    const broken = plot(3_000, 10).subarray(0, 40);
    expect(await imageUrl({ hash: 'x', mime: 'image/png', width: 3_000, height: 10 }, blobs(broken))).toBeUndefined();
    expect(await imageUrl({ hash: 'x', mime: 'image/jpeg', width: 3_000, height: 10 }, blobs(broken))).toBeUndefined();
    expect(await imageUrl({ hash: 'x', mime: 'image/png', width: 30_000, height: 30_000 }, blobs(broken))).toBeUndefined();
  });
});

describe('whether a model reads pictures', () => {
  it.each([
    ['gpt-4o-mini-2024-07-18', true],
    ['openai/GPT-4.1', true],
    ['o3-mini', false],
    ['o3', true],
    ['deepseek-chat', false],
    ['qwen2.5-vl:7b', true],
    ['my-own-model', null],
    ['gpt-4', null],
  ])('%s: %s', (model, reads) => {
    expect(readsImages(model)).toBe(reads);
  });

  it('is the person\'s to say', () => {
    const own = { models: [{ name: 'my-*', images: true }, { name: 'gpt-4o*', images: false }] };
    expect(readsImages('my-own-model', own)).toBe(true);
    expect(readsImages('gpt-4o', own)).toBe(false);
    expect(readsImages('gpt-4.1', own)).toBe(true);
  });
});
