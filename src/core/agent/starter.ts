import type { Competition } from '../environment/ports';
import { baselineSolution } from './offline/code/baseline';
import { toScript, type Cell } from './offline/code/sections';
import { familiesFor, firstRecipe } from './offline/families';
import { solutionOf } from './offline/solution';
import { describeTask, type Task } from './offline/task';
import { benchNotebook, benchScript } from './starterNames';

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

function exploreCells(competition: Competition, task: Task): Cell[] {
  const better = competition.direction === 'maximize' ? 'higher' : 'lower';
  const cells: Cell[] = [
    {
      kind: 'markdown',
      source: `# ${competition.manifest.title}\n\n${competition.manifest.summary}\n\nScored by **${competition.metricLabel}**; ${better} is better. Look at the data here, then change \`${benchScript}\`, run it and submit it.`,
    },
    { kind: 'code', source: `import pandas as pd\n\ntrain = pd.read_csv("${task.train}")\ntest = pd.read_csv("${task.test}")\nprint(f"train {train.shape}, test {test.shape}")\ntrain.head()` },
    { kind: 'markdown', source: '## Columns\n\nKinds of values, and how many are missing in each file.' },
    {
      kind: 'code',
      source: 'pd.DataFrame(\n    {\n        "kind": train.dtypes,\n        "unique": train.nunique(),\n        "missing in train": train.isna().sum(),\n        "missing in test": test.isna().sum(),\n    }\n)',
    },
  ];
  if (task.output === 'unsupported') return cells;
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

/** What lies on the bench of a person who plays alone: a first model that runs, and a notebook to look at the data. */
export function starterFiles(competition: Competition): StarterFile[] {
  const task = describeTask(competition, {});
  return [
    { path: benchScript, text: trainScript(task) },
    { path: benchNotebook, text: notebookText(exploreCells(competition, task)) },
  ];
}
