import type { Competition } from '../environment/ports';

/** Names of the two files that a bench begins with; apart from their content, which is longer. */
export const benchScript = 'train.py';
export const benchNotebook = 'explore.ipynb';

/** The file of a bench that a person opens first: the competition's own one, where it has one. */
export const firstBenchFile = ({ starter }: Pick<Competition, 'starter'>): string => starter?.[0]?.path ?? benchScript;

export const scriptOfBench = ({ starter }: Pick<Competition, 'starter'>): string => starter?.find(({ path }) => path.endsWith('.py'))?.path ?? benchScript;
