import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { healthSchema, type Health } from '../../core/competition/finding';
import { CompetitionError } from './competitionError';

/** Counts up when checks change, so that old results are not shown for new rules. */
const rules = 4;

/**
 * Health results by the hash of everything they were made from, under
 * `PODIUM_HOME/cache/health`, and the last one of each folder: the checks take a second on a few thousand texts. Only a cache:
 * an unreadable entry is made again.
 */
export class HealthCache {
  private readonly folder: string;

  constructor(home: string) {
    this.folder = join(home, 'cache', 'health');
  }

  /** The kept result for `hash`, or that of `check`, which is kept then. Throws CompetitionError `home_failed`. */
  async through(hash: string, check: () => Health): Promise<Health> {
    const name = `${rules}-${hash}.json`;
    const kept = await this.read(name, healthSchema);
    if (kept !== undefined) return kept;
    const health = check();
    await this.write(name, health);
    return health;
  }

  /** Keeps the last result of a folder, for lists that cannot wait for a check. Throws CompetitionError `home_failed`. */
  async remember(folder: string, stamp: string, health: Health): Promise<void> {
    await this.write(lastName(folder), { folder, stamp, health });
  }

  /** The last result of a folder with this stamp. */
  async remembered(folder: string, stamp: string): Promise<Health | undefined> {
    const last = await this.read(lastName(folder), lastSchema);
    return last?.folder === folder && last.stamp === stamp ? last.health : undefined;
  }

  private async read<T>(name: string, schema: z.ZodType<T>): Promise<T | undefined> {
    try {
      const parsed = schema.safeParse(JSON.parse(await readFile(join(this.folder, name), 'utf8')));
      return parsed.success ? parsed.data : undefined;
    } catch {
      // Absent or damaged: both mean that it is to be made.
      return undefined;
    }
  }

  private async write(name: string, content: unknown): Promise<void> {
    const file = join(this.folder, name);
    const temporary = `${file}.${randomBytes(6).toString('hex')}`;
    try {
      await mkdir(dirname(file), { recursive: true, mode: 0o700 });
      await writeFile(temporary, JSON.stringify(content), { mode: 0o600 });
      await rename(temporary, file);
    } catch (error) {
      await rm(temporary, { force: true });
      throw new CompetitionError('home_failed', `${this.folder} cannot be written.`, 'Check that PODIUM_HOME can be written and has space.', { cause: error });
    }
  }
}

const lastSchema = z.object({ folder: z.string(), stamp: z.string(), health: healthSchema });

const lastName = (folder: string): string => `folders/${rules}-${createHash('sha256').update(folder).digest('hex')}.json`;
