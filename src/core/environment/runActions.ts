import * as z from 'zod';
import { parseJson } from '../parseJson';
import { setOutputs } from '../notebook/cells';
import { parseNotebook, serializeNotebook, type Notebook } from '../notebook/notebook';
import type { OutputCollector } from '../notebook/outputs';
import { codeCells } from '../notebook/script';
import type { ActionParams } from './actions';
import checkSource from './check.py';
import { folderOf, refuse, type Outcome, type StepContext } from './context';
import { ownText, pathOf, storeText } from './fileActions';
import { concludeRun, failedWords, runJob, type JobReport } from './freshRun';
import { failure } from './failure';
import { hintsFor } from './hints';
import { imagesOf } from './images';
import { checkPath, isNotebook, isScript, looksLikeCode, maxFileBytes } from './paths';
import type { AttemptState, FileMap, RunFacts } from './state';
import { checkSubmission, invalidSubmission } from './submissionCheck';

/** Runs a script or notebook from top to bottom in a fresh process and collects what it wrote. */
export async function runEntry(
  ctx: StepContext,
  attempt: AttemptState,
  entry: string,
  args: readonly string[],
  requested: number | undefined,
): Promise<Outcome & { run: RunFacts }> {
  const seconds = ctx.seconds(requested);
  if (!isNotebook(entry)) {
    const report = await runJob(ctx, attempt, { kind: 'script', path: entry, args }, { seconds, fresh: true });
    return { ...(await concludeRun(ctx, attempt, entry, report)), ...(await withImages(ctx, attempt, report, true)) };
  }
  const notebook = parseNotebook(await ownText(ctx, attempt.files, entry));
  const cells = codeCells(notebook);
  if (cells.length === 0) refuse('no_code', `${entry} has no code cell.`, 'Insert one with insert_cell.');
  const report = await runJob(ctx, attempt, { kind: 'notebook', cells }, { seconds, fresh: true });
  const files = await storeText(ctx, attempt.files, entry, serializeNotebook(withOutputs(notebook, report.cells)));
  return { ...(await concludeRun(ctx, attempt, entry, placedInNotebook(report, entry), files)), ...(await withImages(ctx, attempt, report, true)) };
}

async function withImages(ctx: StepContext, attempt: AttemptState, report: JobReport, files: boolean): Promise<Pick<Outcome, 'images'>> {
  const images = await imagesOf(ctx, attempt.id, report, { files });
  return images.length > 0 ? { images } : {};
}

/** Stores what cells gave when they were run; the others keep what they have. */
function withOutputs(notebook: Notebook, runs: OutputCollector): Notebook {
  let next = notebook;
  for (const id of runs.ids) {
    if (!notebook.cells.some((cell) => cell.id === id && cell.kind === 'code')) continue;
    const { outputs, executionCount } = runs.of(id);
    next = setOutputs(next, id, outputs, executionCount);
  }
  return next;
}

/** An error of a cell belongs to the notebook, whatever name the kernel gives the cell's code. */
function placedInNotebook(report: JobReport, entry: string): JobReport {
  const place = report.failure?.place;
  if (!report.failure || !place?.cell) return report;
  return { ...report, failure: { ...report.failure, place: { ...place, file: entry } } };
}

export async function runScript(ctx: StepContext, params: ActionParams<'run_script'>): Promise<Outcome> {
  const path = pathOf(checkPath(params.path));
  const files = ctx.attempt().files;
  if (isNotebook(path)) refuse('bad_path', `"${path}" is a notebook.`, 'Use run_all.');
  if (!files.has(path)) refuse('not_found', `There is no script "${path}".`, `Scripts: ${[...files.keys()].filter(isScript).join(', ') || 'none yet'}.`);
  const outcome = await runEntry(ctx, await ctx.editable(), path, params.args, params.seconds);
  // With arguments the run says nothing about what the file does by itself, which is what is graded.
  return params.args.length > 0 ? withoutEntry(outcome) : outcome;
}

export async function runAll(ctx: StepContext, params: ActionParams<'run_all'>): Promise<Outcome> {
  const path = notebookPath(params.path);
  await ownText(ctx, ctx.attempt().files, path);
  return await runEntry(ctx, await ctx.editable(), path, [], params.seconds);
}

const withoutEntry = (outcome: Outcome & { run: RunFacts }): Outcome => ({ ...outcome, data: { run: { ...outcome.run, entry: null } } });

function notebookPath(raw: string): string {
  const path = pathOf(checkPath(raw));
  return isNotebook(path) ? path : refuse('bad_path', `"${path}" is no notebook.`, 'Notebooks end in .ipynb; use run_script for scripts.');
}

/** Folder of the live kernel: the person explores on the bench, the agent in its attempt. */
const kernelFolder = (ctx: StepContext, attempt: AttemptState): string => (ctx.lane === 'human' ? 'bench' : folderOf(attempt.id));

export async function runCell(ctx: StepContext, params: ActionParams<'run_cell'>): Promise<Outcome> {
  const path = notebookPath(params.path);
  const attempt = ctx.attempt();
  const notebook = parseNotebook(await ownText(ctx, attempt.files, path));
  const cell = codeCells(notebook).find((one) => one.id === params.cell);
  if (!cell) return refuse('not_found', `${path} has no code cell "${params.cell}".`, 'See read_notebook for the ids.');
  const editable = await ctx.editable();
  const seconds = ctx.seconds(params.seconds);
  const report = await runJob(ctx, editable, { kind: 'cell', code: cell.code, cell: cell.id }, { seconds, fresh: false, folder: kernelFolder(ctx, editable) });
  const files = await storeText(ctx, editable.files, path, serializeNotebook(withOutputs(notebook, report.cells)));
  return { ...plainRun(ctx, `Cell ${cell.id}`, placedInNotebook(report, path)), ...(await withImages(ctx, editable, report, false)), attempt: editable.id, files };
}

export async function restartKernel(ctx: StepContext): Promise<Outcome> {
  const attempt = ctx.attempt();
  await ctx.ports.sandbox.restartKernel(kernelFolder(ctx, attempt));
  return { status: 'ok', attempt: attempt.id, summary: 'The kernel is restarted; its variables are gone.' };
}

export async function shell(ctx: StepContext, params: ActionParams<'shell'>): Promise<Outcome> {
  if (ctx.ports.isolation === 'none') refuse('not_isolated', 'Shell commands run only where the run is isolated.', 'Use run_script.');
  const attempt = await ctx.editable();
  const report = await runJob(ctx, attempt, { kind: 'shell', command: params.command }, { seconds: ctx.seconds(params.seconds), fresh: false });
  const files = await filesAfter(ctx, attempt);
  return { ...plainRun(ctx, 'The command', report), attempt: attempt.id, ...(files ? { files } : {}) };
}

/** What a job of no entry gives: output and error, no claim. */
function plainRun(ctx: StepContext, what: string, report: JobReport): Outcome {
  const run: RunFacts = {
    entry: null,
    ok: report.status === 'ok',
    seconds: report.seconds,
    outputs: {},
    submissionName: ctx.ports.competition.manifest.submission.file,
    submission: null,
  };
  const summary = report.failure ? failedWords(what, report.seconds, report.failure) : `${what} ran in ${report.seconds.toFixed(1)} s.`;
  return { status: report.status, summary, output: report.output, data: { run }, ...(report.failure ? { error: report.failure } : {}) };
}

/** The working copy after a command: code files that it wrote, changed or deleted become part of the solution. */
async function filesAfter(ctx: StepContext, attempt: AttemptState): Promise<FileMap | undefined> {
  const { sandbox, blobs } = ctx.ports;
  const folder = folderOf(attempt.id);
  const there = await sandbox.list(folder);
  const files = new Map<string, string>();
  const fixed = ctx.ports.competition.evaluationFiles?.fixed;
  for (const { path, bytes } of there) {
    const before = attempt.files.get(path);
    if (fixed?.has(path)) {
      // Whatever the command made of it: it is put back before the next job.
      if (before !== undefined) files.set(path, before);
      continue;
    }
    if (before === undefined && (!looksLikeCode(path) || bytes > maxFileBytes || path.startsWith('parents/') || !checkPath(path).ok)) continue;
    const content = await sandbox.get(folder, path, maxFileBytes);
    if (content !== undefined) files.set(path, await blobs.put(content));
    else if (before !== undefined) files.set(path, before);
  }
  const same = files.size === attempt.files.size && [...files].every(([path, hash]) => attempt.files.get(path) === hash);
  return same ? undefined : files;
}

const checkResult = z.object({
  errors: z.array(z.object({ file: z.string(), line: z.int(), type: z.string(), message: z.string(), source: z.string() })),
});

export async function validate(ctx: StepContext, params: ActionParams<'validate'>): Promise<Outcome> {
  const attempt = ctx.attempt();
  const name = ctx.ports.competition.manifest.submission.file;
  const path = params.path === undefined ? undefined : pathOf(checkPath(params.path));
  if (path !== undefined && path !== name && !attempt.files.has(path)) {
    refuse('not_found', `There is no file "${path}".`, `Files: ${[...attempt.files.keys()].join(', ') || 'none yet'}.`);
  }
  const code = [...attempt.files.keys()].filter((file) => (path === undefined ? isScript(file) || isNotebook(file) : file === path && file !== name));
  const syntax = code.length > 0 ? await parseCode(ctx, attempt, code) : undefined;
  if (syntax) return { ...syntax, attempt: attempt.id };
  const parses = code.length > 0 ? `${code.join(', ')} parse${code.length === 1 ? 's' : ''}.` : '';
  if (path !== undefined && path !== name) return { status: 'ok', attempt: attempt.id, summary: parses };
  if (ctx.ports.competition.manifest.evaluation !== undefined) return { status: 'ok', attempt: attempt.id, summary: parses || 'There is no Python code to check.' };
  const content = await ctx.ports.sandbox.get(folderOf(attempt.id), name, 64_000_000);
  if (content === undefined) {
    if (path === name) refuse('no_submission', `There is no ${name} yet.`, 'Run the entry file first.');
    return { status: 'ok', attempt: attempt.id, summary: `${parses} There is no ${name} yet.`.trim() };
  }
  const { valid, errors, warnings } = await checkSubmission(ctx, content);
  const shown = { valid, public: null, errors, warnings };
  if (valid) return { status: 'ok', attempt: attempt.id, summary: `${parses} ${name} obeys every rule.`.trim(), grade: shown };
  const error = invalidSubmission(ctx, errors);
  return { status: 'error', attempt: attempt.id, summary: `${name} is not valid: ${error.message}`, error, grade: shown };
}

/**
 * Parses scripts and the code cells of notebooks in a folder of its own; undefined when all parse.
 * Nothing of the player's runs, so nothing is printed and there is no log to keep.
 */
async function parseCode(ctx: StepContext, attempt: AttemptState, paths: readonly string[]): Promise<Outcome | undefined> {
  const places = new Map<string, { file: string; cell?: string }>();
  const files: { path: string; content: string }[] = [{ path: 'check.py', content: checkSource }];
  for (const path of paths) {
    const text = await ownText(ctx, attempt.files, path);
    const parts = isNotebook(path) ? codeCells(parseNotebook(text)).map((cell) => ({ cell: cell.id, code: withoutMagics(cell.code) })) : [{ cell: undefined, code: text }];
    for (const { cell, code } of parts) {
      const name = `f${places.size}.py`;
      places.set(name, { file: path, ...(cell === undefined ? {} : { cell }) });
      files.push({ path: name, content: code });
    }
  }
  const { sandbox } = ctx.ports;
  const id = `check-s${ctx.open.step}`;
  await sandbox.clear('check', []);
  await sandbox.put('check', files);
  let printed = '';
  const spec = { id, folder: 'check', task: { kind: 'script', path: 'check.py', args: [...places.keys()] } as const, seconds: Math.min(60, ctx.seconds(undefined)), env: { PYTHONNOUSERSITE: '1' } };
  const result = await sandbox.run(spec, (event) => void (printed += event.type === 'output' && event.stream === 'stdout' ? event.text : ''), ctx.signal);
  const parsed = checkResult.safeParse(parseJson(printed));
  if (result.status !== 'done' || !parsed.success) refuse('check_failed', `The code could not be checked (${result.status}).`, 'Try again, or run it.');
  const [first] = parsed.data.errors;
  if (!first) return undefined;
  const place = places.get(first.file) ?? { file: first.file };
  const where = place.cell === undefined ? place.file : `${place.file}, cell ${place.cell}`;
  const error = { ...failure(first.type, first.message, hintsFor(first.type, first.message, ctx.hintFacts)), place: { ...place, line: first.line, source: first.source } };
  return { status: 'error', summary: `${where}, line ${first.line}: ${first.type}: ${first.message}`, error };
}

/** Lines that only IPython understands, replaced so that the rest can be parsed. */
const withoutMagics = (code: string): string => (/^\s*%%/.test(code) ? '' : code.replace(/^(\s*)[%!].*$/gm, '$1pass'));

