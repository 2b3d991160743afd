import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { factsOf, type Facts } from '../../../src/core/suggest/facts';
import { CompetitionLibrary } from '../../../src/node/competitions/library';

export const bundledIds = ['breast-cancer', 'debian-sections', 'diabetes-progression', 'digits', 'penguins', 'seattle-weather'] as const;
export type BundledId = (typeof bundledIds)[number];

const library = new CompetitionLibrary({ bundledFolder: join(import.meta.dirname, '../../../media/competitions'), home: join(tmpdir(), 'never-written') });

/** What suggestions know of a competition that ships with Podium. */
export async function bundledFacts(id: BundledId): Promise<Facts> {
  return factsOf(await library.load(id));
}
