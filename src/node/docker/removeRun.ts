import type Docker from 'dockerode';
import { namesOf } from './containerOptions';

/** HTTP status of the engine's refusal; undefined for other errors. */
export const statusOf = (error: unknown): number | undefined => (error as { statusCode?: number }).statusCode;

/** Removes everything that a run has on the engine; what is not there is fine. */
export async function removeRun(docker: Docker, runId: string): Promise<void> {
  const absent = (error: unknown): void => {
    if (statusOf(error) !== 404) throw error;
  };
  const names = namesOf(runId);
  for (const name of [names.container, names.helper]) await docker.getContainer(name).remove({ force: true, v: true }).catch(absent);
  for (const name of Object.values(names.volumes)) await docker.getVolume(name).remove().catch(absent);
}
