import { appendFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BlobStore } from '../../../src/node/storage/blobStore';
import { journalName, readJournal, RunClock, RunJournal } from '../../../src/node/storage/journal';
import { AttemptFiles } from '../../../src/node/storage/runFolder';
import { startTime } from '../../../src/node/storage/processLock';
import { isLocked, lockRun } from '../../../src/node/storage/runLock';
import { StorageError } from '../../../src/node/storage/storageError';

let folder: string;
let now = 1_000_000;
const clock = { now: () => now };
const note = (text: string) => ({ actor: 'system', type: 'note', data: { attempt: null, text } }) as const;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'podium-journal-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('journal', () => {
  it('numbers and dates events and goes on behind them', async () => {
    const { journal: first } = await RunJournal.open(folder, clock);
    await Promise.all([first.append(note('a')), first.append(note('b'))]);
    now += 2_500;
    await first.append(note('c'));
    await first.close();
    const { journal: second } = await RunJournal.open(folder, clock);
    now += 1_000;
    const event = await second.append(note('d'));
    expect(event).toMatchObject({ seq: 4, elapsed: 3.5, ts: now });
    expect((await second.read()).map((one) => one.seq)).toEqual([1, 2, 3, 4]);
    await second.close();
  });

  it.each(['{"seq":3,"ts"', '{"seq":3,"type":"note"}\n', '\u0000\u0000'])('drops the torn last line %j', async (torn) => {
    const { journal } = await RunJournal.open(folder, clock);
    await journal.append(note('a'));
    await journal.append(note('b'));
    await journal.close();
    await appendFile(join(folder, journalName), torn);
    const { journal: again } = await RunJournal.open(folder, clock);
    await again.append(note('c'));
    await again.close();
    const { events } = await readJournal(folder);
    expect(events.map((event) => [event.seq, event.type === 'note' && event.data.text])).toEqual([[1, 'a'], [2, 'b'], [3, 'c']]);
  });

  it('refuses a line that is broken in the middle, and touches nothing', async () => {
    const text = '{"seq":1,"ts":1,"elapsed":0,"actor":"system","type":"note","data":{"attempt":null,"text":"a"}}\nbroken\n{"seq":3}\n';
    await writeFile(join(folder, journalName), text);
    await expect(RunJournal.open(folder, clock)).rejects.toMatchObject({ reason: 'corrupt' });
    expect(await readFile(join(folder, journalName), 'utf8')).toBe(text);
    expect(await isLocked(folder)).toBe(false);
  });

  it('keeps and skips events that it does not know', async () => {
    const future = '{"seq":1,"ts":1,"elapsed":0,"actor":"system","type":"from_the_future","data":{"x":1}}\n';
    await writeFile(join(folder, journalName), future);
    const { journal } = await RunJournal.open(folder, clock);
    expect(await journal.append(note('a'))).toMatchObject({ seq: 2 });
    await journal.close();
    expect(await readFile(join(folder, journalName), 'utf8')).toContain('from_the_future');
  });

  it('does not count pauses as run time', () => {
    const time = new RunClock(clock, 10);
    now += 1_000;
    time.pause();
    now += 60_000;
    expect(time.elapsed()).toBe(11);
    time.resume();
    now += 1_000;
    expect(time.elapsed()).toBe(12);
  });
});

describe('lock', () => {
  it('has one holder', async () => {
    const lock = await lockRun(folder);
    await expect(lockRun(folder)).rejects.toSatisfy((error) => StorageError.is(error, 'locked'));
    expect(await isLocked(folder)).toBe(true);
    await lock.release();
    await (await lockRun(folder)).release();
  });

  it.each([
    ['a process that has ended', () => ({ pid: 2 ** 22 + 1, started: '1' })],
    ['a process whose id another one has now', () => ({ pid: process.pid, started: 'long ago' })],
  ])('is taken over from %s', async (_name, holder) => {
    const { hostname } = await import('node:os');
    await writeFile(join(folder, 'lock'), JSON.stringify({ ...holder(), host: hostname() }));
    expect(await isLocked(folder)).toBe(false);
    await (await lockRun(folder)).release();
  });

  it('knows when a process began', async () => expect(await startTime(process.pid)).toBe(await startTime(process.pid)));
});

describe('blobs and attempt files', () => {
  it('keeps content by its hash, once', async () => {
    const blobs = new BlobStore(join(folder, 'blobs'));
    const hash = await blobs.put('text');
    expect(await blobs.put(new TextEncoder().encode('text'))).toBe(hash);
    expect(new TextDecoder().decode(await blobs.get(hash))).toBe('text');
    await expect(blobs.get('0'.repeat(64))).rejects.toMatchObject({ reason: 'missing_blob' });
    await expect(blobs.get('../../etc/passwd')).rejects.toMatchObject({ reason: 'missing_blob' });
  });

  it('mirrors a working copy and removes what is gone', async () => {
    const files = new AttemptFiles(folder);
    const bytes = (text: string) => new TextEncoder().encode(text);
    await files.writeCode(1, new Map([['a.py', bytes('1')], ['lib/b.py', bytes('2')]]));
    await files.writeCode(1, new Map([['lib/b.py', bytes('3')]]));
    expect(await readFile(join(folder, 'attempts/1/code/lib/b.py'), 'utf8')).toBe('3');
    await expect(stat(join(folder, 'attempts/1/code/a.py'))).rejects.toThrow();
    await expect(files.write(1, '../../x', 'y')).rejects.toThrow('leaves');
  });
});
