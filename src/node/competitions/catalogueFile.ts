import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { catalogueSchema, type Catalogue } from '../../core/competition/catalogue';
import { CompetitionError } from './competitionError';

/** The bundled catalogue. @param media Podium's own `media/`. @throws CompetitionError `bad_file` */
export async function readCatalogue(media: string): Promise<Catalogue> {
  const file = join(media, 'catalogue.json');
  try {
    return catalogueSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    throw new CompetitionError('bad_file', `The catalogue ${file} cannot be read.`, 'Install Podium again.', { cause: error });
  }
}
