import type { Command } from 'commander';
import { importMleDojo } from '../../../node/importers/mleDojo';
import { benchmarkCommand, runBenchmarkImport, type BenchmarkFlags } from './benchmark';

/** `podium import mle-dojo <checkout>`. */
export function registerMleDojo(parent: Command): void {
  benchmarkCommand(parent, 'mle-dojo', 'a checkout of MLE-Dojo').action(async (checkout: string, flags: BenchmarkFlags) => {
    await runBenchmarkImport(importMleDojo, checkout, flags);
  });
}
