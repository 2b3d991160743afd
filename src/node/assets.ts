import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Where the program's own files lie: `media/` (bridge, container, competitions) and `dist/` (bundles). */
export interface Assets {
  readonly root: string;
  readonly media: string;
  readonly dist: string;
}

/** The files below a root that holds `media/` and `dist/`: a checkout, an installed extension or a versioned copy. */
export function assetsAt(root: string): Assets {
  return { root, media: join(root, 'media'), dist: join(root, 'dist') };
}

/** Walks up from the running bundle (or, in tests, from this source file) to the folder that holds `media/`. */
export function findAssets(from: string = __dirname): Assets {
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'media'))) return assetsAt(folder);
    if (dirname(folder) === folder) throw new Error(`No media folder above ${from}: the installation is incomplete.`);
  }
}
