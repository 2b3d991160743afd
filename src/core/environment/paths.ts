/** Limits of what an attempt's working copy may hold. */
export const maxFileBytes = 1_000_000;
export const maxFiles = 300;

export type CheckedPath = { readonly ok: true; readonly path: string } | { readonly ok: false; readonly message: string; readonly hint: string };

/**
 * A player's path in one form: relative, forward slashes, no `.` parts. Refuses whatever would
 * leave the working folder and names that the sandbox keeps for itself.
 */
export function checkPath(raw: string): CheckedPath {
  const refuse = (message: string, hint: string): CheckedPath => ({ ok: false, message, hint });
  const text = raw.startsWith('./') ? raw.slice(2) : raw;
  // A control character means something else to a terminal or a log, and the sandbox refuses it.
  if (/[\x00-\x1f\x7f]/.test(text) || text.includes('\\')) return refuse(`"${show(raw)}" is no valid path.`, 'Use forward slashes.');
  if (text.startsWith('/') || /^[A-Za-z]:/.test(text)) {
    return refuse(`"${show(raw)}" is an absolute path.`, 'Give a path relative to the working folder; data lies under "data/".');
  }
  const parts = text.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) return refuse(`"${show(raw)}" leaves the working folder.`, 'Stay inside the working folder.');
  if (parts.length === 0 || text.length > 240 || parts.length > 12) return refuse(`"${show(raw)}" is no valid path.`, 'Give the name of a file.');
  return { ok: true, path: parts.join('/') };
}

/** As `checkPath`, for a file that is to be written: not data, no notebook's raw JSON. */
export function checkWritable(raw: string): CheckedPath {
  const checked = checkPath(raw);
  if (!checked.ok) return checked;
  if (isData(checked.path)) return { ok: false, message: '"data/" is read-only.', hint: 'Write results to another file, e.g. "features.py" or "submission.csv" from your script.' };
  if (isNotebook(checked.path)) {
    return { ok: false, message: `"${show(raw)}" is a notebook; its raw text is not written.`, hint: 'Use insert_cell, edit_cell and delete_cell; insert_cell creates the notebook.' };
  }
  return checked;
}

export const isData = (path: string): boolean => path === 'data' || path.startsWith('data/');
export const isNotebook = (path: string): boolean => path.toLowerCase().endsWith('.ipynb');
export const isScript = (path: string): boolean => path.endsWith('.py');

/** Files that a shell command may leave behind as part of the solution, by name. */
export const looksLikeCode = (path: string): boolean => /\.(py|ipynb|sh|r|toml|ya?ml|cfg|ini|md)$/i.test(path) && !isData(path);

/** A glob (`**`, `*`, `?`) as a regular expression over whole paths. */
export function globToRegExp(glob: string): RegExp {
  const body = glob
    .slice(0, 200)
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*{2,}\/?|\*|\?/g, (token) => (token.startsWith('**') ? (token.endsWith('/') ? '(?:.*/)?' : '.*') : token === '*' ? '[^/]*' : '[^/]'));
  return new RegExp(`^${body}$`);
}

const show = (text: string): string => (text.length > 80 ? `${text.slice(0, 77)}…` : text);
