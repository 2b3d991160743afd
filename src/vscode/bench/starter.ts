import type { Manifest } from '../../core/competition/manifest';

/** The two files that a bench begins with when the competition brings no starter of its own. */
export const benchScript = 'train.py';
export const benchNotebook = 'solution.ipynb';

interface Task {
  readonly manifest: Manifest;
  readonly metricLabel: string;
  readonly direction: 'maximize' | 'minimize';
}

/** A script that is read in a minute, runs in a second, and writes a valid submission. */
export function starterScript(task: Task): string {
  const { title } = task.manifest;
  return [`"""${title}: your script. "Run and Submit" in the editor's title has it scored."""`, 'import pandas as pd', '', loadLines(task), '', '# A constant, to have a first valid submission. Put your model here.', submissionLines(task), ''].join('\n');
}

/** The same in cells, with the task in words. */
export function starterNotebook(task: Task): string {
  const { manifest, metricLabel, direction } = task;
  const cell = (id: string, type: 'markdown' | 'code', source: string) => ({
    cell_type: type,
    id,
    metadata: {},
    ...(type === 'code' ? { execution_count: null, outputs: [] } : {}),
    source: source.split(/(?<=\n)/),
  });
  const intro = `# ${manifest.title}\n\n${manifest.summary}\n\nMetric: ${metricLabel}, ${direction === 'maximize' ? 'higher' : 'lower'} is better. The last cell writes \`${manifest.submission.file}\`.`;
  const notebook = {
    cells: [
      cell('intro', 'markdown', intro),
      cell('load', 'code', `import pandas as pd\n\n${loadLines(task)}\ntrain.head()`),
      cell('look', 'code', 'train.describe(include="all").T'),
      cell('plan', 'markdown', '## Submission\n\nA constant, to have a first valid submission. Put your model here.'),
      cell('submit', 'code', submissionLines(task)),
    ],
    metadata: { kernelspec: { display_name: 'Python 3', language: 'python', name: 'python3' }, language_info: { name: 'python' } },
    nbformat: 4,
    nbformat_minor: 5,
  };
  return `${JSON.stringify(notebook, null, 1)}\n`;
}

const quoted = (text: string): string => JSON.stringify(text);

function fileOf({ manifest }: Task, role: 'train' | 'test' | 'sample'): string {
  return manifest.files.find((file) => file.role === role)?.path ?? `data/${role}.csv`;
}

function loadLines(task: Task): string {
  return [`train = pd.read_csv(${quoted(fileOf(task, 'train'))})`, `test = pd.read_csv(${quoted(fileOf(task, 'test'))})`].join('\n');
}

function submissionLines(task: Task): string {
  const { submission, task: kind } = task.manifest;
  const [target] = submission.target;
  const lines = [`submission = pd.read_csv(${quoted(fileOf(task, 'sample'))})`];
  if (submission.target.length === 1 && target) {
    const constant = kind === 'regression' || kind === 'binary' ? 'mean()' : 'mode()[0]';
    lines.push(`submission[${quoted(target)}] = train[${quoted(target)}].${constant}`);
  }
  lines.push(`submission.to_csv(${quoted(submission.file)}, index=False)`);
  return lines.join('\n');
}
