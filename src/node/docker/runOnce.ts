import { PassThrough } from 'node:stream';
import type Docker from 'dockerode';
import type { ContainerCreateOptions } from 'dockerode';
import { labels } from './containerOptions';

export interface OnceResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * A short-lived container without network, capabilities or a writable root: runs one program to
 * its end and is removed, whatever happens. Rejects with the engine's own error when it does not start.
 * @param look called with the container before it starts
 */
export async function runOnce(docker: Docker, options: ContainerCreateOptions, look?: (container: Docker.Container) => Promise<void>): Promise<OnceResult> {
  const container = await docker.createContainer({
    ...options,
    NetworkDisabled: true,
    Labels: { [labels.run]: 'probe', [labels.role]: 'probe' },
    HostConfig: { NetworkMode: 'none', CapDrop: ['ALL'], SecurityOpt: ['no-new-privileges'], ReadonlyRootfs: true, PidsLimit: 64, ...options.HostConfig },
  });
  try {
    await look?.(container);
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
      throw error;
    });
    const { StatusCode: code } = (await container.wait()) as { StatusCode: number };
    const [stdout, stderr] = await texts;
    return { code, stdout, stderr };
  } finally {
    await container.remove({ force: true, v: true });
  }
}

async function collect(stream: PassThrough): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk as Uint8Array));
  return Buffer.concat(chunks).toString('utf8');
}
