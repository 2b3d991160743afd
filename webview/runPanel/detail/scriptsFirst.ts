/** Scripts first, then notebooks, then the rest. */
export function scriptsFirst<F extends { readonly path: string }>(files: readonly F[]): F[] {
  const rank = (path: string): number => (path.endsWith('.py') ? 0 : path.endsWith('.ipynb') ? 1 : 2);
  return [...files].sort((a, b) => rank(a.path) - rank(b.path) || a.path.localeCompare(b.path));
}
