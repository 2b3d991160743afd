// By its name, so that the rest of the file, which lists every command of the editor, is not read at each start.
import { version as own } from '../../package.json';

/** Version of Podium, from package.json at build time. */
export const version = (): string => own;
