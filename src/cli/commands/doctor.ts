import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { describeError } from '../../core/errors';
import type { RuntimeStatus } from '../../core/runtime/runtime';
import { findAssets } from '../../node/assets';
import { CompetitionLibrary } from '../../node/competitions/library';
import { runtimesOf } from '../../node/runner/compose';
import { podiumHome } from '../../node/storage/podiumHome';
import { formatTable, reportError, writeJson, writeLine } from '../output';

interface Check {
  readonly name: string;
  readonly state: 'good' | 'note' | 'bad';
  readonly found: string;
  readonly fix?: string;
}

const marks = { good: 'ok', note: 'note', bad: 'BAD' } as const;

/** `podium doctor`: what this machine can do, and what is missing. Exit 1 when no run can be started. */
export function registerDoctor(program: Command): void {
  program
    .command('doctor')
    .description('look whether runs can be started on this machine')
    .option('--json', 'print one JSON object')
    .action(async ({ json = false }: { json?: boolean }) => {
      try {
        const checks = await allChecks();
        const ready = checks.every((check) => check.state !== 'bad');
        if (json) writeJson({ ready, checks });
        else writeLine(formatTable(checks.map((check) => [marks[check.state], check.name, check.fix ? `${check.found} ${check.fix}` : check.found])));
        process.exitCode = ready ? 0 : 1;
      } catch (error) {
        reportError(error, json);
      }
    });
}

async function allChecks(): Promise<Check[]> {
  const assets = findAssets();
  const home = podiumHome();
  const runtimes = runtimesOf(assets, home, () => undefined);
  const [docker, local] = await Promise.all([runtimes.docker.probe(), runtimes.local.probe()]);
  return [
    nodeCheck(),
    runtimeCheck('Docker', docker, !local.available),
    runtimeCheck('Local sandbox', local, !docker.available),
    await competitionCheck(join(assets.media, 'competitions'), home),
    await diskCheck(home),
  ];
}

function nodeCheck(): Check {
  const major = Number(process.versions.node.split('.', 1)[0]);
  return major >= 20 ? { name: 'Node', state: 'good', found: process.version } : { name: 'Node', state: 'bad', found: process.version, fix: 'Install Node 20 or newer.' };
}

/** A runtime that is missing only matters when there is no other. */
function runtimeCheck(name: string, status: RuntimeStatus, needed: boolean): Check {
  const state = status.available ? (status.isolation === 'none' ? 'note' : 'good') : needed ? 'bad' : 'note';
  return { name, state, found: status.detail, ...(status.nextStep ? { fix: status.nextStep } : {}) };
}

async function competitionCheck(bundledFolder: string, home: string): Promise<Check> {
  const entries = await new CompetitionLibrary({ bundledFolder, home }).list();
  const broken = entries.filter((entry) => entry.problem !== undefined);
  if (broken.length === 0) return { name: 'Competitions', state: 'good', found: `${entries.length} can be played.` };
  return { name: 'Competitions', state: 'bad', found: broken.map((entry) => `${entry.id}: ${entry.problem ?? ''}`).join(' '), fix: 'Install Podium again.' };
}

async function diskCheck(home: string): Promise<Check> {
  try {
    const { bavail, bsize } = await statfs(home);
    const free = (bavail * bsize) / 2 ** 30;
    const found = `${free.toFixed(1)} GB free at ${home}.`;
    return free < 2 ? { name: 'Disk', state: 'bad', found, fix: 'Free some space, or set PODIUM_HOME to another disk.' } : { name: 'Disk', state: 'good', found };
  } catch (error) {
    return { name: 'Disk', state: 'bad', found: describeError(error), fix: "Check the folder's permissions, or set PODIUM_HOME." };
  }
}
