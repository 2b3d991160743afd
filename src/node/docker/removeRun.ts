import type Docker from 'dockerode';
import { namesOf } from './containerOptions';

/** HTTP status of the engine's refusal; undefined for other errors. */
export const statusOf = (error: unknown): number | undefined => (error as { statusCode?: number }).statusCode;

/** Removes everything that a run has on the engine; what is not there is fine, what goes already is waited for. */
export async function removeRun(docker: Docker, runId: string): Promise<void> {
  const names = namesOf(runId);
  for (const name of [names.container, names.helper]) await insist(() => docker.getContainer(name).remove({ force: true, v: true }));
  await insist(() => docker.getNetwork(names.network).remove());
  for (const name of Object.values(names.volumes)) await insist(() => docker.getVolume(name).remove());
}

/** Repeats while the engine says that the object is in use or being removed (409), for ten seconds. */
async function insist(remove: () => Promise<unknown>): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      await remove();
      return;
    } catch (error) {
      if (statusOf(error) === 404) return;
      if (statusOf(error) !== 409 || tries >= 50) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}
