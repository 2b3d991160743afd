import type { Command } from 'commander';
import { CompetitionError } from '../../node/competitions/competitionError';
import { CompetitionLibrary, type LoadedCompetition } from '../../node/competitions/library';
import { podiumHome } from '../../node/storage/podiumHome';
import type { Health } from '../../core/competition/finding';
import type { ColumnProfile, Evaluation } from '../../core/competition/manifest';
import { formatTable, reportError, writeJson, writeLine } from '../output';
import { bundledFolder } from '../packageRoot';
import { showFromCatalogue } from './catalogue';

/** What `--json` prints. Nothing of the answers is in it. */
function factsOf(competition: LoadedCompetition, health: Health): Record<string, unknown> {
  const { manifest, metric } = competition;
  const descriptions = new Map(manifest.files.map((file) => [file.path, file.description]));
  return {
    id: manifest.id,
    title: manifest.title,
    summary: manifest.summary,
    location: competition.location,
    folder: competition.folder,
    modality: manifest.modality,
    task: manifest.task,
    source: manifest.source,
    metric: {
      name: manifest.metric.name,
      params: manifest.metric.params,
      label: metric.label,
      direction: metric.direction,
      range: metric.range.map((bound) => (Number.isFinite(bound) ? bound : null)),
      formula: metric.formula,
      explanation: metric.explanation,
    },
    ...(manifest.evaluation ? { selfScored: manifest.evaluation.test === undefined, evaluation: { ...manifest.evaluation, ...filesOf(competition) } } : { submission: manifest.submission, split: manifest.split }),
    files: competition.profiles.map((profile) => ({ ...profile, description: descriptions.get(profile.path) ?? '' })),
    folders: competition.folders?.map(({ pictures, ...folder }) => ({
      ...folder,
      description: descriptions.get(folder.path) ?? '',
      examples: pictures.map(({ path, label, size }) => ({ path, label, size })),
    })),
    limits: manifest.limits,
    environment: manifest.environment,
    board: competition.board,
    description: competition.description,
    sample: competition.sample,
    health,
  };
}

function valuesOf(column: ColumnProfile): string {
  if (column.range) return `${column.range[0]} – ${column.range[1]}`;
  if (column.top) return column.top.map(({ value, count }) => `${value} (${count})`).join(', ') + (column.unique > column.top.length ? ', …' : '');
  return `${column.unique} different`;
}

function filesOf({ evaluationFiles }: LoadedCompetition): { solution: string[]; readOnly: string[] } {
  return { solution: [...(evaluationFiles?.solution.keys() ?? [])], readOnly: [...(evaluationFiles?.fixed.keys() ?? [])] };
}

function evaluationText(competition: LoadedCompetition, { command, test }: Evaluation): string {
  const { solution, readOnly } = filesOf(competition);
  return `${test ? 'Guided by its evaluation, decided by a hidden test after the run' : 'Self-scored by its own evaluation'}: ${command}\n  improves ${solution.join(', ')}\n  read-only ${readOnly.join(', ') || 'nothing'}`;
}

function textOf(competition: LoadedCompetition, health: Health): string {
  const { manifest, metric, board } = competition;
  const files = competition.profiles.map((profile) => {
    const rows = profile.columns.map((column) => [
      `  ${column.name}`,
      column.role === 'feature' ? column.kind : column.role,
      column.missing > 0 ? `${column.missing} missing` : '',
      valuesOf(column),
    ]);
    return `${profile.path}, ${profile.rows} rows\n${formatTable(rows)}`;
  });
  const folders = (competition.folders ?? []).map(({ path, files: count, bytes, kinds }) => `${path}, ${count} files (${kinds.map(({ kind }) => kind).join(', ')}), ${bytes} bytes`);
  const better = metric.direction === 'maximize' ? 'higher is better' : 'lower is better';
  const places = board.map(({ name, score }, index) => [`  ${index + 1}`, name, score.toFixed(4)]);
  const findings = health.findings.map(({ severity, message, fix }) => [`  ${severity}`, `${message} ${fix}`]);
  return [
    `${manifest.title}\n${manifest.summary}`,
    competition.description.trim(),
    `Metric: ${metric.label}, ${better}\n  ${metric.formula}`,
    manifest.evaluation ? evaluationText(competition, manifest.evaluation) : `Submission: ${manifest.submission.file} with ${[...manifest.submission.id, ...manifest.submission.target].join(', ')}`,
    ...files,
    ...folders,
    ...(board.length > 0 ? [`${manifest.source.kind === 'bundled' ? 'Reference solutions, run on the same split' : 'Leaderboard'}\n${formatTable(places, new Set([0, 2]))}`] : []),
    `Health: ${health.passed.length} passed, ${health.findings.length} to know\n${formatTable(findings)}`,
    originOf(manifest.source),
    `Folder: ${competition.folder}`,
  ].join('\n\n');
}

function originOf({ name, url, licence }: LoadedCompetition['manifest']['source']): string {
  const source = `Source: ${url === undefined ? name : `${name}, ${url}`}`;
  return licence === undefined ? source : `Licence: ${licence.replace(/\.$/, '')}. ${source}`;
}

/** `podium show <id|dir>`: description, files, metric, limits and board of a competition. */
export function registerShow(program: Command): void {
  program
    .command('show')
    .description('show a competition: description, files, metric, board')
    .argument('<competition>', 'id of a bundled or imported competition or of one in the catalogue, or a folder')
    .option('--json', 'print one JSON object')
    .action(async (idOrFolder: string, { json = false }: { json?: boolean }) => {
      try {
        const competition = await new CompetitionLibrary({ bundledFolder: bundledFolder(), home: podiumHome() }).load(idOrFolder);
        const health = await competition.health();
        if (json) writeJson(factsOf(competition, health));
        else writeLine(textOf(competition, health));
      } catch (error) {
        if (CompetitionError.is(error, 'not_found') && (await showFromCatalogue(idOrFolder, json))) return;
        reportError(error, json, CompetitionError.is(error, 'not_found') ? 2 : 1);
      }
    });
}
