import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import type Docker from 'dockerode';
import { RuntimeError } from '../../core/runtime/runtimeError';
import { parseProbe, probeSchema, probeScript, probeQuestion, type MachineProbe } from '../machineProbe';
import { labels } from './containerOptions';
import type { ReadyImage } from './image';
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
  const container = await docker.createContainer({
    Image: image.id,
    Entrypoint: ['python3'],
    Cmd: ['-c', probeScript, question],
    User: '0:0',
    NetworkDisabled: true,
    Labels: { [labels.run]: 'probe', [labels.role]: 'probe' },
    HostConfig: { NetworkMode: 'none', CapDrop: ['ALL'], SecurityOpt: ['no-new-privileges'], ReadonlyRootfs: true, PidsLimit: 64 },
  });
  try {
    const masked = (await container.inspect()).HostConfig.MaskedPaths ?? [];
    const stream = await container.attach({ stream: true, stdout: true, stderr: true });
    const out = new PassThrough();
    const err = new PassThrough();
    docker.modem.demuxStream(stream, out, err);
    const texts = Promise.all([collect(out), collect(err)]);
    stream.on('end', () => {
      out.end();
      err.end();
    });
    await container.start().catch((error: unknown) => {
      stream.removeAllListeners();
      throw new RuntimeError(
        'no_python',
        `The image ${image.reference} has no python3 that starts: ${error instanceof Error ? error.message : String(error)}.`,
        'Use an image with Python 3.9 or newer.',
        { cause: error },
      );
    });
    const { StatusCode: code } = (await container.wait()) as { StatusCode: number };
    const [answer, complaint] = await texts;
    if (code !== 0) throw new RuntimeError('start_failed', `Looking into the image ${image.reference} failed with exit code ${code}: ${complaint.trim().slice(-300)}.`, 'Use an image with Python 3.9 or newer.');
    return { ...parseProbe(answer), engineMasked: masked };
  } finally {
    await container.remove({ force: true, v: true });
  }
}

async function collect(stream: PassThrough): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk as Uint8Array));
  return Buffer.concat(chunks).toString('utf8');
}
