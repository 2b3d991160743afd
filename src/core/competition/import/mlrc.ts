import { globToRegExp, maxFileBytes } from '../../environment/paths';
import type { OwnFile } from './ownEvaluation';
import type { ImportFinding } from './report';

/** What an import says of a task of MLRC-Bench. */
export interface MlrcReport {
  readonly id: string;
  readonly title: string;
  /** What can be done with it here: nothing is claimed that was not found in the checkout. */
  readonly phases: { readonly dev: boolean; readonly test: boolean };
  readonly solution: readonly string[];
  readonly readOnly: number;
  readonly dataFiles: number;
  readonly baseline: number | null;
  readonly human: number | null;
  readonly findings: readonly ImportFinding[];
  readonly status: 'definition' | 'imported' | 'failed';
  readonly competition: string | null;
}

export interface MlrcImport {
  readonly benchmark: 'mlrc-bench';
  readonly checkout: string;
  readonly definitions: readonly MlrcReport[];
  readonly summary: { readonly definitions: number; readonly dev: number; readonly test: number; readonly imported: number; readonly failed: number };
}

/** The seven tasks of the benchmark; a checkout has more folders, of tasks that were tried and left. */
export const mlrcTasks: readonly string[] = [
  'llm-merging', 'backdoor-trigger-recovery', 'perception_temporal_action_loc', 'machine_unlearning', 'meta-learning', 'product-recommendation', 'weather_forcast',
];

/** What judges in every task, whatever its list says. */
const alwaysReadOnly = ['main.py', 'evaluation.py', 'constants.py', 'methods/BaseMethod.py'];

/**
 * Who may change which file of a task's `env/`.
 * @param list the text of `read_only_files.txt`; without one only `methods/` may change, as the benchmark tells its agents
 */
export function partTask(files: readonly OwnFile[], list: string | undefined): { readonly solution: readonly string[]; readonly fixed: readonly string[]; readonly data: readonly string[] } {
  const globs = readOnlyGlobs(list ?? '').map(globToRegExp);
  const isFixed = ({ path, bytes }: OwnFile): boolean => {
    if (alwaysReadOnly.includes(path) || bytes > maxFileBytes || !/\.(py|txt|md|json|ya?ml|toml|cfg|ini|sh)$/i.test(path)) return true;
    return list === undefined ? !path.startsWith('methods/') : globs.some((glob) => glob.test(path));
  };
  const own = files.filter(({ path }) => !path.startsWith('data/'));
  return {
    solution: own.filter((file) => !isFixed(file)).map(({ path }) => path),
    fixed: own.filter(isFixed).map(({ path }) => path),
    data: files.filter(({ path }) => path.startsWith('data/')).map(({ path }) => path),
  };
}

/** The lines of `read_only_files.txt` as globs; `folder/*` means everything in it, as the benchmark copies it. */
export function readOnlyGlobs(list: string): string[] {
  return list
    .split(/\r?\n/)
    .map((line) => line.trim().replace(/^\.\//, ''))
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => (line.endsWith('/*') ? `${line.slice(0, -1)}**` : line.endsWith('/') ? `${line}**` : line));
}

/** The method that `main.py` takes when none is named. */
export const defaultMethod = (main: string): string => /^DEFAULT_METHOD_NAME\s*=\s*["']([\w.-]+)["']/m.exec(main)?.[1] ?? 'my_method';

interface Need {
  readonly code: string;
  readonly severity: ImportFinding['severity'];
  readonly sign: RegExp;
  readonly message: string;
  readonly fix: string;
}

/** Known by what the task's own code says; each keeps a phase from running where it is not met. */
const needs: readonly Need[] = [
  { code: 'unmerged', severity: 'error', sign: /^(<{7}|>{7}) /m, message: 'A file of it has unresolved conflicts of a merge, so it cannot run.', fix: 'Check out another version of the benchmark.' },
  { code: 'needs_kaggle', severity: 'warning', sign: /KaggleApi|kaggle (kernels|competitions) /, message: 'Its evaluation sends to Kaggle, which a sandbox without network and keys cannot.', fix: 'Its dev phase may need Kaggle as well.' },
  { code: 'needs_network', severity: 'warning', sign: /from_pretrained\(|load_dataset\(|hf_hub_download|snapshot_download|requests\.get\(/, message: 'It loads models or data from the network while it runs.', fix: 'Give an image that has them in its cache, or `network: bridge` in competition.yaml.' },
  { code: 'needs_gpu', severity: 'info', sign: /\.to\(["']cuda|\.cuda\(|device\s*=\s*["']cuda/, message: 'It is written for a GPU.', fix: 'Start its runs with one.' },
  { code: 'reads_checkout', severity: 'warning', sign: /MLR_BENCH_DIR(?!\s*$)[^\n]*join|join\(\s*MLR_BENCH_DIR/, message: 'It reads files of the checkout by their place there, which no sandbox has.', fix: 'Its evaluations may fail, in the dev phase as well.' },
];

/** What the code of a task asks for. @param code texts of its Python files by path */
export function needsOf(code: ReadonlyMap<string, string>): ImportFinding[] {
  const found: ImportFinding[] = needs.flatMap(({ code: name, severity, sign, message, fix }) => {
    const where = [...code].filter(([, text]) => sign.test(text)).map(([path]) => path);
    return where.length === 0 ? [] : [{ code: name, severity, message: `${message} (${where.slice(0, 3).join(', ')})`, fix }];
  });
  const main = code.get('main.py');
  if (main !== undefined && !/^[ \t]*from MLAgentBench\.utils import .*\bsave_evals\b/m.test(main)) {
    found.push({ code: 'no_save_evals', severity: 'warning', message: 'main.py does not end with the call of the benchmark that says the score.', fix: 'Unless it prints the score as its last line, evaluations fail.' });
  }
  return found;
}

/** Packages that `environment.yml` installs, for the person to see what an image must have. */
export function packagesOf(environment: string): string[] {
  const names = [...environment.matchAll(/^\s*-\s*([A-Za-z][\w.-]*)\s*(?:[=<>~!].*)?$/gm)].map((match) => (match[1] ?? '').toLowerCase());
  return [...new Set(names)].filter((name) => !['python', 'pip', 'defaults', 'conda-forge', 'pytorch', 'nvidia'].includes(name) && !name.startsWith('_') && !name.startsWith('lib'));
}
