import type { Health } from '../../core/competition/finding';
import type { DefinitionReport } from '../../core/competition/import/report';

/** What an import of a benchmark is asked for. */
export interface ImportOptions {
  /** PODIUM_HOME. */
  readonly home: string;
  /** Folder with the prepared data; without one, definitions are only reported on. */
  readonly data?: string | undefined;
  /** Folder that receives one competition folder per definition with data; none: nothing is written. */
  readonly out?: string | undefined;
  /** Ids of the definitions; all by default. */
  readonly only?: readonly string[] | undefined;
  /** Rows whose score players see, for benchmarks that do not say. */
  readonly split: { readonly seed: number; readonly publicShare: number };
  /** `python`: the benchmark's own grader even where a native metric is its equal. */
  readonly grader?: 'native' | 'python';
  /** Hard links instead of copies of the data. */
  readonly link?: boolean;
  /** Checks a competition that was written; what it finds is in the report. */
  readonly check?: (folder: string) => Promise<Health>;
  readonly progress?: (line: string) => void;
  /** A definition is finished; what came before a cancel is told this way only. */
  readonly done?: (report: DefinitionReport) => void;
  readonly signal?: AbortSignal;
}
