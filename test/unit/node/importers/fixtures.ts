import { join } from 'node:path';
import { readCatalogue } from '../../../../src/node/competitions/catalogueFile';

/** Small checkouts in the benchmarks' formats, made for these tests. */
export const checkouts = join(import.meta.dirname, '../../../fixtures/importers');
export const media = join(import.meta.dirname, '../../../../media');
export const catalogue = () => readCatalogue(media);
