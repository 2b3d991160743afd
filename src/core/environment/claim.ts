import type { Direction } from '../competition/manifest';
import type { Claim } from './observation';

/** The strict line by which a script reports its own validation score: `SCORE <metric> <number>`. */
const scoreLine = /^SCORE[ \t]+(\S+)[ \t]+(\S+)[ \t]*$/;
const decimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const notFinite = /^[+-]?(nan|inf|infinity)$/i;
const maxLine = 1_000;

export type ClaimProblem = { readonly kind: 'not_finite'; readonly text: string } | { readonly kind: 'other_metric'; readonly metric: string };

/** Reads score lines from output that arrives in pieces. The last valid line wins. */
export class ScoreLineReader {
  private rest = '';
  private found: number | null = null;
  private wrong: ClaimProblem | null = null;

  /** @param metrics names under which the competition's metric may be reported */
  constructor(private readonly metrics: readonly string[]) {}

  push(text: string): void {
    const lines = (this.rest + text).split(/\r?\n/);
    // Only the beginning of an endless line can matter.
    this.rest = (lines.pop() ?? '').slice(0, maxLine);
    for (const line of lines) this.read(line);
  }

  end(): { value: number | null; problem: ClaimProblem | null } {
    this.read(this.rest);
    this.rest = '';
    return { value: this.found, problem: this.wrong };
  }

  private read(line: string): void {
    const match = scoreLine.exec(line.trimEnd());
    const [, metric, text] = match ?? [];
    if (metric === undefined || text === undefined) return;
    if (!this.metrics.includes(metric)) {
      this.wrong ??= { kind: 'other_metric', metric: metric.slice(0, 60) };
      return;
    }
    const value = decimal.test(text) ? Number(text) : Number.NaN;
    if (Number.isFinite(value)) {
      this.found = value;
      this.wrong = null;
    } else if (notFinite.test(text) || decimal.test(text)) {
      this.found = null;
      this.wrong = { kind: 'not_finite', text };
    }
  }
}

/**
 * Fold scores by model from `scores.csv` with the columns model, fold and score (other columns
 * are ignored). Undefined when the file has another form.
 */
export function parseScores(text: string): ReadonlyMap<string, readonly number[]> | undefined {
  const [header, ...rows] = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/).filter((line) => line.trim() !== '');
  const names = (header ?? '').split(',').map(unquote);
  const [model, fold, score] = ['model', 'fold', 'score'].map((name) => names.indexOf(name));
  if (model === undefined || fold === undefined || score === undefined || Math.min(model, fold, score) < 0) return undefined;
  const models = new Map<string, number[]>();
  for (const row of rows.slice(0, 10_000)) {
    const cells = row.split(',').map(unquote);
    const text = cells[score] ?? '';
    const value = decimal.test(text) ? Number(text) : Number.NaN;
    if (!Number.isFinite(value)) return undefined;
    const name = cells[model] ?? '';
    const folds = models.get(name);
    if (folds) folds.push(value);
    else models.set(name, [value]);
  }
  return models.size > 0 ? models : undefined;
}

const unquote = (cell: string): string => cell.trim().replace(/^"(.*)"$/, '$1');

/**
 * The attempt's claim. A score line gives the value and `scores.csv` the folds; without a line
 * the value is the mean over the folds of the model `ensemble`, else of the best model.
 */
export function claimOf(line: number | null, scores: ReadonlyMap<string, readonly number[]> | undefined, direction: Direction): Claim | undefined {
  const folds = scores ? chooseFolds(line, scores, direction) : [];
  if (line === null && folds.length === 0) return undefined;
  return { value: line ?? mean(folds), se: standardError(folds), folds: [...folds], source: line === null ? 'scores_file' : 'line' };
}

function chooseFolds(line: number | null, scores: ReadonlyMap<string, readonly number[]>, direction: Direction): readonly number[] {
  const distance = (folds: readonly number[]): number => (line === null ? (direction === 'maximize' ? -mean(folds) : mean(folds)) : Math.abs(mean(folds) - line));
  const ensemble = line === null ? scores.get('ensemble') : undefined;
  if (ensemble) return ensemble;
  return [...scores.values()].reduce((best, folds) => (distance(folds) < distance(best) ? folds : best));
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Standard error of the mean over folds; null for fewer than 3. */
function standardError(folds: readonly number[]): number | null {
  if (folds.length < 3) return null;
  const centre = mean(folds);
  const variance = folds.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (folds.length - 1);
  return Math.sqrt(variance / folds.length);
}
