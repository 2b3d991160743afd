import { createHash, randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CompetitionError } from './competitionError';
import { requireFile } from './files';

const maxAnswerBytes = 1024 ** 3;

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

async function readIfThere(file: string): Promise<Buffer | undefined> {
  try {
    return await readFile(file);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Answers as a manifest names them. */
export interface AnswersName {
  readonly sha256: string;
  readonly file: 'answers.csv' | 'answers.jsonl';
}

/**
 * Answers by content: `PODIUM_HOME/answers/<sha256>/answers.csv`, readable by the owner only.
 * The name says what must be inside, so a changed copy is noticed and made again.
 */
export class AnswerStore {
  constructor(private readonly home: string) {}

  /**
   * Copies `private/answers.csv` of a competition folder and returns the path of the copy.
   * Throws CompetitionError: `no_answers`, `bad_file`, `home_failed`.
   */
  async keep(competitionFolder: string): Promise<string> {
    const source = await requireFile(competitionFolder, 'private/answers.csv', {
      maxBytes: maxAnswerBytes,
      reason: 'no_answers',
      fix: 'Without the answers the competition can be read but not graded: put them there (id, targets, Usage) or import the competition again.',
    });
    const content = await readFile(source);
    await this.add(content);
    return this.path({ sha256: sha256(content), file: 'answers.csv' });
  }

  /** Stores answers that lie nowhere else and returns their name for the manifest. Throws CompetitionError `home_failed`. */
  async add(content: Uint8Array, name: AnswersName['file'] = 'answers.csv'): Promise<AnswersName> {
    const answers = { sha256: sha256(content), file: name };
    const file = this.path(answers);
    const folder = dirname(file);
    try {
      const present = await readIfThere(file);
      if (present !== undefined && sha256(present) === answers.sha256) return answers;
      await mkdir(folder, { recursive: true, mode: 0o700 });
      // Written beside and renamed, so that no reader ever sees half a file.
      const temporary = join(folder, `.answers-${randomBytes(6).toString('hex')}`);
      try {
        await writeFile(temporary, content, { mode: 0o600, flag: 'wx' });
        await chmod(temporary, 0o600);
        await rename(temporary, file);
      } catch (error) {
        await rm(temporary, { force: true });
        throw error;
      }
    } catch (error) {
      throw new CompetitionError('home_failed', `The answers could not be copied to ${folder}.`, 'Check that PODIUM_HOME can be written and has space.', {
        cause: error,
      });
    }
    return answers;
  }

  /** The path of stored answers, with what their name promises. Throws CompetitionError `no_answers`. */
  async find(answers: AnswersName): Promise<string> {
    const file = this.path(answers);
    const content = await readIfThere(file);
    if (content === undefined) {
      throw new CompetitionError('no_answers', `The answers of this competition are not in ${dirname(file)}.`, 'Import the competition again on this machine; until then it can be read but not graded.');
    }
    if (sha256(content) !== answers.sha256) {
      throw new CompetitionError('no_answers', `${file} was changed: it no longer holds the answers that the competition was imported with.`, 'Import the competition again.');
    }
    return file;
  }

  private path({ sha256: hash, file }: AnswersName): string {
    return join(this.home, 'answers', hash, file);
  }
}
