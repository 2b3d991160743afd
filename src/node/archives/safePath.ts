import { ArchiveError } from './archiveError';

/** Names that no file may have on some system. */
const reserved = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

/**
 * A relative path that stays where it is put, on every system.
 * @throws ArchiveError `unsafe` for `..`, absolute and reserved names
 */
export function safePath(name: string): string {
  const parts = name.split('/');
  const bad = name === '' || name.startsWith('/') || /[\\:*?"<>|\0]/.test(name) || parts.some((part) => part === '' || part === '.' || part === '..' || reserved.test(part) || /[. ]$/.test(part));
  if (bad) throw new ArchiveError('unsafe', `A file is called "${name.slice(0, 100)}", which is not safe to write.`, 'Download it in the browser, if you trust it.');
  return name;
}
