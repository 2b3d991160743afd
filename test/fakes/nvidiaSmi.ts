import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What NVIDIA's tool prints for a question and the exit code, by the question's first words. */
export interface SmiScript {
  /** Of `--query-gpu=…`. */
  readonly table: { readonly text: string; readonly code?: number };
  /** Of `-L`. */
  readonly list?: { readonly text: string; readonly code?: number };
}

/** Texts as the real tool writes them. */
export const smi = {
  one: { table: { text: '0, GPU-8f0a2b1c-3d4e-5f60-7182-93a4b5c6d7e8, NVIDIA L4, 73, 11469, 23034' } },
  two: {
    table: {
      text: ['0, GPU-11111111-0000-0000-0000-000000000000, NVIDIA A100-SXM4-40GB, 0, 4, 40960', '1, GPU-22222222-0000-0000-0000-000000000000, NVIDIA A100-SXM4-40GB, 98, 39012, 40960'].join('\n'),
    },
  },
  mig: {
    table: {
      text: ['0, GPU-11111111-0000-0000-0000-000000000000, NVIDIA A100-SXM4-40GB, [N/A], 19, 40960', '1, GPU-22222222-0000-0000-0000-000000000000, NVIDIA A100-SXM4-40GB, 5, 1024, 40960'].join('\n'),
    },
    list: {
      text: [
        'GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-11111111-0000-0000-0000-000000000000)',
        '  MIG 3g.20gb     Device  0: (UUID: MIG-aaaaaaaa-0000-0000-0000-000000000000)',
        '  MIG 1g.5gb      Device  1: (UUID: MIG-GPU-11111111-0000-0000-0000-000000000000/9/0)',
        'GPU 1: NVIDIA A100-SXM4-40GB (UUID: GPU-22222222-0000-0000-0000-000000000000)',
      ].join('\n'),
    },
  },
  /** Memory that is shared with the processor: the tool tells neither load nor memory. */
  shared: { table: { text: '0, GPU-33333333-0000-0000-0000-000000000000, NVIDIA GB10, [N/A], [N/A], [Not Supported]' }, list: { text: 'GPU 0: NVIDIA GB10 (UUID: GPU-33333333-0000-0000-0000-000000000000)' } },
  noDriver: { table: { text: "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure that the latest NVIDIA driver is installed and running.\n", code: 9 } },
  mismatch: { table: { text: 'Failed to initialize NVML: Driver/library version mismatch\nNVML library version: 550.90', code: 18 } },
  none: { table: { text: 'No devices were found', code: 6 } },
} as const satisfies Record<string, SmiScript>;

/** Puts an executable `nvidia-smi` into a folder, which is then first on the PATH that is returned. */
export async function fakeNvidiaSmi(folder: string, script: SmiScript): Promise<string> {
  await mkdir(folder, { recursive: true });
  const { table, list = { text: '' } } = script;
  await writeFile(join(folder, 'table'), `${table.text}\n`);
  await writeFile(join(folder, 'list'), `${list.text}\n`);
  const tool = join(folder, 'nvidia-smi');
  const answer = (name: string, code = 0): string => `while IFS= read -r line; do printf '%s\\n' "$line"; done < "${join(folder, name)}"; exit ${code}`;
  await writeFile(tool, `#!/bin/sh\ncase "$1" in\n--query-gpu=*) ${answer('table', table.code)} ;;\n-L) ${answer('list', list.code)} ;;\n*) exit 2 ;;\nesac\n`);
  await chmod(tool, 0o755);
  return folder;
}
