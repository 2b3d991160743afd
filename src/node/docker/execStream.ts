import { Duplex, PassThrough } from 'node:stream';
import type Docker from 'dockerode';
import { clientUid } from './archive';

const client = { User: `${clientUid}:${clientUid}`, WorkingDir: '/' };

/**
 * A program in the container as a two-way stream: what is written goes to its standard input,
 * what is read is its standard output. Its standard error goes to `complain`.
 */
export async function openExecStream(docker: Docker, container: Docker.Container, command: readonly string[], complain: (text: string) => void): Promise<Duplex> {
  const exec = await container.exec({ Cmd: [...command], AttachStdin: true, AttachStdout: true, AttachStderr: true, Tty: false, ...client });
  const raw = await exec.start({ hijack: true, stdin: true });
  const out = new PassThrough();
  const err = new PassThrough();
  docker.modem.demuxStream(raw, out, err);
  err.on('data', (chunk: Buffer) => complain(chunk.toString('utf8')));
  const stream = Duplex.from({ readable: out, writable: raw });
  const finish = (): void => {
    out.end();
    err.end();
  };
  raw.on('end', finish);
  raw.on('close', finish);
  raw.on('error', (error: Error) => stream.destroy(error));
  stream.on('close', () => raw.destroy());
  return stream;
}

export interface ExecResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program in the container to its end; output above `limit` characters is cut. */
export async function execInContainer(docker: Docker, container: Docker.Container, command: readonly string[], limit = 4_000_000): Promise<ExecResult> {
  const exec = await container.exec({ Cmd: [...command], AttachStdout: true, AttachStderr: true, Tty: false, ...client });
  const raw = await exec.start({ hijack: true, stdin: false });
  const texts = { stdout: '', stderr: '' };
  const sink = (name: keyof typeof texts): PassThrough => {
    const stream = new PassThrough();
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => {
      if (texts[name].length < limit) texts[name] += text;
    });
    return stream;
  };
  docker.modem.demuxStream(raw, sink('stdout'), sink('stderr'));
  await new Promise<void>((resolve, reject) => {
    raw.on('end', () => resolve());
    raw.on('close', () => resolve());
    raw.on('error', reject);
  });
  const { ExitCode } = await exec.inspect();
  return { code: ExitCode, ...texts };
}
