import type { Competition, EvaluationFiles } from '../environment/ports';
import { baselineSolution } from './offline/code/baseline';
import { toScript, type Cell } from './offline/code/sections';
import { familiesFor, firstRecipe } from './offline/families';
import { solutionOf } from './offline/solution';
import { describeTask, type Pictures, type Task } from './offline/task';
import { benchNotebook, benchScript, scriptOfBench } from './starterNames';

export interface StarterFile {
  readonly path: string;
  readonly text: string;
}

const seed = 0;

/** The simplest model that learns, or the constant where no template fits. */
function trainScript(task: Task): string {
  const first = familiesFor(task)[0];
  return toScript(first ? solutionOf(task, firstRecipe(task, first), seed) : baselineSolution(task));
}

/** The first pictures side by side, each pixel a square. */
function pictureCells({ column, base }: Pictures): Cell[] {
  return [
    { kind: 'markdown', source: '## Pictures\n\nThe first rows of the training file.' },
    {
      kind: 'code',
      source: `from base64 import b64encode
from pathlib import Path

from IPython.display import HTML


def picture(path):
    content = b64encode(Path(path).read_bytes()).decode()
    return f'<img src="data:image/${'{'}Path(path).suffix[1:]};base64,{content}" style="height: 64px; image-rendering: pixelated; margin: 4px">'


HTML("".join(picture(${JSON.stringify(base)} + name) for name in train["${column}"].head(12)))`,
    },
  ];
}

function exploreCells(competition: Competition, task: Task): Cell[] {
  const better = competition.direction === 'maximize' ? 'higher' : 'lower';
  const cells: Cell[] = [
    {
      kind: 'markdown',
      source: `# ${competition.manifest.title}\n\n${competition.manifest.summary}\n\nScored by **${competition.metricLabel}**; ${better} is better. Look at the data here, then change \`${scriptOfBench(competition)}\`, run it and submit it.`,
    },
    { kind: 'code', source: `import pandas as pd\n\ntrain = pd.read_csv("${task.train}")\ntest = pd.read_csv("${task.test}")\nprint(f"train {train.shape}, test {test.shape}")\ntrain.head()` },
    { kind: 'markdown', source: '## Columns\n\nKinds of values, and how many are missing in each file.' },
    {
      kind: 'code',
      source: 'pd.DataFrame(\n    {\n        "kind": train.dtypes,\n        "unique": train.nunique(),\n        "missing in train": train.isna().sum(),\n        "missing in test": test.isna().sum(),\n    }\n)',
    },
  ];
  if (task.output === 'unsupported') return cells;
  if (task.pictures) cells.push(...pictureCells(task.pictures));
  cells.push({ kind: 'markdown', source: `## Target\n\nHow \`${task.label}\` is distributed. A constant prediction can be no better than this allows.` });
  cells.push({ kind: 'code', source: task.output === 'number' ? `train["${task.label}"].describe()` : `train["${task.label}"].value_counts(normalize=True)` });
  const column = task.categories[0] ?? task.numbers[0];
  if (column) {
    cells.push({ kind: 'markdown', source: '## Features against the target\n\nA feature that differs between the rows of the table below is worth having in the model.' });
    const source =
      task.output === 'number'
        ? `train.select_dtypes("number").corr()["${task.label}"].sort_values()`
        : task.numbers.length > 0
          ? `train.groupby("${task.label}")[[${task.numbers.map((name) => `"${name}"`).join(', ')}]].mean()`
          : `pd.crosstab(train["${column}"], train["${task.label}"], normalize="index")`;
    cells.push({ kind: 'code', source });
  }
  return cells;
}

/** nbformat 4.5; ids are fixed, so the file is the same every time. */
function notebookText(cells: readonly Cell[]): string {
  const nodes = cells.map(({ kind, source }, i) => {
    const lines = source.split('\n').map((line, at, all) => (at < all.length - 1 ? `${line}\n` : line));
    const shared = { id: `start-${i + 1}`, metadata: {}, source: lines };
    return kind === 'markdown' ? { cell_type: 'markdown', ...shared } : { cell_type: 'code', execution_count: null, outputs: [], ...shared };
  });
  const metadata = { kernelspec: { display_name: 'Python 3', language: 'python', name: 'python3' }, language_info: { name: 'python' } };
  return `${JSON.stringify({ cells: nodes, metadata, nbformat: 4, nbformat_minor: 5 }, null, 1)}\n`;
}

/** The person's own files: what is to be improved, and beside it what judges it. */
function ownFiles({ solution, fixed }: EvaluationFiles): StarterFile[] {
  const contents = [...solution, ...[...fixed].map(([path, { content }]) => [path, content] as const)];
  return contents.flatMap(([path, content]) => {
    const text = textOf(content);
    return text === undefined ? [] : [{ path, text }];
  });
}

/** Undefined for what is no text: it lies beside every attempt, but no bench edits it. */
function textOf(content: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content);
  } catch {
    return undefined;
  }
}

/**
 * What lies on the bench of a person who plays alone: a first model that runs, and a notebook to look
 * at the data. The competition's own script or notebook stands in for the one of its kind.
 */
export function starterFiles(competition: Competition): StarterFile[] {
  if (competition.evaluationFiles) return ownFiles(competition.evaluationFiles);
  const own = competition.starter ?? [];
  const kinds = new Set(own.map(({ path }) => path.slice(path.lastIndexOf('.'))));
  return [...own, ...generated(competition).filter(({ path }) => !kinds.has(path.slice(path.lastIndexOf('.'))))];
}

function generated(competition: Competition): StarterFile[] {
  const task = describeTask(competition, {});
  return [
    { path: benchScript, text: trainScript(task) },
    { path: benchNotebook, text: notebookText(exploreCells(competition, task)) },
  ];
}
