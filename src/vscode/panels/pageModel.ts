import { boardKindOf } from '../../core/competition/boardPart';
import type { FileProfile } from '../../core/competition/manifest';
import { modalityWords } from '../../core/competition/words';
import type { MetricFacts } from '../../core/competition/metricFacts';
import type { Competition } from '../../core/environment/ports';
import type { CompetitionPage } from '../../protocol/panel';
import { formatTime } from '../views/format';
import { metricText, type MetricText } from './metricText';

/** What the page shows beside the competition itself. */
export interface PageContext {
  readonly best: CompetitionPage['best'];
  readonly choices: CompetitionPage['choices'];
  readonly blocked: CompetitionPage['blocked'];
}

/** The competition page's content: pure. */
export function pageModel(competition: Competition & { readonly metric: MetricFacts }, context: PageContext): CompetitionPage {
  const { manifest } = competition;
  const { metric, submission, limits, environment, split } = manifest;
  const profile = (role: string) => competition.profiles.find((candidate) => manifest.files.some((file) => file.role === role && file.path === candidate.path));
  const folders = (competition.folders ?? []).map((folder) => ({ ...folder, description: manifest.files.find((file) => file.path === folder.path)?.description ?? '' }));
  const text = manifest.evaluation ? (manifest.evaluation.test ? testedText : printedText) : (metricText(metric.name, metric.params) ?? ownWords(competition.metric));
  return {
    id: manifest.id,
    title: manifest.title,
    summary: manifest.summary,
    modality: manifest.modality,
    facts: facts(competition, profile('train'), profile('test')),
    source: { name: manifest.source.name, licence: manifest.source.licence, ...(manifest.source.url ? { url: manifest.source.url } : {}) },
    description: competition.description,
    submission: { file: submission.file, id: submission.id, target: submission.target, rules: submission.rules },
    ...(manifest.evaluation ? { evaluation: { command: manifest.evaluation.command, hiddenTest: manifest.evaluation.test !== undefined, solution: [...(competition.evaluationFiles?.solution.keys() ?? [])], readOnly: [...(competition.evaluationFiles?.fixed.keys() ?? [])] } } : {}),
    files: manifest.files.flatMap(({ path, description }) => {
      const found = competition.profiles.find((candidate) => candidate.path === path);
      return found ? [{ ...found, description }] : [];
    }),
    ...(folders.length > 0 ? { folders } : {}),
    metric: { label: competition.metricLabel, direction: competition.direction, ...text },
    limits: [
      { label: 'Run', value: formatTime(limits.runSeconds) },
      { label: 'Step', value: formatTime(limits.stepSeconds) },
      ...(manifest.evaluation ? [] : [{ label: 'Graded calls', value: String(limits.submissions) }]),
      { label: 'Memory', value: `${environment.memoryGb.toFixed(2)} GB` },
      { label: 'Network', value: environment.network === 'none' ? 'none' : 'yes' },
      ...(manifest.evaluation ? [] : [{ label: 'Public share', value: `${Math.round(split.publicShare * 100)} %` }]),
    ],
    board: [...competition.board],
    boardOf: boardKindOf(competition.manifest.source.kind),
    ...context,
  };
}

/** A metric without a text for newcomers is told by its definition. */
function ownWords({ formula, explanation, range: [low, high] }: MetricFacts): MetricText {
  const bound = (value: number): string => (Number.isFinite(value) ? String(value) : value < 0 ? '−∞' : '∞');
  return { formula, explanation, range: Number.isFinite(low) || Number.isFinite(high) ? `${bound(low)} to ${bound(high)}` : '' };
}

const testedText = { formula: 'the last line that the evaluation prints', explanation: 'Evaluations beside the code guide; after the run the chosen attempt runs on a hidden test, whose score decides.', range: '' };
const printedText = { formula: 'the last line that the evaluation prints', explanation: 'Your own command says how good the files are.', range: '' };

function facts({ manifest, evaluationFiles }: Competition, train: FileProfile | undefined, test: FileProfile | undefined): string[] {
  if (manifest.evaluation) {
    const files = evaluationFiles?.solution.size ?? 0;
    return [`${files} ${files === 1 ? 'file' : 'files'} to improve`, ...(manifest.evaluation.test ? ['dev phase, hidden test phase'] : [])];
  }
  const [target] = manifest.submission.target;
  const column = train?.columns.find((candidate) => candidate.name === target);
  const classes = manifest.submission.target.length > 1 ? manifest.submission.target.length : column?.unique;
  const kind = manifest.task === 'multiclass' && classes ? `${classes} classes` : manifest.task === 'regression' ? 'a number' : manifest.task;
  const rows = [train ? `${train.rows.toLocaleString('en')} training rows` : '', test ? `${test.rows.toLocaleString('en')} test rows` : ''].filter(Boolean).join(', ');
  return [`${modalityWords[manifest.modality]}, ${kind}`, ...(rows ? [rows] : [])];
}
