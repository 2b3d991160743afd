import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunEvent } from '../../src/core/run/events';
import { foldAll, hasEnded } from '../../src/core/run/fold';
import { journalName, readJournal } from '../../src/node/storage/journal';

/**
 * Makes the journal of a short, really played run a long one: the events of its attempts from the
 * second on again and again under new numbers, until it holds `length` events.
 */
export async function lengthen(folder: string, length: number): Promise<void> {
  const { events } = await readJournal(folder);
  const from = events.findIndex((event) => event.type === 'attempt_created' && event.data.id === 2);
  const to = events.findIndex((event) => event.type === 'selected' || event.type === 'run_finished');
  const block = events.slice(from, to);
  const attempts = block.filter((event) => event.type === 'attempt_created').length;
  const steps = block.filter((event) => event.type === 'step_started').length;
  const lines = events.slice(0, to).map((event) => JSON.stringify(event));
  for (let round = 1; lines.length < length; round++) {
    for (const event of block.slice(0, length - lines.length)) {
      const shifted = JSON.stringify(event, (key, value: unknown) => shift(key, value, round * attempts, round * steps));
      lines.push(shifted.replace(/^\{"seq":\d+/, `{"seq":${lines.length + 1}`));
    }
  }
  await writeFile(join(folder, journalName), `${lines.join('\n')}\n`);
}

function shift(key: string, value: unknown, attempts: number, steps: number): unknown {
  if (key === 'parents' && Array.isArray(value)) return value.map((parent: unknown) => (typeof parent === 'number' ? parent + attempts : parent));
  if (typeof value !== 'number') return value;
  if (key === 'attempt' || key === 'id') return value + attempts;
  return key === 'step' || key === 'call' ? value + steps : value;
}

/** What a window does to show a run that nobody holds: read, check, fold. Returns how much there is to see. */
export async function readView(folder: string): Promise<{ events: number; attempts: number; ended: boolean }> {
  const { events } = await readJournal(folder);
  const view = foldAll(events);
  if (!view) throw new Error('an empty journal');
  return { events: events.length, attempts: view.attempts.length, ended: hasEnded(view) };
}

/** The floor: the same bytes, split into lines, each through JSON.parse and nothing else. */
export async function parseAlone(folder: string): Promise<number> {
  const values: RunEvent[] = (await readFile(join(folder, journalName), 'utf8')).trimEnd().split('\n').map((line) => JSON.parse(line) as RunEvent);
  return values.length;
}
