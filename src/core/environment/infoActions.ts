import type { Evaluation, FolderProfile } from '../competition/manifest';
import type { ActionParams } from './actions';
import { refuse, type Outcome, type StepContext } from './context';
import { sig5 } from './freshRun';
import type { EvaluationFiles } from './ports';
import { scoreProtocol } from './printedScore';

export function competitionInfo(ctx: StepContext): Outcome {
  const { manifest, description, metricLabel, direction, sample, profiles, folders = [], evaluationFiles } = ctx.ports.competition;
  const { limits } = ctx.config;
  const shared = {
    limits: { step_seconds: limits.stepSeconds, graded_calls: limits.gradedCalls, run_seconds: limits.seconds ?? null, attempts: limits.attempts ?? null },
    isolation: ctx.ports.isolation,
    libraries: { ...ctx.ports.sandbox.info.libraries },
  };
  return {
    status: 'ok',
    attempt: null,
    summary: `${manifest.title}: ${manifest.summary}`,
    data: {
      id: manifest.id,
      title: manifest.title,
      modality: manifest.modality,
      task: manifest.task,
      description,
      files: manifest.files.map((file) => {
        const folder = folders.find((one) => one.path === file.path);
        return folder ? { ...file, files: folder.files, bytes: folder.bytes } : { ...file, rows: profiles.find((profile) => profile.path === file.path)?.rows ?? null };
      }),
      metric: { name: manifest.metric.name, label: metricLabel, direction, params: manifest.metric.params },
      ...(manifest.evaluation ? evaluationInfo(manifest.evaluation, evaluationFiles) : { submission: manifest.submission, sample_submission: sample, report: `Print "SCORE ${manifest.metric.name} <number>" for the validation score, and write scores.csv (model,fold,score) for the folds.` }),
      ...shared,
    },
  };
}

function evaluationInfo({ command, seconds, test }: Evaluation, files: EvaluationFiles | undefined) {
  return {
    evaluation: { command, seconds: seconds ?? null, protocol: scoreProtocol, self_scored: test === undefined },
    ...(test ? { hidden_test: 'After the run the chosen attempt is run on hidden data, and that score decides.' } : {}),
    solution_files: [...(files?.solution.keys() ?? [])],
    read_only_files: [...(files?.fixed.keys() ?? [])],
    report: 'Change the files of the solution, then `submit`: it runs the evaluation over them in a fresh folder. The read-only files are put back before it runs.',
  };
}

export function dataPreview(ctx: StepContext, params: ActionParams<'data_preview'>): Outcome {
  const { profiles, manifest, folders = [] } = ctx.ports.competition;
  const wanted = params.path.replace(/^\.\//, '');
  const folder = folders.find((one) => [wanted, `${wanted}/`, `data/${wanted}`, `data/${wanted}/`].includes(one.path));
  if (folder) return folderPreview(folder);
  const profile = profiles.find((one) => one.path === wanted || one.path === `data/${wanted}`);
  if (!profile) {
    const known = [...profiles, ...folders].map((one) => one.path).join(', ');
    const listed = manifest.files.some((file) => file.path === wanted);
    return refuse(
      'not_found',
      listed ? `"${params.path}" is no CSV file that could be profiled.` : `There is no data file "${params.path}".`,
      `Data files: ${known}.`,
    );
  }
  const { head, ...rest } = profile;
  return {
    status: 'ok',
    attempt: null,
    summary: `${profile.path}: ${profile.rows} rows, ${profile.columns.length} columns.`,
    data: {
      ...rest,
      columns: profile.columns.map((column) => ({ ...column })),
      head: head.slice(0, params.rows).map((row) => [...row]),
      head_rows: Math.min(params.rows, head.length),
    },
  };
}

/** The pictures themselves are for people; an agent gets their paths, labels and sizes. */
function folderPreview({ path, files, bytes, kinds, namedBy, pictures }: FolderProfile): Outcome {
  const kind = kinds.map((one) => `${one.count} ${one.kind || 'without an ending'}`).join(', ');
  return {
    status: 'ok',
    attempt: null,
    summary: `${path}: ${files} files (${kind}), ${bytes} bytes.`,
    data: {
      path,
      files,
      bytes,
      kinds,
      named_by: namedBy && `"${namedBy.base}" followed by the column "${namedBy.column}" of the training and the test file`,
      examples: pictures.map((picture) => ({ path: picture.path, label: picture.label, size: picture.size })),
    },
  };
}

export function history(ctx: StepContext, params: ActionParams<'history'>): Outcome {
  const { attempts } = ctx.state;
  const rows = attempts.slice(-params.last).map((attempt) => ({
    attempt: attempt.id,
    parents: [...attempt.parents],
    operator: attempt.operator,
    by: attempt.lane,
    plan: attempt.plan,
    status: attempt.status,
    claim: attempt.claim?.value ?? null,
    public_score: attempt.public === null ? null : Number(sig5(attempt.public)),
    error: attempt.error ? { type: attempt.error.type, message: attempt.error.message.slice(0, 150) } : null,
    entry: attempt.lastRun?.entry ?? null,
    seconds: Math.round(attempt.seconds * 10) / 10,
  }));
  return { status: 'ok', attempt: null, summary: `${attempts.length} attempts so far.`, data: { attempts: rows } };
}
