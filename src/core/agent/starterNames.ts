import type { Competition } from '../environment/ports';

/** Names of the two files that a bench begins with; apart from their content, which is longer. */
export const benchScript = 'train.py';
export const benchNotebook = 'explore.ipynb';

/** The file of a bench that a person opens first: the competition's own one, where it has one. */
export const firstBenchFile = (competition: Bench): string => own(competition)[0] ?? benchScript;

export const scriptOfBench = (competition: Bench): string => own(competition).find((path) => path.endsWith('.py')) ?? benchScript;

type Bench = Pick<Competition, 'starter' | 'evaluationFiles'>;

/** What stands in for the generated files: of an own evaluation the solution, scripts first. */
function own({ starter, evaluationFiles }: Bench): string[] {
  if (!evaluationFiles) return (starter ?? []).map(({ path }) => path);
  const paths = [...evaluationFiles.solution.keys()];
  return [...paths.filter((path) => path.endsWith('.py')), ...paths.filter((path) => !path.endsWith('.py'))];
}
