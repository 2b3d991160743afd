import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { RuntimeError } from '../../core/runtime/runtimeError';
import { parseProbe, probeSchema, probeScript, probeQuestion, type MachineProbe } from '../machineProbe';
import type { ReadyImage } from './image';
import { runOnce } from './runOnce';
import * as z from 'zod';

/** What an image has, and the engine's own list of masked paths. */
export interface ImageProbe extends MachineProbe {
  readonly engineMasked: readonly string[];
}

const storedSchema = probeSchema.extend({ engineMasked: z.array(z.string()), question: z.string() });

/**
 * Looks into an image once: its Python, its libraries, and the paths in it that hide answers.
 * The result is kept by the image's id, which changes with its content.
 * @param cacheFolder where results are kept; none: looked up each time
 * @throws RuntimeError `no_python`, `start_failed`
 */
export async function probeImage(docker: Docker, image: ReadyImage, cacheFolder: string | undefined): Promise<ImageProbe> {
  const question = probeQuestion(['/']);
  const file = cacheFolder && join(cacheFolder, `image-${image.id.replace(/[^a-z0-9]/gi, '').slice(-40)}.json`);
  if (file) {
    const stored = storedSchema.safeParse(await readFile(file, 'utf8').then(JSON.parse, () => undefined));
    // Another question means another list of covered paths: the old answer is of no use.
    if (stored.success && stored.data.question === question) return stored.data;
  }
  const probe = await runProbe(docker, image, question);
  if (file && cacheFolder) {
    await mkdir(cacheFolder, { recursive: true, mode: 0o700 });
    await writeFile(`${file}.${process.pid}`, JSON.stringify({ ...probe, question }));
    await rename(`${file}.${process.pid}`, file);
  }
  return probe;
}

async function runProbe(docker: Docker, image: ReadyImage, question: string): Promise<ImageProbe> {
  let masked: readonly string[] = [];
  const options = { Image: image.id, Entrypoint: ['python3'], Cmd: ['-c', probeScript, question], User: '0:0' };
  const { code, stdout, stderr } = await runOnce(docker, options, async (container) => {
    masked = (await container.inspect()).HostConfig.MaskedPaths ?? [];
  }).catch((error: unknown) => {
    throw new RuntimeError(
      'no_python',
      `The image ${image.reference} has no python3 that starts: ${error instanceof Error ? error.message : String(error)}.`,
      'Use an image with Python 3.9 or newer.',
      { cause: error },
    );
  });
  if (code !== 0) throw new RuntimeError('start_failed', `Looking into the image ${image.reference} failed with exit code ${code}: ${stderr.trim().slice(-300)}.`, 'Use an image with Python 3.9 or newer.');
  return { ...parseProbe(stdout), engineMasked: masked };
}
