import type { Facts } from '../facts';
import type { Edit, Scan } from '../python';

/** A place in the code that is certainly not what was meant, or a choice that misleads the person. */
export interface Warning {
  readonly code: 'wrong_direction' | 'other_metric' | 'fitted_before_split' | 'random_split' | 'no_seed' | 'sample_target';
  /** `warning`: the score is not what it seems. `hint`: worth knowing. */
  readonly severity: 'warning' | 'hint';
  /** Offsets of what is marked. */
  readonly start: number;
  readonly end: number;
  /** What it means and why: one or two sentences. */
  readonly message: string;
  /** The change that mends it, where there is only one. */
  readonly fix?: { readonly title: string; readonly edits: readonly Edit[] };
}

/** Code and what is known of it; computed once for all checks. */
export interface Code {
  readonly source: string;
  readonly masked: Scan['masked'];
  readonly facts: Facts;
}

export type Check = (code: Code) => Warning[];
