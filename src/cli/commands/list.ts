import type { Command } from 'commander';
import { modalitySchema } from '../../core/competition/manifest';
import { benchmarks } from '../../core/competition/words';
import { CompetitionLibrary, type CompetitionEntry } from '../../node/competitions/library';
import { podiumHome } from '../../node/storage/podiumHome';
import { formatTable, reportError, writeJson, writeLine } from '../output';
import { bundledFolder } from '../packageRoot';
import { UsageError } from '../usage';
import { listCatalogue, type CatalogueFlags } from './catalogue';

function rowOf(entry: CompetitionEntry): string[] {
  const metric = entry.metricLabel ? `${entry.metricLabel} ${entry.direction === 'maximize' ? '↑' : '↓'}${entry.selfScored ? ', self-scored' : ''}` : '';
  return [entry.id, entry.group, entry.title, entry.modality ?? 'broken', metric, entry.problem ?? entry.summary];
}

/** `podium list`: the competitions that can be played. A broken one is listed with what is wrong. */
export function registerList(program: Command): void {
  program
    .command('list')
    .description('list the competitions: bundled ones and those in ./competitions, or the catalogue of public ones')
    .option('--catalogue', 'the public competitions that can be imported')
    .option('--search <words>', 'in the catalogue: words in id, title, host, tags or metric')
    .option('--modality <kind>', `in the catalogue: ${modalitySchema.options.join(', ')}`)
    .option('--metric <name>', 'in the catalogue: scored by this metric')
    .option('--benchmark <name>', `in the catalogue: ${benchmarks.join(', ')}`)
    .option('--medals', 'in the catalogue: with medals')
    .option('--max-size <size>', 'in the catalogue: download of at most this size, as 500MB')
    .option('--json', 'print one JSON array')
    .action(async ({ json = false, catalogue, ...filter }: CatalogueFlags & { json?: boolean; catalogue?: boolean }) => {
      try {
        if (catalogue) return await listCatalogue(filter, json);
        const [stray] = Object.keys(filter);
        if (stray !== undefined) throw new UsageError(`--${stray === 'maxSize' ? 'max-size' : stray} filters the catalogue.`, 'Give --catalogue beside it.');
        const entries = await new CompetitionLibrary({ bundledFolder: bundledFolder(), home: podiumHome() }).list();
        if (json) writeJson(entries);
        else {
          writeLine(formatTable([['ID', 'FROM', 'TITLE', 'KIND', 'METRIC', 'TASK'], ...entries.map(rowOf)]));
          writeLine('\n`podium show <id>` tells more, `podium run <id> --agent offline` plays one. `podium list --catalogue` has those that can be imported.');
        }
      } catch (error) {
        reportError(error, json, error instanceof UsageError ? 2 : 1);
      }
    });
}
