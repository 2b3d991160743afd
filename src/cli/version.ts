import manifest from '../../package.json';

/** Version of Podium, from package.json at build time. */
export const version = (): string => manifest.version;
