import { PodiumError } from '../core/errors';
import { amountExamples, parseAmount } from '../core/run/budgetText';

/** A command was called in a way that cannot be meant: exit code 2. */
export class UsageError extends PodiumError<'wrong_usage'> {
  constructor(message: string, nextStep?: string) {
    super('wrong_usage', message, nextStep);
  }

  static is(error: unknown): error is UsageError {
    return error instanceof UsageError;
  }
}

export interface Budget {
  readonly seconds?: number;
  readonly usd?: number;
  readonly tokens?: number;
}

const forms = `Examples: ${amountExamples}.`;

/** `120s`, `10m`, `1h`, `$2`, `200ktok`, `1mtok`, `5000tok`; several together. @throws UsageError */
export function parseBudgets(texts: readonly string[]): Budget {
  let budget: Budget = {};
  for (const text of texts) {
    const one = parseAmount(text);
    if (!one) throw new UsageError(`"${text}" is no budget.`, forms);
    const [name] = Object.keys(one);
    if (name !== undefined && name in budget) throw new UsageError(`The budget of ${name} is given twice.`, forms);
    budget = { ...budget, ...one };
  }
  return budget;
}

/** A whole number from an option. @throws UsageError */
export function parseWhole(name: string, text: string, least: number): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < least) throw new UsageError(`--${name} takes a whole number from ${least} on, not "${text}".`);
  return value;
}

/** One of a list. @throws UsageError */
export function parseChoice<const T extends string>(name: string, text: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === text);
  if (found === undefined) throw new UsageError(`--${name} takes ${choices.join(', ')}, not "${text}".`);
  return found;
}
