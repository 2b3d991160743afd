import type { CellOutput, JobEvent } from '../runtime/runtime';
import { split, type JsonObject } from './notebook';

/** Mime types that nbformat keeps as lists of lines. */
const isText = (mime: string): boolean => mime.startsWith('text/') || mime === 'image/svg+xml' || mime === 'application/javascript';
const isJson = (mime: string): boolean => mime === 'application/json' || mime.endsWith('+json');

/** An output in the form in which notebooks are written. */
export function toNbformat(output: CellOutput): JsonObject {
  switch (output.output_type) {
    case 'stream':
      return { output_type: 'stream', name: output.name, text: split(output.text) };
    case 'error':
      return { output_type: 'error', ename: output.ename, evalue: output.evalue, traceback: [...output.traceback] };
    case 'display_data':
    case 'execute_result': {
      const data = Object.fromEntries(Object.entries(output.data).map(([mime, text]) => [mime, mimeValue(mime, text)]));
      const base: JsonObject = { output_type: output.output_type, data, metadata: JSON.parse(JSON.stringify(output.metadata)) as JsonObject };
      return output.output_type === 'execute_result' ? { ...base, execution_count: output.execution_count ?? null } : base;
    }
  }
}

function mimeValue(mime: string, text: string): JsonObject[string] {
  if (isText(mime)) return split(text);
  if (!isJson(mime)) return text;
  try {
    return JSON.parse(text) as JsonObject[string];
  } catch {
    return text; // a JSON type with other text: kept as it came
  }
}

interface Collected {
  readonly outputs: CellOutput[];
  executionCount: number | null;
}

/**
 * Collects what cells give while a job runs: text of the same stream in a row becomes one output,
 * with carriage returns and backspaces carried out as a terminal would (progress bars).
 */
export class OutputCollector {
  private readonly cells = new Map<string, Collected>();

  add(event: JobEvent): void {
    if (event.type === 'milestone') return;
    if (event.cell === undefined) return;
    const cell = this.entry(event.cell);
    if (event.type === 'cell_done') {
      cell.executionCount = event.executionCount;
    } else if (event.type === 'cell_output') {
      cell.outputs.push(event.output);
    } else {
      const last = cell.outputs.at(-1);
      if (last?.output_type === 'stream' && last.name === event.stream) last.text += event.text;
      else cell.outputs.push({ output_type: 'stream', name: event.stream, text: event.text });
    }
  }

  /** Cells that gave anything, in the order in which they began. */
  get ids(): readonly string[] {
    return [...this.cells.keys()];
  }

  /** What a cell gave, bounded to about `maxChars` so that the notebook stays readable. */
  of(cell: string, maxChars = 200_000): { readonly outputs: readonly CellOutput[]; readonly executionCount: number | null } {
    const entry = this.cells.get(cell);
    if (!entry) return { outputs: [], executionCount: null };
    const outputs = entry.outputs.map((output) => (output.output_type === 'stream' ? { ...output, text: asTerminal(output.text) } : output));
    return { outputs: bounded(outputs, maxChars), executionCount: entry.executionCount };
  }

  private entry(cell: string): Collected {
    let entry = this.cells.get(cell);
    if (!entry) this.cells.set(cell, (entry = { outputs: [], executionCount: null }));
    return entry;
  }
}

/** Carries out carriage returns and backspaces: what a line shows at its end. */
export function asTerminal(text: string): string {
  if (!/[\r\b]/.test(text)) return text;
  return text.replaceAll('\r\n', '\n').split('\n').map(overwritten).join('\n');
}

function overwritten(line: string): string {
  if (!/[\r\b]/.test(line)) return line;
  const shown: string[] = [];
  let at = 0;
  for (const char of line) {
    if (char === '\r') at = 0;
    else if (char === '\b') at = Math.max(0, at - 1);
    else shown[at++] = char;
  }
  return shown.join('');
}

/** Outputs of about `maxChars` together: long texts lose their middle, then pictures give way to their text. */
export function bounded(outputs: readonly CellOutput[], maxChars: number): readonly CellOutput[] {
  let left = maxChars;
  return outputs.map((output) => {
    const limited = boundedOne(output, Math.max(500, left));
    left -= sizeOf(limited);
    return limited;
  });
}

function boundedOne(output: CellOutput, maxChars: number): CellOutput {
  if (sizeOf(output) <= maxChars) return output;
  switch (output.output_type) {
    case 'stream':
      return { ...output, text: cutMiddle(output.text, maxChars) };
    case 'error':
      return { ...output, evalue: cutMiddle(output.evalue, 500), traceback: [cutMiddle(output.traceback.join('\n'), maxChars)] };
    case 'display_data':
    case 'execute_result': {
      const plain = output.data['text/plain'] ?? '';
      const names = Object.keys(output.data).filter((mime) => mime !== 'text/plain');
      const note = names.length > 0 ? `[not kept for its size: ${names.join(', ')}]\n` : '';
      return { ...output, data: { 'text/plain': note + cutMiddle(plain, maxChars) } };
    }
  }
}

function sizeOf(output: CellOutput): number {
  switch (output.output_type) {
    case 'stream':
      return output.text.length;
    case 'error':
      return output.evalue.length + output.traceback.reduce((sum, line) => sum + line.length, 0);
    case 'display_data':
    case 'execute_result':
      return Object.values(output.data).reduce((sum, text) => sum + text.length, 0);
  }
}

/** A text of at most about `maxChars`, its middle replaced by a note of how much is missing. */
export function cutMiddle(text: string, maxChars: number): string {
  if (text.length <= maxChars) return text;
  const half = Math.floor(maxChars / 2);
  return `${text.slice(0, half)}\n… ${text.length - 2 * half} characters left out …\n${text.slice(text.length - half)}`;
}
