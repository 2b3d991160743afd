import type { BuildOptions } from 'esbuild';
export const bundles: Record<string, BuildOptions>;
