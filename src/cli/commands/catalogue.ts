import { findInCatalogue, parseSize, searchCatalogue, type CatalogueFilter, type CatalogueItem } from '../../core/competition/catalogueSearch';
import { benchmarks, sizeText } from '../../core/competition/words';
import { modalitySchema } from '../../core/competition/manifest';
import { findAssets } from '../../node/assets';
import { readCatalogue } from '../../node/competitions/catalogueFile';
import { formatTable, writeJson, writeLine } from '../output';
import { parseChoice, UsageError } from '../usage';

/** The catalogue of public competitions on the command line: `podium list --catalogue` and `podium show <id>`. */

export interface CatalogueFlags {
  readonly search?: string;
  readonly modality?: string;
  readonly metric?: string;
  readonly benchmark?: string;
  readonly medals?: boolean;
  readonly maxSize?: string;
}

/** Prints the competitions that fit. @throws UsageError, CompetitionError */
export async function listCatalogue(flags: CatalogueFlags, json: boolean): Promise<void> {
  const items = searchCatalogue(await readCatalogue(findAssets().media), readFilter(flags));
  if (json) {
    writeJson(items);
    return;
  }
  const rows = items.map((item) => [item.id, item.modality, item.metric.length > 32 ? `${item.metric.slice(0, 31)}…` : item.metric, item.dataBytes === null ? '' : sizeText(item.dataBytes), item.benchmarks.join(' '), item.medals ? 'medals' : '', item.title]);
  writeLine(formatTable([['ID', 'KIND', 'METRIC', 'SIZE', 'BENCHMARK', '', 'TITLE'], ...rows], new Set([3])));
  writeLine(`\n${items.length} competitions. \`podium show <id>\` says what is needed to get one.`);
}

/** Prints what is known of a competition whose data is not here; false when the catalogue lacks it. */
export async function showFromCatalogue(id: string, json: boolean): Promise<boolean> {
  const item = findInCatalogue(await readCatalogue(findAssets().media), id);
  if (item === undefined) return false;
  if (json) writeJson({ catalogue: true, ...item });
  else writeLine(textOf(item));
  return true;
}

function readFilter({ search, modality, metric, benchmark, medals, maxSize }: CatalogueFlags): CatalogueFilter {
  const bytes = maxSize === undefined ? undefined : parseSize(maxSize);
  if (maxSize !== undefined && bytes === undefined) throw new UsageError(`--max-size takes a size, not "${maxSize}".`, 'Examples: 500MB, 2GB.');
  return {
    search,
    modality: modality === undefined ? undefined : parseChoice('modality', modality, modalitySchema.options),
    metric,
    benchmark: benchmark === undefined ? undefined : parseChoice('benchmark', benchmark, benchmarks),
    medals,
    maxSize: bytes,
  };
}

function textOf(item: CatalogueItem): string {
  const better = item.direction === null ? '' : item.direction === 'maximize' ? ', higher is better' : ', lower is better';
  return [
    `${item.title}${item.host === null ? '' : `\n${item.host}`}`,
    `Metric: ${item.metric}${better}`,
    [`Kind: ${item.modality}`, ...(item.teams === null ? [] : [`${item.teams} teams`]), ...(item.dataBytes === null ? [] : [sizeText(item.dataBytes)]), `in ${item.benchmarks.join(', ')}`].join('; '),
    `To get it:\n${item.needs.map((need, index) => `  ${index + 1}. ${need}`).join('\n')}`,
    ...(item.url === null ? [] : [`Page: ${item.url}`]),
  ].join('\n\n');
}
