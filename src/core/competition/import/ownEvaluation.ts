import { globToRegExp, maxFileBytes } from '../../environment/paths';
import type { ImportFinding } from './report';

/** A file of the folder whose solution is to be improved. */
export interface OwnFile {
  /** Relative, forward slashes. */
  readonly path: string;
  readonly bytes: number;
}

export interface OwnFiles {
  /** For players to change. */
  readonly solution: readonly string[];
  /** What judges: put back before every job. */
  readonly fixed: readonly string[];
  /** Everything below `data/`. */
  readonly data: readonly string[];
  readonly findings: readonly ImportFinding[];
}

const textName = /\.(py|ipynb|r|jl|sh|js|ts|c|cc|cpp|cu|h|hpp|rs|go|java|sql|txt|md|json|ya?ml|toml|cfg|ini|csv)$|(^|\/)(Makefile|Dockerfile)$/i;

/**
 * The files that a command names: `python evaluate.py --config a.json` and `python -m tools.score`.
 * What the command starts is what judges.
 */
export function filesNamedBy(command: string, paths: readonly string[]): string[] {
  const words = new Set(command.split(/[\s;|&()<>"'=]+/).map((word) => word.replace(/^\.\//, '')));
  const modules = [...command.matchAll(/\s-m\s+([\w.]+)/g)].map((match) => (match[1] ?? '').replaceAll('.', '/'));
  return paths.filter((path) => words.has(path) || modules.some((module) => path === `${module}.py` || path === `${module}/__main__.py`));
}

/** Says that the script which an interpreter is to run is not among the files; undefined where it is, or the command starts something else. */
export function missingScript(command: string, paths: readonly string[]): string | undefined {
  const script = /^\s*(?:python[\d.]*|bash|sh|node|Rscript|julia)\s+(?:\.\/)?([^\s-][^\s;|&<>]*)/.exec(command)?.[1];
  if (script === undefined || script.startsWith('/') || script.includes('$') || paths.includes(script)) return undefined;
  const alike = paths.filter((path) => path.endsWith(script.slice(script.lastIndexOf('.'))) && !path.startsWith('data/')).slice(0, 3);
  return `The folder has no ${script}.${alike.length > 0 ? ` It has ${alike.join(', ')}.` : ''}`;
}

/**
 * Who may change which file of a folder: `data/` is read by everybody, what the command names
 * judges, and other text files of moderate size are the solution.
 * @param change globs of the files that players may change, in place of that rule
 */
export function partFiles(files: readonly OwnFile[], command: string, change?: readonly string[]): OwnFiles {
  const inData = ({ path }: OwnFile): boolean => path.startsWith('data/');
  const others = files.filter((file) => !inData(file));
  const named = new Set(filesNamedBy(command, others.map((file) => file.path)));
  const globs = change?.map(globToRegExp);
  const small = (file: OwnFile): boolean => file.bytes <= maxFileBytes;
  const isSolution = (file: OwnFile): boolean => small(file) && (globs ? globs.some((glob) => glob.test(file.path)) : textName.test(file.path) && !named.has(file.path));
  const solution = others.filter(isSolution).map((file) => file.path);
  const fixed = others.filter((file) => !isSolution(file)).map((file) => file.path);
  return { solution, fixed, data: files.filter(inData).map((file) => file.path), findings: findingsOf(solution, fixed, named, change) };
}

function findingsOf(solution: readonly string[], fixed: readonly string[], named: ReadonlySet<string>, change: readonly string[] | undefined): ImportFinding[] {
  const findings: ImportFinding[] = [{ code: 'self_scored', severity: 'info', message: 'Its scores are self-scored: there is no hidden test.', fix: 'Standings leave such runs out unless asked for.' }];
  if (solution.length === 0) {
    const why = change ? 'No file fits what players may change.' : 'No file is left that players could change.';
    findings.push({ code: 'no_solution', severity: 'error', message: why, fix: 'Say with --change which files they may change.' });
  }
  const judges = [...named].filter((path) => !solution.includes(path));
  if (judges.length === 0) {
    findings.push({ code: 'no_ruler', severity: 'warning', message: 'The command names no file that is kept from players, so they may change what judges them.', fix: fixed.length > 0 ? 'Check that what computes the score is among the read-only files.' : 'Keep what computes the score out of --change.' });
  }
  return findings;
}
