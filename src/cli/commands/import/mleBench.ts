import type { Command } from 'commander';
import { importMleBench } from '../../../node/importers/mleBench';
import { benchmarkCommand, runBenchmarkImport, type BenchmarkFlags } from './benchmark';

/** `podium import mle-bench <checkout>`. */
export function registerMleBench(parent: Command): void {
  benchmarkCommand(parent, 'mle-bench', 'a checkout of MLE-bench').action(async (checkout: string, flags: BenchmarkFlags) => {
    await runBenchmarkImport(importMleBench, checkout, flags);
  });
}
