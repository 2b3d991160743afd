import { dirname, join } from 'node:path';
import * as vscode from 'vscode';
import { CancelledError } from '../../core/errors';
import { kernelMetadataName, readKernelFolder, refOf } from '../../node/kaggle/kernelFiles';
import { downloadDataset, kernelResult, pullKernel, pushKernel, submitKernel, type Pushed } from '../../node/kaggle/kernels';
import { scoreOf } from '../../node/kaggle/submit';
import type { KaggleCompetitions } from '../../node/kaggle/competitions';
import { HostError } from '../platform/hostError';
import { withoutLinks } from '../platform/notificationText';
import { signedIn } from './importFlow';
import type { KaggleParts } from './kaggleFeature';
import { limitWords, sizeWords } from './words';

const placeOf = (root: string, kind: 'notebooks' | 'datasets', name: string): string => join(root, 'kaggle', kind, name);

/** A public notebook as a starting point, in a folder of the workspace. */
export async function notebookFlow(parts: KaggleParts, argument: unknown): Promise<void> {
  const root = parts.workspace.startableRoot();
  const ref = await askRef(argument, 'Kaggle notebook', 'https://www.kaggle.com/code/owner/name');
  const api = await signedIn(parts);
  const path = await cancellable(`Downloading ${ref}`, (signal) => pullKernel(api, ref, placeOf(root, 'notebooks', refOf(ref).name), { signal }));
  await vscode.commands.executeCommand('vscode.open', vscode.Uri.file(path));
}

/** A data set of Kaggle, unpacked in a folder of the workspace. */
export async function datasetFlow(parts: KaggleParts, argument: unknown): Promise<void> {
  const root = parts.workspace.startableRoot();
  const ref = await askRef(argument, 'Kaggle data set', 'https://www.kaggle.com/datasets/owner/name');
  const api = await signedIn(parts);
  const folder = await cancellable(`Downloading ${ref}`, (signal, report) => downloadDataset(api, ref, placeOf(root, 'datasets', refOf(ref).name), (bytes, total) => report(`${sizeWords(bytes)}${total === null ? '' : ` of ${sizeWords(total)}`}`), { signal }));
  await vscode.commands.executeCommand('revealInExplorer', vscode.Uri.file(folder));
}

/** The notebook in front, beside its kernel-metadata.json, is pushed; its version is waited for and, where wished, submitted. */
export async function pushFlow(parts: KaggleParts): Promise<void> {
  parts.workspace.startableRoot();
  const open = vscode.window.activeNotebookEditor?.notebook.uri ?? vscode.window.activeTextEditor?.document.uri;
  if (open?.scheme !== 'file') throw new HostError('no_file', 'No notebook is open.', `Open the notebook of a folder with ${kernelMetadataName}.`);
  const folder = dirname(open.fsPath);
  await vscode.workspace.saveAll(false);
  const api = await signedIn(parts);
  const pushed = await cancellable('Pushing the notebook to Kaggle', (signal) => pushKernel(api, folder, { signal }));
  if (pushed.unknown.length > 0) void vscode.window.showWarningMessage(withoutLinks(`Kaggle does not know ${pushed.unknown.join(', ')}.`));
  await cancellable(`Version ${pushed.version} runs on Kaggle; cancelling stops the waiting only`, (signal, report) => kernelResult(api, pushed, join(folder, 'output'), { progress: report }, { signal }));
  await offerSubmission(api, folder, pushed);
}

async function offerSubmission(api: KaggleCompetitions, folder: string, pushed: Pushed): Promise<void> {
  const [slug] = (await readKernelFolder(folder)).metadata.competition_sources;
  const submit = 'Submit';
  const answer = await vscode.window.showInformationMessage(withoutLinks(`Version ${pushed.version} has run; its log and output are in the folder "output".`), ...(slug === undefined ? [] : [submit]));
  if (answer !== submit || slug === undefined) return;
  const { today, allowedNow } = await api.limits(slug, { signal: AbortSignal.timeout(60_000) });
  const message = await vscode.window.showInputBox({ title: `Submit version ${pushed.version} to ${slug}`, prompt: limitWords(today, allowedNow, new Date()), value: `Version ${pushed.version}`, ignoreFocusOut: true });
  if (message === undefined) throw new CancelledError();
  const scored = await cancellable('Waiting for the score; cancelling stops the waiting, the submission stays', async (signal) => scoreOf(api, await submitKernel(api, slug, pushed, { file: 'submission.csv', message: message.trim() || 'Made with Podium' }, { signal }), {}, { signal }));
  void vscode.window.showInformationMessage(withoutLinks(`Public score on Kaggle: ${scored.publicScore || 'none'}`));
}

async function askRef(argument: unknown, title: string, example: string): Promise<string> {
  const text = typeof argument === 'string' ? argument : await vscode.window.showInputBox({ title, prompt: `Its address or name, for example ${example}`, ignoreFocusOut: true, validateInput: (typed) => (typed.trim() === '' || fits(typed) ? undefined : 'An address or owner/name is needed.') });
  if (!text?.trim()) throw new CancelledError();
  const { owner, name } = refOf(text);
  return `${owner}/${name}`;
}

function fits(text: string): boolean {
  try {
    refOf(text);
    return true;
  } catch {
    return false;
  }
}

async function cancellable<T>(title: string, work: (signal: AbortSignal, report: (message: string) => void) => Promise<T>): Promise<T> {
  return await vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title, cancellable: true }, (progress, token) => {
    const abort = new AbortController();
    token.onCancellationRequested(() => abort.abort());
    return work(abort.signal, (message) => progress.report({ message }));
  });
}
