import { resolve } from 'node:path';
import type { Command } from 'commander';
import { directionSchema } from '../../../core/competition/manifest';
import { CompetitionError } from '../../../node/competitions/competitionError';
import { ImportError } from '../../../node/importers/importError';
import { importOwnEvaluation, type OwnImport } from '../../../node/importers/ownEvaluation';
import { podiumHome } from '../../../node/storage/podiumHome';
import { untilInterrupted } from '../../interrupt';
import { reportError, writeJson, writeLine } from '../../output';
import { parseChoice, parseWhole, UsageError } from '../../usage';

interface Flags {
  readonly command: string;
  readonly direction: string;
  readonly out: string;
  readonly label?: string;
  readonly seconds?: string;
  readonly change?: string[];
  readonly title?: string;
  readonly id?: string;
  readonly json?: boolean;
}

/** `podium import own <folder>`: a folder, a command and a direction become a self-scored competition. */
export function registerOwnEvaluation(parent: Command): void {
  parent
    .command('own')
    .description('your own evaluation: improve the files of a folder by the score that a command prints (self-scored)')
    .argument('<folder>', 'what is to be improved, with what judges it; data below data/')
    .requiredOption('--command <command>', 'run in a copy of the folder; the last line that it prints is `score: <number>`, JSON with "score", or a number')
    .requiredOption('--direction <direction>', 'maximize or minimize')
    .requiredOption('--out <folder>', 'where the competition folder is made')
    .option('--change <glob...>', 'files that players may change (default: all text files that the command does not name); the others are read-only')
    .option('--label <name>', 'what the score is called')
    .option('--seconds <n>', 'time limit of one evaluation (default 600)')
    .option('--title <title>', 'title of the competition')
    .option('--id <id>', 'id of the competition')
    .option('--json', 'print one JSON object')
    .action(async (folder: string, flags: Flags) => {
      const json = flags.json ?? false;
      try {
        const { command, label, change, title, id } = flags;
        const own = {
          folder,
          command,
          direction: parseChoice('direction', flags.direction, directionSchema.options),
          ...(label === undefined ? {} : { label }),
          ...(change === undefined ? {} : { change: change.flatMap((globs) => globs.split(',')) }),
          ...(title === undefined ? {} : { title }),
          ...(id === undefined ? {} : { id }),
          ...(flags.seconds === undefined ? {} : { seconds: parseWhole('seconds', flags.seconds, 1) }),
        };
        const report = await untilInterrupted((signal) => importOwnEvaluation(own, resolve(flags.out), { home: podiumHome(), signal }));
        if (json) writeJson(report);
        else print(report);
        if (report.competition === null) process.exitCode = 1;
      } catch (error) {
        reportError(error, json, error instanceof UsageError || ImportError.is(error) || CompetitionError.is(error, 'exists') ? 2 : 1);
      }
    });
}

function print({ competition, solution, readOnly, data, findings }: OwnImport): void {
  writeLine(`May change: ${solution.join(', ') || 'nothing'}`);
  writeLine(`Read-only:  ${readOnly.join(', ') || 'nothing'}`);
  if (data.length > 0) writeLine(`Data:       ${data.length} files`);
  for (const { severity, message, fix } of findings) writeLine(`${severity}: ${message} ${fix}`);
  if (competition !== null) writeLine(`\n${competition}\n\`podium run ${competition} --agent offline\` measures it as it is.`);
}
