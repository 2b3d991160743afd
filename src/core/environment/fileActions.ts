import type { ActionParams } from './actions';
import { folderOf, refuse, type Outcome, type StepContext } from './context';
import { counted, cutMiddle, linesOf } from './outputText';
import { checkPath, checkWritable, globToRegExp, isData, isNotebook, maxFileBytes, maxFiles, type CheckedPath } from './paths';
import type { AttemptState, FileMap } from './state';

const maxReadChars = 16_000;
const maxMatches = 100;

/** The checked form of a path. @throws ActionRefused */
export function pathOf(checked: CheckedPath): string {
  return checked.ok ? checked.path : refuse('bad_path', checked.message, checked.hint);
}

export const withFile = (files: FileMap, path: string, hash: string): FileMap => new Map(files).set(path, hash);

/** Stores a text as the new content of a file. @throws ActionRefused when it or the working copy gets too large */
export async function storeText(ctx: StepContext, files: FileMap, path: string, text: string): Promise<FileMap> {
  const bytes = new TextEncoder().encode(text).length;
  if (bytes > maxFileBytes) refuse('too_large', `"${path}" would have ${bytes} bytes; at most ${maxFileBytes} are allowed.`, 'Let the script write large results itself.');
  if (!files.has(path) && files.size >= maxFiles) refuse('too_many', `The working copy has ${maxFiles} files, the most allowed.`, 'Put code into fewer files.');
  for (const other of files.keys()) {
    if (other.startsWith(`${path}/`) || path.startsWith(`${other}/`)) refuse('bad_path', `"${path}" and "${other}" cannot both exist.`, 'Choose another name.');
  }
  return withFile(files, path, await ctx.ports.blobs.put(text));
}

export async function writeFile(ctx: StepContext, params: ActionParams<'write_file'>): Promise<Outcome> {
  const path = pathOf(checkWritable(params.path));
  const attempt = await ctx.editable();
  const existed = attempt.files.has(path);
  const files = await storeText(ctx, attempt.files, path, params.content);
  return { status: 'ok', summary: `${existed ? 'Replaced' : 'Created'} ${path} (${counted(linesOf(params.content).length, 'line')}).`, files };
}

export async function editFile(ctx: StepContext, params: ActionParams<'edit_file'>): Promise<Outcome> {
  const path = pathOf(checkWritable(params.path));
  // Looked at before a child attempt begins: an edit that cannot be made changes nothing.
  const before = await ownText(ctx, ctx.attempt().files, path);
  const parts = before.split(params.old);
  const count = parts.length - 1;
  if (count === 0) refuse('not_found', `The text to replace does not occur in ${path}.`, 'Give it exactly, with its white space; see read_file.');
  if (count > 1 && !params.replace_all) refuse('ambiguous', `The text to replace occurs ${count} times in ${path}.`, 'Give more of its surroundings, or set replace_all.');
  const attempt = await ctx.editable();
  const files = await storeText(ctx, attempt.files, path, parts.join(params.new));
  return { status: 'ok', summary: `Changed ${path} in ${count} place${count === 1 ? '' : 's'}.`, files };
}

export async function readFile(ctx: StepContext, params: ActionParams<'read_file'>): Promise<Outcome> {
  const path = pathOf(checkPath(params.path));
  if (isData(path)) refuse('bad_path', `"${path}" is data.`, 'Use data_preview, or read it in a script.');
  if (isNotebook(path)) refuse('bad_path', `"${path}" is a notebook.`, 'Use read_notebook.');
  const attempt = ctx.attempt();
  const text = await anyText(ctx, attempt, path);
  const lines = linesOf(text);
  const start = params.start ?? 1;
  const end = Math.min(params.end ?? lines.length, lines.length);
  if (start > Math.max(1, lines.length)) refuse('bad_range', `${path} ends with line ${lines.length}.`, 'Ask for earlier lines.');
  const part = lines.slice(start - 1, end).join('\n');
  const cut = part.length > maxReadChars;
  return {
    status: 'ok',
    summary: `${path}, lines ${start} to ${end} of ${lines.length}${cut ? ', cut in the middle' : ''}.`,
    data: { path, start, end, lines: lines.length, text: cutMiddle(part, maxReadChars) },
  };
}

/** A file of the working copy, of the evaluation, or what a run wrote. */
async function anyText(ctx: StepContext, attempt: AttemptState, path: string): Promise<string> {
  const fixed = ctx.ports.competition.evaluationFiles?.fixed.get(path);
  if (fixed) return decoded(fixed.content, path);
  const hash = attempt.files.get(path);
  return hash === undefined ? await outputFile(ctx, attempt.id, path) : await ctx.text(hash);
}

export async function listFiles(ctx: StepContext, params: ActionParams<'list_files'>): Promise<Outcome> {
  const under = params.path === '.' || params.path === '' ? '' : pathOf(checkPath(params.path));
  const wanted = (path: string): boolean => under === '' || path === under || path.startsWith(`${under}/`);
  const attempt = ctx.state.working(ctx.lane);
  const rows: { path: string; bytes: number; kind: 'file' | 'output' | 'evaluation' | 'data' }[] = [];
  const fixed = ctx.ports.competition.evaluationFiles?.fixed;
  if (attempt) {
    for (const [path, hash] of attempt.files) if (!fixed?.has(path)) rows.push({ path, bytes: (await ctx.ports.blobs.get(hash)).length, kind: 'file' });
    if (attempt.lastRun) {
      for (const file of await ctx.ports.sandbox.list(folderOf(attempt.id))) {
        if (!attempt.files.has(file.path) && !fixed?.has(file.path)) rows.push({ ...file, kind: 'output' });
      }
    }
  }
  for (const [path, { content }] of fixed ?? []) rows.push({ path, bytes: content.length, kind: 'evaluation' });
  const { manifest, profiles, folders = [] } = ctx.ports.competition;
  for (const { path } of manifest.files) rows.push({ path, bytes: [...profiles, ...folders].find((profile) => profile.path === path)?.bytes ?? 0, kind: 'data' });
  const shown = rows.filter((row) => wanted(row.path)).sort((a, b) => (a.path < b.path ? -1 : 1));
  return { status: 'ok', summary: `${counted(shown.length, 'file')}.`, data: { files: shown.slice(0, 500), omitted: Math.max(0, shown.length - 500) } };
}

export async function searchFiles(ctx: StepContext, params: ActionParams<'search_files'>): Promise<Outcome> {
  const glob = globToRegExp(params.glob);
  const find = params.regex ? compile(params.query) : undefined;
  const matches: { path: string; line: number; text: string }[] = [];
  let total = 0;
  for (const [path, hash] of [...ctx.attempt().files].sort()) {
    if (!glob.test(path)) continue;
    const lines = linesOf(await ctx.text(hash));
    lines.forEach((line, index) => {
      // Long lines are cut, which also bounds the work of a regular expression.
      const text = line.slice(0, 1_000);
      if (!(find ? find.test(text) : text.includes(params.query))) return;
      total += 1;
      if (matches.length < maxMatches) matches.push({ path, line: index + 1, text: text.slice(0, 200) });
    });
  }
  return { status: 'ok', summary: `${counted(total, 'line')} ${total === 1 ? 'matches' : 'match'}.`, data: { matches, omitted: total - matches.length } };
}

/**
 * Only regular expressions whose work grows mildly with the line's length: a repeated group that
 * is itself repeated could hold the whole runner for years.
 */
function compile(query: string): RegExp {
  if (query.length > 200 || /[*+}]\)*[*+{]|\([^)]*[*+{|][^)]*\)[*+{]/.test(query) || (query.match(/[*+{]/g) ?? []).length > 4 || /\\[1-9]/.test(query)) {
    refuse('bad_regex', 'This regular expression is too complex.', 'Use at most four repetitions, none inside another and no back references; or search for a plain text.');
  }
  try {
    return new RegExp(query);
  } catch (error) {
    return refuse('bad_regex', `The regular expression is not valid: ${error instanceof Error ? error.message : String(error)}`, 'Correct it, or leave regex out.');
  }
}

/** Text of a file of the working copy. @throws ActionRefused with near names */
export async function ownText(ctx: StepContext, files: FileMap, path: string): Promise<string> {
  const hash = files.get(path);
  if (hash === undefined) return refuse('not_found', `There is no file "${path}".`, `Files: ${[...files.keys()].join(', ') || 'none yet'}.`);
  return await ctx.text(hash);
}

async function outputFile(ctx: StepContext, attempt: number, path: string): Promise<string> {
  const content = await ctx.ports.sandbox.get(folderOf(attempt), path, maxFileBytes);
  if (content === undefined) {
    const own = [...(ctx.state.attempt(attempt)?.files.keys() ?? [])];
    return refuse('not_found', `There is no file "${path}", or it is larger than ${maxFileBytes} bytes.`, `Files: ${own.join(', ') || 'none yet'}. See list_files.`);
  }
  return decoded(content, path);
}

function decoded(content: Uint8Array, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(content);
  } catch {
    return refuse('not_text', `"${path}" is no text.`, 'Read it in a script.');
  }
}
