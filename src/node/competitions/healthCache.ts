import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { healthSchema, type Health } from '../../core/competition/finding';
import { CompetitionError } from './competitionError';

/** Counts up when checks change, so that old results are not shown for new rules. */
const rules = 1;

/**
 * Health results by the hash of everything they were made from, under
 * `PODIUM_HOME/cache/health`: the checks take a second on a few thousand texts. Only a cache:
 * an unreadable entry is made again.
 */
export class HealthCache {
  constructor(private readonly home: string) {}

  /** The kept result for `hash`, or that of `check`, which is kept then. Throws CompetitionError `home_failed`. */
  async through(hash: string, check: () => Health): Promise<Health> {
    const folder = join(this.home, 'cache', 'health');
    const file = join(folder, `${rules}-${hash}.json`);
    const kept = await readKept(file);
    if (kept !== undefined) return kept;
    const health = check();
    const temporary = `${file}.${randomBytes(6).toString('hex')}`;
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await writeFile(temporary, JSON.stringify(health), { mode: 0o600 });
      await rename(temporary, file);
    } catch (error) {
      await rm(temporary, { force: true });
      throw new CompetitionError('home_failed', `${folder} cannot be written.`, 'Check that PODIUM_HOME can be written and has space.', { cause: error });
    }
    return health;
  }
}

async function readKept(file: string): Promise<Health | undefined> {
  try {
    const parsed = healthSchema.safeParse(JSON.parse(await readFile(file, 'utf8')));
    return parsed.success ? parsed.data : undefined;
  } catch {
    // Absent or damaged: both mean that it is to be made.
    return undefined;
  }
}
