import { RuntimeError } from '../core/runtime/runtimeError';

/** Whether `path` is relative, stays below its working folder, has plain names and is not under `data`. */
export function isWorkPath(path: string): boolean {
  const parts = path.split('/');
  const bad = path.length > 1000 || path.includes('\\') || /[\x00-\x1f\x7f]/.test(path) || parts.some((part) => part === '' || part === '.' || part === '..');
  return !bad && parts[0] !== 'data';
}

/**
 * The path itself.
 * @throws RuntimeError `bad_path` for absolute paths, `..`, empty names, control characters and anything under `data`
 */
export function checkPath(path: string): string {
  if (!isWorkPath(path)) throw new RuntimeError('bad_path', `"${path}" is not a file of the working folder.`, 'Use a relative path that stays inside it and is not under data/.');
  return path;
}

/** A working folder's name ("a12", "bench"): one plain word. */
export function checkFolder(folder: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(folder)) throw new RuntimeError('bad_path', `"${folder}" is not the name of a working folder.`);
  return folder;
}
