import { readdir, readFile, lstat, open } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { ToRunPanel } from '../../protocol/panel';
import { readJournal } from '../../node/storage/journal';
import type { RunHandle } from '../runs/runHandle';
import { costOf } from './attemptCost';
import { milestonesOf } from './milestones';

const maxFiles = 40;
const maxFileBytes = 512 * 1024;
const maxLogBytes = 256 * 1024;

/** Folder of an attempt's code, as files that a person can open. */
export function attemptFolder(run: Pick<RunHandle, 'folder'>, attempt: number): string {
  return join(run.folder, 'attempts', String(attempt));
}

/** Answer to `readAttempt`: text files with the first parent's text beside each, the newest log's end, the milestones, and what it cost. */
export async function readAttempt(run: RunHandle, id: number): Promise<ToRunPanel> {
  const attempt = run.view.attempts.find((candidate) => candidate.id === id);
  const parent = attempt?.parents[0];
  const files = await readTexts(join(attemptFolder(run, id), 'code'));
  const before = parent === undefined ? undefined : await readTexts(join(attemptFolder(run, parent), 'code'));
  const { events } = await readJournal(run.folder);
  const cost = costOf(events, id);
  return {
    type: 'attempt',
    id,
    files: [...files].map(([path, text]) => ({ path, text, before: before?.get(path) ?? null })),
    log: await readLog(attemptFolder(run, id)),
    milestones: milestonesOf(events, id),
    ...(cost ? { cost } : {}),
  };
}

/** Paths of an attempt's code files, relative to its code folder, sorted; scripts and notebooks first. */
export async function listCode(run: RunHandle, attempt: number): Promise<string[]> {
  const rank = (path: string) => (path.endsWith('.py') ? 0 : path.endsWith('.ipynb') ? 1 : 2);
  const texts = await readTexts(join(attemptFolder(run, attempt), 'code'));
  return [...texts.keys()].sort((a, b) => rank(a) - rank(b) || a.localeCompare(b));
}

async function readTexts(folder: string): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  for (const path of await listRegularFiles(folder)) {
    if (texts.size >= maxFiles) break;
    const file = join(folder, path);
    if ((await lstat(file)).size > maxFileBytes) continue;
    const bytes = await readFile(file);
    if (!bytes.includes(0)) texts.set(path, bytes.toString('utf8'));
  }
  return texts;
}

/** Regular files below a folder, without following links; none when the folder does not exist yet. */
async function listRegularFiles(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
      .sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** The end of the newest job's log: `logs/step-<n>.log`, one for each step that ran something. */
async function readLog(folder: string): Promise<string> {
  let newest = -1;
  for (const path of await listRegularFiles(join(folder, 'logs'))) newest = Math.max(newest, Number(/^step-(\d+)\.log$/.exec(path)?.[1] ?? -1));
  return newest < 0 ? '' : readTail(join(folder, 'logs', `step-${newest}.log`));
}

async function readTail(path: string): Promise<string> {
  let file;
  try {
    if (!(await lstat(path)).isFile()) return '';
    file = await open(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
  try {
    const { size } = await file.stat();
    const start = Math.max(0, size - maxLogBytes);
    const buffer = Buffer.alloc(size - start);
    await file.read(buffer, 0, buffer.length, start);
    return buffer.toString('utf8');
  } finally {
    await file.close();
  }
}
