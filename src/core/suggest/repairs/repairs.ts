import type { Failure } from '../../environment/observation';
import { framesOf, type Facts } from '../facts';
import { lineRange, scan } from '../python';
import * as calls from './calls';
import { missingColumn, missingFile, unknownModule, unknownName } from './names';
import type { Repair, RepairRule } from './repair';

/** By name, in order: the first that knows the error decides. The offline agent's table, for code that a person wrote. */
const rules: Readonly<Record<string, RepairRule>> = {
  'missing module': unknownModule,
  'missing file': missingFile,
  'text encoding': calls.encoding,
  'unknown argument': calls.unknownArgument,
  'missing colon': calls.missingColon,
  'unknown name': unknownName,
  'unknown column': missingColumn,
  'text among numbers': calls.textFeatures,
  'missing numbers': calls.missingNumbers,
  'column mismatch': calls.columnMismatch,
  'unseen values': calls.unseenValues,
  'no GPU': calls.noGpu,
  'GPU memory': calls.smallerBatch,
  'row numbers': calls.indexColumn,
};

export interface FailedCode {
  readonly failure: Pick<Failure, 'type' | 'message'>;
  /** The script or cell as it is now. */
  readonly source: string;
  /** Code of the cells above; empty for a script. */
  readonly above: string;
  /** 1-based line in `source` that failed. */
  readonly line: number;
}

export interface NamedRepair extends Repair {
  readonly rule: string;
}

/** The change by which code gets past an error, without running it; null where no rule is certain. */
export function repairFor({ failure, source, above, line }: FailedCode, facts: Facts): NamedRepair | null {
  const range = lineRange(source, line);
  if (!range) return null;
  const trouble = { failure, source, above, ...range, masked: scan(source).masked, facts, frames: framesOf(`${above}\n${source}`, facts) };
  for (const [name, rule] of Object.entries(rules)) {
    const repair = rule(trouble);
    if (repair) return { ...repair, rule: name };
  }
  return null;
}
