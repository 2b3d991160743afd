import { joined, type Cell, type JsonObject, type Notebook } from './notebook';
import { cutMiddle } from './outputs';

/** A cell as a model or a person at a terminal reads it: no JSON, no pictures, bounded. */
export interface CellView {
  readonly id: string;
  readonly kind: Cell['kind'];
  readonly source: string;
  /** null for text cells and code that has not run. */
  readonly executionCount: number | null;
  /** Text of the outputs in order; pictures and the like are named with their size. */
  readonly outputs: string;
}

export interface ViewLimits {
  readonly sourceChars: number;
  readonly outputChars: number;
}

/** Cells of a notebook with trimmed sources and outputs. */
export function viewNotebook(notebook: Notebook, limits: ViewLimits = { sourceChars: 20_000, outputChars: 2_000 }): CellView[] {
  return notebook.cells.map((cell) => ({
    id: cell.id,
    kind: cell.kind,
    source: cutMiddle(cell.source, limits.sourceChars),
    executionCount: cell.executionCount,
    outputs: cutMiddle(cell.outputs.map(outputText).filter((text) => text !== '').join('\n'), limits.outputChars),
  }));
}

/** One text of the whole notebook, each cell under a line with its id. */
export function notebookText(notebook: Notebook, limits?: ViewLimits): string {
  return viewNotebook(notebook, limits)
    .map((cell) => {
      const count = cell.kind === 'code' ? ` [${cell.executionCount ?? ' '}]` : '';
      const head = `--- ${cell.kind} cell ${cell.id}${count}\n${cell.source}`;
      return cell.outputs === '' ? head : `${head}\n--- output\n${cell.outputs}`;
    })
    .join('\n');
}

/** Text of one output in nbformat's form: coloured text without colours, pictures by name and size. */
export function outputText(output: JsonObject): string {
  const lines = (value: JsonObject[string] | undefined): string =>
    typeof value === 'string' ? value : Array.isArray(value) ? joined(value.filter((line) => typeof line === 'string')) : '';
  if (output.output_type === 'stream') return withoutColours(lines(output.text)).trimEnd();
  if (output.output_type === 'error') {
    const traceback = Array.isArray(output.traceback) ? output.traceback.filter((line) => typeof line === 'string').join('\n') : '';
    const text = withoutColours(traceback).trimEnd();
    const last = `${lines(output.ename)}: ${lines(output.evalue)}`;
    return text.includes(last) ? text : `${text}\n${last}`.trim();
  }
  const data = output.data;
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return '';
  const plain = withoutColours(lines(data['text/plain'])).trimEnd();
  const others = Object.entries(data)
    .filter(([mime]) => mime !== 'text/plain' && (plain === '' || !mime.startsWith('text/')))
    .map(([mime, value]) => `[${mime}, ${size(typeof value === 'string' ? value.length : JSON.stringify(value).length)}]`);
  return [plain, ...others].filter((text) => text !== '').join('\n');
}

const size = (chars: number): string => (chars < 10_000 ? `${chars} characters` : `${Math.round(chars / 1024)} KB`);

/** Text without the escape sequences that colour it on a terminal. */
export function withoutColours(text: string): string {
  return text.replace(/\u001b\[[0-9;?]*[ -/]*[@-~]/g, '');
}
