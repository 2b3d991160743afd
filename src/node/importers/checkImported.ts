import type { Finding } from '../../core/competition/finding';
import { CompetitionLibrary } from '../competitions/library';

/** The health check of a competition that was just made. @throws CompetitionError when a file of it cannot be read */
export async function checkImported(folder: string, home: string): Promise<readonly Finding[]> {
  const library = new CompetitionLibrary({ bundledFolder: folder, home, workspace: null });
  const { findings } = await (await library.load(folder)).health();
  return findings;
}
