import { access, readdir } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import * as vscode from 'vscode';
import { CancelledError } from '../../core/errors';
import { KaggleError } from '../../node/kaggle/kaggleError';
import { kernelMetadataName, readKernelFolder, refOf } from '../../node/kaggle/kernelFiles';
import { downloadDataset, pullKernel } from '../../node/kaggle/kernels';
import { ownDataPlaces } from '../competitions/ownData/ownDataPlaces';
import type { CommandId } from '../platform/commandIds';
import { withoutLinks } from '../platform/notificationText';
import { cancellable } from '../platform/progress';
import { inputStep, onlyStep, quickStep } from '../platform/quickSteps';
import { signedIn } from './importFlow';
import type { KaggleParts } from './kaggleFeature';
import { sizeWords } from './words';

/** What of Kaggle a person begins with: a public notebook, a data set. Each gets a folder of the workspace. */

type Kind = 'notebook' | 'data set';

/** A public notebook as a starting point, in a folder of the workspace. */
export async function notebookFlow(parts: KaggleParts, argument: unknown): Promise<void> {
  const root = parts.workspace.startableRoot();
  const ref = await askRef(argument, 'notebook', 'https://www.kaggle.com/code/owner/name');
  const { folder, isHere } = await placeFor(root, join('kaggle', 'notebooks', refOf(ref).name), 'notebook');
  if (isHere) return await openNotebook(folder);
  const api = await signedIn(parts);
  await keepable(() => cancellable(`Downloading ${ref}`, (signal) => shown(ref, 'notebook', pullKernel(api, ref, folder, { signal }))));
  await openNotebook(folder);
  const change = `Open ${kernelMetadataName}`;
  const answer = await vscode.window.showInformationMessage(withoutLinks(`${ref} is in ${relative(root, folder)}. It is pushed under your name when "id" and "title" in ${kernelMetadataName} are yours.`), change);
  if (answer === change) await vscode.window.showTextDocument(vscode.Uri.file(join(folder, kernelMetadataName)));
}

/** A data set of Kaggle, unpacked in a folder of the workspace. */
export async function datasetFlow(parts: KaggleParts, argument: unknown): Promise<void> {
  const root = parts.workspace.startableRoot();
  const ref = await askRef(argument, 'data set', 'https://www.kaggle.com/datasets/owner/name');
  const { folder, isHere } = await placeFor(root, join('kaggle', 'datasets', refOf(ref).name), 'data set');
  if (!isHere) {
    const api = await signedIn(parts);
    await keepable(() =>
      cancellable(`Downloading ${ref}`, (signal, report) => {
        let percent = 0;
        const progress = (bytes: number, total: number | null): void => {
          const now = total === null || total === 0 ? percent : (100 * bytes) / total;
          report(`${sizeWords(bytes)}${total === null ? '' : ` of ${sizeWords(total)}`}`, now - percent);
          percent = now;
        };
        return shown(ref, 'data set', downloadDataset(api, ref, folder, progress, { signal }));
      }),
    );
  }
  await vscode.commands.executeCommand('revealInExplorer', vscode.Uri.file(folder));
  const place = await tablesIn(folder);
  const make = 'Make a Competition of It…';
  const answer = await vscode.window.showInformationMessage(withoutLinks(`${ref} is in ${relative(root, folder)}.`), ...(place === undefined ? [] : [make]));
  if (answer === make) await vscode.commands.executeCommand('podium.importOwnData' satisfies CommandId, ...(place === 'several' ? [] : [vscode.Uri.file(place ?? folder)]));
}

/** Where the tables of a data set lie: its only place, which may be below the folder, or `several`. Undefined without tables. */
async function tablesIn(folder: string): Promise<string | undefined> {
  const names = await readdir(folder);
  if (names.some((name) => /^train(ing)?\.(csv|tsv)$/i.test(name))) return folder;
  const places = await ownDataPlaces(folder);
  return places.length > 1 ? 'several' : places[0]?.path;
}

async function openNotebook(folder: string): Promise<void> {
  const { metadata } = await readKernelFolder(folder);
  await vscode.commands.executeCommand('vscode.open', vscode.Uri.file(join(folder, metadata.code_file)), { preview: false });
}

async function askRef(argument: unknown, kind: Kind, example: string): Promise<string> {
  const validate = (text: string): string | undefined => {
    try {
      refOf(text);
      return undefined;
    } catch {
      return `Its address is needed, for example ${example}, or owner/name.`;
    }
  };
  const result = typeof argument === 'string' ? ({ kind: 'ok', value: argument } as const) : await inputStep({ title: `Download a ${kind} of Kaggle`, prompt: `Paste its address, for example ${example}`, validate }, (text) => text)(onlyStep);
  if (result.kind !== 'ok') throw new CancelledError();
  const { owner, name } = refOf(result.value);
  return `${owner}/${name}`;
}

/** The folder that receives it; where that is there already, the person opens it or takes another. @throws CancelledError */
async function placeFor(root: string, usual: string, kind: Kind): Promise<{ readonly folder: string; readonly isHere: boolean }> {
  const usualFolder = join(root, usual);
  if (await isFree(usualFolder)) return { folder: usualFolder, isHere: false };
  let number = 2;
  while (!(await isFree(`${usualFolder}-${number}`))) number += 1;
  const result = await quickStep(
    {
      title: `${basename(usual)} is downloaded already`,
      placeholder: `What is in ${usual} stays as it is`,
      items: [
        { label: 'Open what is here', description: usual, value: { folder: usualFolder, isHere: true } },
        { label: 'Download it once more', description: `into ${usual}-${number}`, detail: `The ${kind} on Kaggle may be newer.`, value: { folder: `${usualFolder}-${number}`, isHere: false } },
      ],
    },
    onlyStep,
  );
  if (result.kind !== 'ok') throw new CancelledError();
  return result.value;
}

const isFree = (folder: string): Promise<boolean> =>
  readdir(folder).then(
    (names) => names.length === 0,
    () => access(folder).then(
      () => false,
      () => true,
    ),
  );

/** Kaggle forbids what is private and what does not exist alike, in words about competitions. */
async function shown<T>(ref: string, kind: Kind, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!KaggleError.is(error, 'forbidden') && !KaggleError.is(error, 'not_found')) throw error;
    throw new KaggleError('not_found', `Kaggle shows you no ${kind} "${ref}".`, 'Open its page in the browser: it may be private, or called otherwise.', { cause: error, page: `https://www.kaggle.com/${kind === 'notebook' ? 'code' : 'datasets'}/${ref}` });
  }
}

/** Says what a cancel leaves. */
async function keepable<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (CancelledError.is(error)) vscode.window.setStatusBarMessage('The download is cancelled; what is loaded already is kept for the next try', 8000);
    throw error;
  }
}
