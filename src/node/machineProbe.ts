import * as z from 'zod';
import { coveredDirectories, coveredFiles } from '../core/runtime/coveredPaths';
import { RuntimeError } from '../core/runtime/runtimeError';
import probeScript from '../../media/container/probe.py';

export { probeScript };

/** Libraries worth naming: import name → name of the distribution. */
export const knownLibraries: Readonly<Record<string, string>> = {
  sklearn: 'scikit-learn',
  pandas: 'pandas',
  numpy: 'numpy',
  scipy: 'scipy',
  lightgbm: 'lightgbm',
  xgboost: 'xgboost',
  catboost: 'catboost',
  torch: 'torch',
  tensorflow: 'tensorflow',
  transformers: 'transformers',
  pyarrow: 'pyarrow',
  PIL: 'Pillow',
  matplotlib: 'matplotlib',
  ipykernel: 'ipykernel',
  optuna: 'optuna',
};

export const probeSchema = z.object({
  python: z.string(),
  executable: z.string(),
  prefixes: z.array(z.string()),
  path: z.array(z.string()),
  libraries: z.record(z.string(), z.string()),
  directories: z.array(z.string()),
  files: z.array(z.string()),
});
/** What `media/container/probe.py` answers about the machine that a sandbox will see. */
export type MachineProbe = z.output<typeof probeSchema>;

/** The script's argument. `roots`: folders to search for covered paths; none: libraries only. */
export function probeQuestion(roots: readonly string[]): string {
  return JSON.stringify({ roots, directories: coveredDirectories, files: coveredFiles, libraries: knownLibraries });
}

/** @throws RuntimeError `start_failed` when the answer is not one */
export function parseProbe(text: string): MachineProbe {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch (error) {
    throw new RuntimeError('start_failed', `The look at the machine's Python gave no answer: ${text.slice(0, 200)}`, 'Check that python3 starts.', { cause: error });
  }
  return probeSchema.parse(raw);
}
