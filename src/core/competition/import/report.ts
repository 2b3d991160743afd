import type { Direction } from '../manifest';

/** What an import says of each definition of a benchmark: what it can do, and what is wrong with it. */

export type Benchmark = 'mle-dojo' | 'mle-bench';

export interface ImportFinding {
  /** Stable API. */
  readonly code: string;
  readonly severity: 'error' | 'warning' | 'info';
  readonly message: string;
  /** What to do, or what it means. */
  readonly fix: string;
}

/** How submissions of a definition are scored. */
export interface Grading {
  readonly native: { readonly metric: string; readonly params: Readonly<Record<string, unknown>> } | null;
  /** The benchmark's own grader: its file in the checkout, and the function or class in it. */
  readonly python: { readonly file: string; readonly name: string } | null;
  /** The one that an import takes. */
  readonly used: 'native' | 'python' | null;
}

export interface BoardFacts {
  readonly name: 'public' | 'private';
  readonly entries: number;
  /** False: no rank is computed from it. */
  readonly usable: boolean;
}

export interface DataFacts {
  readonly state: 'ready' | 'incomplete' | 'missing' | 'not_given';
  /** The prepared folder, where there is one. */
  readonly folder: string | null;
  /** Files that are not there. */
  readonly missing: readonly string[];
  /** Bytes of Kaggle's download; null when unknown. */
  readonly downloadBytes: number | null;
  readonly rulesUrl: string | null;
  /** How to get what is missing; empty when nothing is. */
  readonly how: string;
}

export interface DefinitionReport {
  readonly id: string;
  readonly title: string;
  readonly benchmark: Benchmark;
  readonly groups: readonly string[];
  readonly direction: Direction | null;
  readonly grading: Grading;
  readonly boards: readonly BoardFacts[];
  readonly data: DataFacts;
  readonly findings: readonly ImportFinding[];
  /** `imported`: a folder was written; `failed`: it should have been, and the findings say why not. */
  readonly status: 'definition' | 'imported' | 'failed';
  /** The competition folder. */
  readonly competition: string | null;
}

export interface ImportReport {
  readonly benchmark: Benchmark;
  readonly checkout: string;
  readonly definitions: readonly DefinitionReport[];
  readonly summary: {
    readonly definitions: number;
    readonly native: number;
    readonly python: number;
    readonly withData: number;
    readonly imported: number;
    readonly failed: number;
    readonly errors: number;
    readonly warnings: number;
  };
}

export function summarise(benchmark: Benchmark, checkout: string, definitions: readonly DefinitionReport[]): ImportReport {
  const count = (test: (report: DefinitionReport) => boolean): number => definitions.filter(test).length;
  const findings = definitions.flatMap((report) => report.findings);
  return {
    benchmark,
    checkout,
    definitions,
    summary: {
      definitions: definitions.length,
      native: count(({ grading }) => grading.native !== null),
      python: count(({ grading }) => grading.python !== null),
      withData: count(({ data }) => data.state === 'ready'),
      imported: count(({ status }) => status === 'imported'),
      failed: count(({ status }) => status === 'failed'),
      errors: findings.filter(({ severity }) => severity === 'error').length,
      warnings: findings.filter(({ severity }) => severity === 'warning').length,
    },
  };
}
