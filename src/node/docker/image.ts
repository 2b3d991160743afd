import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { pack } from 'tar-stream';
import * as z from 'zod';
import { CancelledError } from '../../core/errors';
import { imagePresets, isImagePreset, type ImagePreset } from '../../core/runtime/imagePresets';
import { RuntimeError } from '../../core/runtime/runtimeError';
import { asReadable } from './archive';

/** An image that lies on the engine. */
export interface ReadyImage {
  /** Name with digest, or with the image's id when it was built here: goes into the run's record. */
  readonly reference: string;
  /** What containers are made from. */
  readonly id: string;
}

export interface BuildRequest {
  readonly tag: string;
  readonly base: string;
  readonly install: ImagePreset['install'];
  readonly packages?: string;
  /** Only where the engine's default network does not work for builds. */
  readonly network?: 'host';
}

const progressSchema = z.looseObject({
  stream: z.string().optional(),
  status: z.string().optional(),
  id: z.string().optional(),
  error: z.string().optional(),
});

/** Follows an engine's progress stream; rejects with the engine's own error text. */
async function follow(docker: Docker, stream: NodeJS.ReadableStream, progress: (line: string) => void, signal: AbortSignal): Promise<void> {
  let last = '';
  let refused: string | undefined;
  await new Promise<void>((resolve, reject) => {
    const abort = (): void => {
      // The engine ends a classic build or a pull when its client goes away.
      if ('destroy' in stream && typeof stream.destroy === 'function') stream.destroy();
      reject(new CancelledError());
    };
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    docker.modem.followProgress(
      stream,
      (error) => {
        signal.removeEventListener('abort', abort);
        if (error) reject(error);
        else if (refused !== undefined) reject(new Error(refused));
        else resolve();
      },
      (raw: unknown) => {
        const event = progressSchema.safeParse(raw);
        if (!event.success) return;
        // The engine answers 200 at first; a later failure is a line of the stream.
        refused ??= event.data.error?.trim();
        const line = (event.data.stream ?? [event.data.id, event.data.status].filter(Boolean).join(': ')).trim();
        if (line && line !== last) progress(line);
        last = line;
      },
    );
  });
}

async function inspect(docker: Docker, name: string): Promise<ReadyImage | undefined> {
  try {
    const info = await docker.getImage(name).inspect();
    return { id: info.Id, reference: info.RepoDigests?.[0] ?? `${name}@${info.Id}` };
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return undefined;
    throw error;
  }
}

/** Tag of a preset's image: changes with its recipe, so an old build is never mistaken for a new one. */
export function presetTag(name: string, dockerfile: string, preset: Pick<ImagePreset, 'base' | 'install' | 'packages'>): string {
  const recipe = createHash('sha256').update(JSON.stringify([dockerfile, preset.base, preset.install, preset.packages ?? null]));
  return `podium-${name}:${recipe.digest('hex').slice(0, 12)}`;
}

/**
 * Builds `media/container/Dockerfile` with the classic builder.
 * @throws RuntimeError `image_failed` with the last lines of the build, CancelledError
 */
export async function buildImage(docker: Docker, containerFolder: string, request: BuildRequest, progress: (line: string) => void, signal: AbortSignal): Promise<ReadyImage> {
  const dockerfile = await readFile(join(containerFolder, 'Dockerfile'));
  const context = pack();
  context.entry({ name: 'Dockerfile' }, dockerfile);
  context.finalize();
  const tail: string[] = [];
  const line = (text: string): void => {
    tail.push(text);
    if (tail.length > 5) tail.shift();
    progress(text);
  };
  try {
    const stream = await docker.buildImage(asReadable(context), {
      t: request.tag,
      version: '1',
      forcerm: true,
      buildargs: { BASE: request.base, INSTALL: request.install, ...(request.packages ? { PACKAGES: request.packages } : {}) },
      ...(request.network ? { networkmode: request.network } : {}),
    });
    await follow(docker, stream, line, signal);
  } catch (error) {
    if (CancelledError.is(error)) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new RuntimeError(
      'image_failed',
      `The image ${request.tag} could not be built from ${request.base}: ${reason.trim()}. Last lines: ${tail.join(' | ')}`,
      'Check the network of the engine, or name an image that you have: `podium.image` in the settings or PODIUM_IMAGE.',
      { cause: error },
    );
  }
  const image = await inspect(docker, request.tag);
  if (!image) throw new RuntimeError('image_failed', `The image ${request.tag} is not there after its build.`, 'Check the engine with `docker images`.');
  return image;
}

/** The name under which `wanted` would be looked up: `override` replaces presets, not full references. */
export async function resolveImageName(containerFolder: string, wanted: string, override: string | undefined): Promise<string> {
  if (!isImagePreset(wanted)) return wanted;
  if (override) return override;
  return presetTag(wanted, await readFile(join(containerFolder, 'Dockerfile'), 'utf8'), imagePresets[wanted]);
}

/** The image if the engine has it already. */
export async function findImage(docker: Docker, containerFolder: string, wanted: string, override: string | undefined): Promise<ReadyImage | undefined> {
  return inspect(docker, await resolveImageName(containerFolder, wanted, override));
}

/**
 * Finds, builds or pulls the image that a competition asks for: a preset's name or any reference.
 * @param override image to use instead of a preset (PODIUM_IMAGE)
 * @throws RuntimeError `image_missing`, `image_failed`; CancelledError
 */
export async function ensureImage(
  docker: Docker,
  containerFolder: string,
  wanted: string,
  override: string | undefined,
  progress: (line: string) => void,
  signal: AbortSignal,
): Promise<ReadyImage> {
  const name = await resolveImageName(containerFolder, wanted, override);
  const there = await inspect(docker, name);
  if (there) return there;
  if (isImagePreset(wanted) && !override) {
    progress(`Building the image ${name} (once; it takes some minutes) …`);
    return buildImage(docker, containerFolder, { tag: name, ...imagePresets[wanted] }, progress, signal);
  }
  progress(`Pulling the image ${name} …`);
  try {
    await follow(docker, await docker.pull(name), progress, signal);
  } catch (error) {
    if (CancelledError.is(error)) throw error;
    throw new RuntimeError(
      'image_missing',
      `The engine has no image ${name} and cannot pull it: ${error instanceof Error ? error.message : String(error)}.`,
      'Check the name and the network of the engine, or use the preset "cpu".',
      { cause: error },
    );
  }
  const pulled = await inspect(docker, name);
  if (!pulled) throw new RuntimeError('image_missing', `The image ${name} is not there after the pull.`, 'Check the name.');
  return pulled;
}
