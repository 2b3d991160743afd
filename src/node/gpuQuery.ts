import type { SandboxStats } from '../core/runtime/runtime';

/** NVIDIA's own tool, asked for name, load in percent, and memory in MiB of each card. */
export const gpuQuery = ['nvidia-smi', '--query-gpu=name,utilization.gpu,memory.used,memory.total', '--format=csv,noheader,nounits'] as const;

/** Cards in the tool's answer; load is 0 to 1. A value that a card does not tell ("[N/A]") is 0. */
export function parseGpus(text: string): NonNullable<SandboxStats['gpu']> {
  const number = (value: string | undefined): number => {
    const parsed = Number(value);
    return Number.isFinite(parsed) ? parsed : 0;
  };
  return text
    .split('\n')
    .map((line) => line.split(',').map((part) => part.trim()))
    .filter((parts) => parts.length >= 4)
    .map(([name = '', load, used, total]) => ({ name, load: number(load) / 100, memoryMb: number(used), memoryLimitMb: number(total) }));
}
