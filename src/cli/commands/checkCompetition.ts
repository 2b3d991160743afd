import { severityOrder, type Finding } from '../../core/competition/finding';
import { CompetitionLibrary } from '../../node/competitions/library';
import { podiumHome } from '../../node/storage/podiumHome';
import { formatTable, writeJson, writeLine } from '../output';
import { bundledFolder } from '../packageRoot';

const marks: Readonly<Record<Finding['severity'], string>> = { error: 'BAD', warning: 'look', info: 'note' };

/**
 * `podium doctor --competition <id|dir>`: every check, most serious finding first. Exit 1 on an
 * error, with which scores cannot be trusted. Throws CompetitionError `not_found`, `home_failed`.
 */
export async function checkCompetition(idOrFolder: string, json: boolean): Promise<void> {
  const { folder, health } = await new CompetitionLibrary({ bundledFolder: bundledFolder(), home: podiumHome() }).check(idOrFolder, { thorough: true });
  const findings = [...health.findings].sort((a, b) => severityOrder.indexOf(a.severity) - severityOrder.indexOf(b.severity));
  const sound = findings.every(({ severity }) => severity !== 'error');
  if (json) writeJson({ competition: idOrFolder, folder, sound, findings, passed: health.passed });
  else {
    writeLine(formatTable([...findings.map(({ severity, message, fix }) => [marks[severity], `${message} ${fix}`]), ...health.passed.map((text) => ['ok', text])]));
    writeLine(`\n${folder}: ${sound ? 'its scores can be trusted as far as was looked.' : 'its scores cannot be trusted.'}`);
  }
  process.exitCode = sound ? 0 : 1;
}
