import type { Command } from 'commander';
import { CompetitionLibrary, type CompetitionEntry } from '../../node/competitions/library';
import { podiumHome } from '../../node/storage/podiumHome';
import { formatTable, reportError, writeJson, writeLine } from '../output';
import { bundledFolder } from '../packageRoot';

function rowOf(entry: CompetitionEntry): string[] {
  const metric = entry.metricLabel ? `${entry.metricLabel} ${entry.direction === 'maximize' ? '↑' : '↓'}` : '';
  return [entry.id, entry.title, entry.modality ?? 'broken', metric, entry.problem ?? entry.summary];
}

/** `podium list`: the competitions that can be played. A broken one is listed with what is wrong. */
export function registerList(program: Command): void {
  program
    .command('list')
    .description('list the bundled competitions')
    .option('--json', 'print one JSON array')
    .action(async ({ json = false }: { json?: boolean }) => {
      try {
        const entries = await new CompetitionLibrary({ bundledFolder: bundledFolder(), home: podiumHome() }).list();
        if (json) writeJson(entries);
        else {
          writeLine(formatTable([['ID', 'TITLE', 'KIND', 'METRIC', 'TASK'], ...entries.map(rowOf)]));
          writeLine('\n`podium show <id>` tells more, `podium run <id> --agent offline` plays one.');
        }
      } catch (error) {
        reportError(error, json);
      }
    });
}
