import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * Podium's own folder: the closest one above the running file that holds `media/competitions`.
 * The bundle lies in `dist/`, the sources in `src/cli/`, so the depth is not fixed.
 * Throws when the installation is incomplete.
 */
export function packageRoot(from: string = __dirname): string {
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'media', 'competitions'))) return folder;
    if (dirname(folder) === folder) throw new Error(`Podium's media folder is not above ${from}; install Podium again.`);
  }
}

/** Folder of the bundled competitions. */
export function bundledFolder(): string {
  return join(packageRoot(), 'media', 'competitions');
}

/** The bundle of the thread that reads long submissions. */
export function numbersReaderFile(): string {
  return join(packageRoot(), 'dist', 'numbersReader.js');
}
