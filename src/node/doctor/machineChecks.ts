import { describeError } from '../../core/errors';
import type { CompetitionEntry } from '../competitions/library';
import { checkRuntimes, type Check, type CheckPlaces } from './runtimeChecks';

export interface MachinePlaces extends Omit<CheckPlaces, 'folders'> {
  /** PODIUM_HOME. */
  readonly home: string;
  /** Where runs would be kept, when that is known. */
  readonly workspace?: string;
  readonly competitions: () => Promise<readonly CompetitionEntry[]>;
}

/**
 * The doctor's list: what runs need of this machine. The command line and the editor show the
 * same one. Runs can be started when no check has the state `fail`.
 */
export async function checkMachine(places: MachinePlaces): Promise<Check[]> {
  const folders = [places.home, ...(places.workspace === undefined ? [] : [places.workspace])];
  const [runtimes, competitions] = await Promise.all([checkRuntimes({ ...places, folders }), checkCompetitions(places.competitions)]);
  return [...runtimes, competitions, checkNode(process.versions.node)];
}

/** Runners start with a Node of at least this version. */
const leastNode = 20;

/** The Node that this process runs on; exported for its test. */
export function checkNode(version: string): Check {
  const enough = Number(version.split('.', 1)[0]) >= leastNode;
  return { id: 'node', title: 'Node', state: enough ? 'ok' : 'fail', detail: `Version ${version}.`, ...(enough ? {} : { nextStep: `Install Node ${leastNode} or newer.` }) };
}

async function checkCompetitions(list: MachinePlaces['competitions']): Promise<Check> {
  const title = 'Competitions';
  try {
    const entries = await list();
    const broken = entries.filter((entry) => entry.problem !== undefined);
    if (broken.length === 0) return { id: 'competitions', title, state: 'ok', detail: `${entries.length} can be played.` };
    const detail = broken.map((entry) => `${entry.id}: ${entry.problem ?? ''}`).join(' ');
    return { id: 'competitions', title, state: broken.length === entries.length ? 'fail' : 'warn', detail, nextStep: 'Mend what it says, or install Podium again.' };
  } catch (error) {
    return { id: 'competitions', title, state: 'fail', detail: describeError(error), nextStep: 'Install Podium again.' };
  }
}
