import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { chmod, mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { CancelledError } from '../../core/errors';
import { homeFolder } from '../storage/podiumHome';
import { CompetitionError } from './competitionError';
import { listFolder } from './files';
import { placeContent, type Content, type WriteOptions } from './writeCompetition';

/** What a hidden test is run with. */
export interface HiddenTest {
  /** In place of the competition's `data/`. */
  readonly dataFolder: string;
  /** Put over the attempt's files, and over those of the evaluation. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/**
 * Hidden tests by content: `PODIUM_HOME/tests/<sha256>/{data,files}`. The name says what must be
 * inside. No player's sandbox ever binds it.
 */
export class HiddenTests {
  constructor(private readonly home: string) {}

  /**
   * Stores a test that lies nowhere else and returns its name.
   * @param contents by path below `data/` and `files/`; of two for one path the later one counts
   * @throws CompetitionError `home_failed`, `bad_file`; CancelledError
   */
  async add(contents: ReadonlyMap<string, Content>, options: Pick<WriteOptions, 'progress' | 'signal'> = {}): Promise<string> {
    const folder = await homeFolder(this.home, 'tests');
    const temporary = join(folder, `.${randomBytes(6).toString('hex')}.partial`);
    try {
      for (const part of ['data', 'files']) await mkdir(join(temporary, part), { recursive: true, mode: 0o700 });
      for (const [path, content] of contents) {
        if (options.signal?.aborted) throw new CancelledError('The import was cancelled.');
        options.progress?.(path);
        await placeContent(content, join(temporary, ...path.split('/')), options);
      }
      const name = await digest(temporary);
      const place = join(folder, name);
      // What is there already is the same, or was changed and is made again.
      if ((await exists(place)) && (await digest(place)) === name) return name;
      await rm(place, { recursive: true, force: true });
      await chmod(temporary, 0o700);
      await rename(temporary, place);
      return name;
    } catch (error) {
      if (error instanceof CompetitionError || error instanceof CancelledError) throw error;
      throw new CompetitionError('home_failed', `The hidden test could not be copied to ${folder}.`, 'Check that PODIUM_HOME can be written and has space.', { cause: error });
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
  }

  /** A stored test, with what its name promises. @throws CompetitionError `no_answers` */
  async find(name: string): Promise<HiddenTest> {
    const place = join(this.home, 'tests', name);
    if (!(await exists(place))) throw new CompetitionError('no_answers', `The hidden test of this competition is not in ${place}.`, 'Import the competition again on this machine.');
    if ((await digest(place)) !== name) throw new CompetitionError('no_answers', `${place} was changed: it no longer holds the test that the competition was imported with.`, 'Import the competition again.');
    const files = await listFolder(place, 'files');
    return { dataFolder: join(place, 'data'), files: new Map(await Promise.all(files.map(async ({ path }) => [path.slice('files/'.length), await readFile(join(place, path))] as const))) };
  }
}

const exists = (path: string): Promise<boolean> => stat(path).then((found) => found.isDirectory(), () => false);

/** sha256 over the paths and contents of both folders. */
async function digest(folder: string): Promise<string> {
  const whole = createHash('sha256');
  for (const part of ['data', 'files']) {
    for (const { path } of await listFolder(folder, part)) {
      const hash = createHash('sha256');
      await pipeline(createReadStream(join(folder, path)), hash);
      whole.update(`${path}\0${hash.digest('hex')}\n`);
    }
  }
  return whole.digest('hex');
}
