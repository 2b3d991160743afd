import { createLocalRuntime } from '../../src/node/local/localRuntime';
import type { JobEvent, JobSpec, SandboxSpec } from '../../src/core/runtime/runtime';

/**
 * A program that plays one round with the local sandbox as whoever runs it, and prints what it saw
 * as JSON. Bundled by the test that starts it as a user without rights.
 */
const [home = '', dataFolder = '', bridgeFile = '', runId = ''] = process.argv.slice(2);

async function round(): Promise<Record<string, unknown>> {
  const runtime = createLocalRuntime({ bridgeFile, home, python: '/usr/bin/python3', env: { PATH: process.env.PATH, HOME: home } });
  const status = await runtime.probe();
  const spec: SandboxSpec = { runId, dataFolder, image: 'cpu', gpu: 'none', memoryGb: 1, shmMb: 64, diskMb: 200, pids: 64, network: 'none', graceSeconds: 30, allowUnisolated: false };
  const signal = new AbortController().signal;
  const sandbox = await runtime.start(spec, () => undefined, signal);
  try {
    const play = async (id: string, task: JobSpec['task'], seconds = 60): Promise<{ status: string; text: string }> => {
      let text = '';
      const result = await sandbox.run({ id, folder: 'a1', task, seconds, memoryMb: 512 }, (event: JobEvent) => {
        if (event.type === 'output') text += event.text;
        else if (event.type === 'cell_output' && event.output.output_type === 'execute_result') text += String(event.output.data['text/plain']);
      }, signal);
      return { status: result.status, text };
    };
    await sandbox.put('a1', [{ path: 'main.py', content: "import os, pandas\nprint(len(pandas.read_csv('data/train.csv')), os.getuid())\nopen('made.txt', 'w').write('x')\n" }]);
    return {
      uid: process.getuid?.(),
      isolation: status.isolation,
      script: await play('script', { kind: 'script', path: 'main.py', args: [] }),
      cell: await play('cell', { kind: 'cell', code: '20 + 22', cell: 'c1' }),
      files: (await sandbox.list('a1')).map(({ path }) => path),
      // Each of these must end by a limit, for a user who may make no control group.
      memory: (await play('memory', { kind: 'shell', command: 'python3 -c "b = bytearray(900 << 20); print(len(b))"' })).status,
      forks: (await play('forks', { kind: 'shell', command: 'for i in $(seq 300); do sleep 60 & done; wait' }, 5)).text,
      late: (await play('late', { kind: 'shell', command: 'sleep 600' }, 1)).status,
    };
  } finally {
    await sandbox.stop();
  }
}

round().then(
  (seen) => process.stdout.write(JSON.stringify(seen)),
  (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
);
