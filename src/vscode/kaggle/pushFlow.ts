import { access } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import * as vscode from 'vscode';
import { CancelledError } from '../../core/errors';
import { KaggleError } from '../../node/kaggle/kaggleError';
import { kernelMetadataName, readKernelFolder, slugify, writeKernelMetadata, type KernelMetadata } from '../../node/kaggle/kernelFiles';
import { kernelResult, pushKernel, submitKernel, type Pushed } from '../../node/kaggle/kernels';
import { scoreOf } from '../../node/kaggle/submit';
import { limitWords, requireLeft } from '../../node/kaggle/dayLimit';
import type { KaggleCompetitions } from '../../node/kaggle/competitions';
import type { CommandId } from '../platform/commandIds';
import { HostError } from '../platform/hostError';
import { withoutLinks } from '../platform/notificationText';
import { cancellable } from '../platform/progress';
import { inputStep, onlyStep, quickStep, quickSteps, type StepEntry } from '../platform/quickSteps';
import { signedIn } from './importFlow';
import type { KaggleParts } from './kaggleFeature';
import { pickKaggleCompetition } from './pickCompetition';

/** The file that a code competition takes. */
const submissionName = 'submission.csv';

/**
 * The notebook in front is pushed as its folder's kernel-metadata.json says, which is made where
 * there is none; its version is waited for and, where wished, submitted.
 */
export async function pushFlow(parts: KaggleParts): Promise<void> {
  parts.workspace.startableRoot();
  const open = vscode.window.activeNotebookEditor?.notebook.uri ?? vscode.window.activeTextEditor?.document.uri;
  if (open?.scheme !== 'file' || !(/\.(ipynb|py|r)$/i.test(open.path) || basename(open.path) === kernelMetadataName)) throw new HostError('no_file', 'No notebook or script is in front.', 'Open the one that is to be pushed, then push again.');
  const folder = dirname(open.fsPath);
  const api = await signedIn(parts);
  if (!(await exists(join(folder, kernelMetadataName)))) await describeNotebook(parts, api, open.fsPath);
  await saveFolder(folder);
  if (!(await isWanted(folder))) return;
  const pushed = await cancellable('Pushing the notebook to Kaggle', (signal) => pushKernel(api, folder, { signal }));
  if (pushed.unknown.length > 0) void vscode.window.showWarningMessage(withoutLinks(`Kaggle does not know ${pushed.unknown.join(', ')}: the notebook runs without. Mend ${kernelMetadataName} and push again.`));
  const files = await waited(api, pushed, join(folder, 'output'));
  if (files !== undefined) await offerSubmission(api, folder, pushed, files);
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

interface Description {
  readonly user: string;
  readonly title: string;
  readonly competition: string;
}

/** Asks for what Kaggle wants to know of a notebook, and writes its kernel-metadata.json. @throws CancelledError */
async function describeNotebook({ access: account, runs }: KaggleParts, api: KaggleCompetitions, path: string): Promise<void> {
  const name = basename(path, extname(path));
  const title = `Push ${basename(path)} to Kaggle`;
  const played = runs.runs.find(({ view }) => view.competition.kaggle !== undefined && view.competition.id === basename(dirname(path)))?.view.competition;
  const start: Description = { user: (await account.username()) ?? '', title: `${played?.title ?? ''} ${name}`.trim(), competition: played?.kaggle ?? '' };
  const result = await quickSteps<Description>(start, [
    (now) => inputStep({ title, prompt: 'Your username on Kaggle, as in the address of your profile', value: now.user, validate: (text) => (/^[\w-]+$/.test(text) ? undefined : 'Letters, digits and hyphens, without spaces.') }, (user) => ({ ...now, user })),
    (now) => inputStep({ title, prompt: 'Title of the notebook on Kaggle: a known one gets a new version', value: now.title, validate: (text) => (text.length < 5 || slugify(text).length < 5 ? 'Kaggle wants five characters.' : text.length > 50 ? 'Kaggle takes 50 characters.' : undefined) }, (text) => ({ ...now, title: text })),
    (now) => async (place) => {
      const first = [{ label: 'No competition', description: 'a notebook on its own', value: 'none' }];
      const picked = await pickKaggleCompetition(api, { title, placeholder: 'Competition whose data it reads (or type its address)', runs, first, active: now.competition || 'none' }, place);
      return picked.kind === 'ok' ? { kind: 'ok', value: { ...now, competition: picked.value === 'none' ? '' : picked.value } } : picked;
    },
  ], onlyStep, { keeps: true });
  if (result.kind !== 'ok') throw new CancelledError();
  const { user, title: chosen, competition } = result.value;
  const isNotebook = extname(path) === '.ipynb';
  await writeKernelMetadata(dirname(path), { id: `${user}/${slugify(chosen)}`, title: chosen, code_file: basename(path), kernel_type: isNotebook ? 'notebook' : 'script', ...(/^\.r$/i.test(extname(path)) ? { language: 'r' as const } : {}), competition_sources: competition === '' ? [] : [competition] });
}

async function saveFolder(folder: string): Promise<void> {
  const documents = [...vscode.workspace.notebookDocuments, ...vscode.workspace.textDocuments].filter(({ uri, isDirty }) => isDirty && uri.scheme === 'file' && dirname(uri.fsPath) === folder);
  for (const document of documents) await document.save();
}

/** Shows what goes out and who will see it, before it does. */
async function isWanted(folder: string): Promise<boolean> {
  const { metadata } = await readKernelFolder(folder);
  const facts = factsOf(metadata).map((label): StepEntry<'push' | 'change'> => ({ label, value: 'push', inert: true }));
  const answer = await quickStep<'push' | 'change'>(
    {
      title: `Push ${metadata.code_file} to Kaggle`,
      placeholder: 'Nothing is sent yet; Kaggle runs a new version at once',
      items: [
        { label: `$(cloud-upload) Push as ${metadata.id}`, description: metadata.is_private ? 'private' : 'public: everybody sees it', value: 'push' },
        { label: `$(edit) Change ${kernelMetadataName}`, description: 'name, who sees it, GPU, internet, data', value: 'change' },
        { label: 'What goes with it', kind: vscode.QuickPickItemKind.Separator },
        ...facts,
      ],
    },
    onlyStep,
  );
  if (answer.kind !== 'ok') throw new CancelledError();
  if (answer.value === 'push') return true;
  await vscode.window.showTextDocument(vscode.Uri.file(join(folder, kernelMetadataName)));
  return false;
}

function factsOf({ enable_gpu: gpu, enable_internet: internet, competition_sources: competitions, dataset_sources: datasets, kernel_sources: kernels, model_sources: models }: KernelMetadata): string[] {
  const named = (what: string, names: readonly string[]): string[] => (names.length > 0 ? [`${what}: ${names.join(', ')}`] : []);
  return [
    `${gpu ? 'With' : 'Without'} GPU, ${internet ? 'with' : 'without'} internet`,
    ...(competitions.length > 0 ? named('Competition', competitions) : ['No competition: its output cannot be submitted']),
    ...named('Data sets', datasets),
    ...named('Notebooks', kernels),
    ...named('Models', models),
  ];
}

/** Waits for a version. @returns paths of its log and output; undefined when the person stops waiting, or it failed */
async function waited(api: KaggleCompetitions, pushed: Pushed, out: string): Promise<readonly string[] | undefined> {
  const page = 'Open Its Page';
  try {
    return await cancellable(`Version ${pushed.version} on Kaggle`, (signal, report) => kernelResult(api, pushed, out, { progress: (status) => report(`${status}. Cancel stops the waiting only.`) }, { signal }));
  } catch (error) {
    if (CancelledError.is(error)) {
      const answer = await vscode.window.showInformationMessage(withoutLinks(`Nobody waits for version ${pushed.version} now. It goes on at Kaggle, and can be submitted on its page.`), page);
      if (answer === page) await vscode.env.openExternal(vscode.Uri.parse(pushed.url));
      return undefined;
    }
    const log = vscode.Uri.file(join(out, `${pushed.slug}.log`));
    if (!KaggleError.is(error, 'kernel_failed') || !(await exists(log.fsPath))) throw error;
    const open = 'Open Log';
    const answer = await vscode.window.showErrorMessage(withoutLinks(`${error.message.replace(/\.$/, '')}. Mend the notebook, then push it again.`), open, page);
    if (answer === open) await vscode.window.showTextDocument(log);
    if (answer === page) await vscode.env.openExternal(vscode.Uri.parse(pushed.url));
    return undefined;
  }
}

async function offerSubmission(api: KaggleCompetitions, folder: string, pushed: Pushed, files: readonly string[]): Promise<void> {
  const [slug] = (await readKernelFolder(folder)).metadata.competition_sources;
  const isThere = files.some((path) => basename(path) === submissionName);
  const submit = `Submit to ${slug ?? ''}…`;
  const show = 'Show Output';
  const told = `Version ${pushed.version} has run; its log and output are in ${basename(folder)}/output.${slug === undefined || isThere ? '' : ` It wrote no ${submissionName}, so there is nothing to submit.`}`;
  const answer = await vscode.window.showInformationMessage(withoutLinks(told), ...(slug !== undefined && isThere ? [submit] : []), show);
  if (answer === show) await vscode.commands.executeCommand('revealInExplorer', vscode.Uri.file(files[0] ?? join(folder, 'output')));
  if (answer !== submit || slug === undefined) return;
  const limits = await cancellable('Asking Kaggle', (signal) => api.limits(slug, { signal }));
  const now = new Date();
  requireLeft(slug, limits, now);
  const message = await inputStep({ title: `Submit version ${pushed.version} to ${slug}`, prompt: `Description. ${limitWords(limits, now)}`, value: `Version ${pushed.version}` }, (text) => text)(onlyStep);
  if (message.kind !== 'ok') throw new CancelledError();
  const scored = await cancellable('Waiting for the score. Cancel stops the waiting, the submission stays', async (signal) => scoreOf(api, await submitKernel(api, slug, pushed, { file: submissionName, message: message.value || 'Made with Podium' }, { signal }), {}, { signal }));
  const board = 'Show Leaderboard';
  const scores = [`public ${scored.publicScore || 'none'}`, ...(scored.privateScore ? [`private ${scored.privateScore}`] : [])].join(', ');
  const next = await vscode.window.showInformationMessage(withoutLinks(`Version ${pushed.version} is scored on ${slug}: ${scores}.`), board);
  if (next === board) await vscode.commands.executeCommand('podium.kaggle.leaderboard' satisfies CommandId, slug);
}
