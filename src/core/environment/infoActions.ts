import type { ActionParams } from './actions';
import { refuse, type Outcome, type StepContext } from './context';
import { sig5 } from './freshRun';

export function competitionInfo(ctx: StepContext): Outcome {
  const { manifest, description, metricLabel, direction, sample, profiles } = ctx.ports.competition;
  const { limits } = ctx.config;
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
      files: manifest.files.map((file) => ({ ...file, rows: profiles.find((profile) => profile.path === file.path)?.rows ?? null })),
      metric: { name: manifest.metric.name, label: metricLabel, direction, params: manifest.metric.params },
      submission: manifest.submission,
      sample_submission: sample,
      limits: { step_seconds: limits.stepSeconds, graded_calls: limits.gradedCalls, run_seconds: limits.seconds ?? null, attempts: limits.attempts ?? null },
      report: `Print "SCORE ${manifest.metric.name} <number>" for the validation score, and write scores.csv (model,fold,score) for the folds.`,
      isolation: ctx.ports.isolation,
      libraries: { ...ctx.ports.sandbox.info.libraries },
    },
  };
}

export function dataPreview(ctx: StepContext, params: ActionParams<'data_preview'>): Outcome {
  const { profiles, manifest } = ctx.ports.competition;
  const wanted = params.path.replace(/^\.\//, '');
  const profile = profiles.find((one) => one.path === wanted || one.path === `data/${wanted}`);
  if (!profile) {
    const known = profiles.map((one) => one.path).join(', ');
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
