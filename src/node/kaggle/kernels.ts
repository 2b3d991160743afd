import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type * as z from 'zod';
import { describeError } from '../../core/errors';
import { extractArchive } from '../archives/extract';
import { safePath } from '../archives/safePath';
import { sleep } from '../sleep';
import type { CallOptions } from './client';
import type { KaggleCompetitions } from './competitions';
import { download, downloadKept, unpacking } from './download';
import { isFree } from './downloadAll';
import { KaggleError } from './kaggleError';
import { kernelMetadataSchema, readKernelFolder, refOf, writeKernelMetadata, type KernelMetadata } from './kernelFiles';
import { createOnce, requireTry, type KaggleSubmit } from './submit';
import { createdSchema, kernelOutputSchema, kernelSchema, kernelStatusSchema, savedKernelSchema } from './wire';

/** Notebooks on Kaggle: what code competitions take in place of files. */

export interface Pushed {
  readonly owner: string;
  readonly slug: string;
  readonly url: string;
  readonly version: number;
  /** Sources and tags that Kaggle did not know. */
  readonly unknown: readonly string[];
}

const service = 'kernels.KernelsApiService';

/**
 * Pushes a folder with `kernel-metadata.json`; Kaggle runs the new version at once.
 * @throws KaggleError `bad_kernel` with Kaggle's own words, and what the client throws
 */
export async function pushKernel({ client }: KaggleCompetitions, folder: string, options: CallOptions): Promise<Pushed> {
  const { metadata, text } = await readKernelFolder(folder);
  const { owner, name } = refOf(metadata.id);
  const saved = await client.call(`${service}/SaveKernel`, requestOf(metadata, text), savedKernelSchema, { ...options, write: true }).catch((error: unknown) => {
    if (!KaggleError.is(error, 'forbidden')) throw error;
    throw new KaggleError('bad_kernel', `Kaggle does not let you push to ${metadata.id}: ${error.message}`, 'Put your own name on Kaggle before the slash of "id" in kernel-metadata.json.', { cause: error });
  });
  if (saved.error !== '') throw new KaggleError('bad_kernel', `Kaggle does not take the notebook: ${saved.error}`, 'Mend it, then push again.');
  const unknown = [saved.invalidDatasetSources, saved.invalidCompetitionSources, saved.invalidKernelSources, saved.invalidModelSources, saved.invalidTags].flat();
  return { owner, slug: name, url: saved.url, version: saved.versionNumber, unknown };
}

function requestOf(metadata: KernelMetadata, text: string): object {
  return {
    slug: metadata.id,
    newTitle: metadata.title,
    text,
    language: metadata.language,
    kernelType: metadata.kernel_type,
    isPrivate: metadata.is_private,
    enableGpu: metadata.enable_gpu,
    enableInternet: metadata.enable_internet,
    ...(metadata.machine_shape ? { machineShape: metadata.machine_shape } : {}),
    datasetDataSources: metadata.dataset_sources,
    competitionDataSources: metadata.competition_sources,
    kernelDataSources: metadata.kernel_sources,
    modelDataSources: metadata.model_sources,
  };
}

/**
 * Waits until a version has run. Cancelling stops the waiting; the version goes on.
 * @throws KaggleError `kernel_failed` with Kaggle's words
 */
export async function kernelDone({ client }: KaggleCompetitions, { owner, slug, version }: Pick<Pushed, 'owner' | 'slug' | 'version'>, { pollMs = [5_000, 60_000], progress }: { readonly pollMs?: readonly [number, number]; readonly progress?: (status: string) => void }, options: CallOptions): Promise<void> {
  const [first, longest] = pollMs;
  for (let pause = first; ; pause = Math.min(longest, pause * 1.5)) {
    // "3" alone would not be found.
    const { status, failureMessage } = await client.call(`${service}/GetKernelSessionStatus`, { userName: owner, kernelSlug: slug, versionLabel: `v${version}` }, kernelStatusSchema, options);
    progress?.(status);
    if (status === 'complete') return;
    if (status === 'error' || status === 'cancel_acknowledged') throw new KaggleError('kernel_failed', `Version ${version} of ${owner}/${slug} ${status === 'error' ? 'failed' : 'was cancelled'} on Kaggle: ${failureMessage.trim() || 'its log says why'}`, 'Look at its log, mend the notebook and push it again.');
    await sleep(pause, options.signal);
  }
}

/**
 * Waits until a version has run and fetches its log and output, also of one that failed: the log
 * says why.
 * @returns paths of the files
 * @throws KaggleError `kernel_failed` with Kaggle's words, also where the log cannot be had; CancelledError
 */
export async function kernelResult(kaggle: KaggleCompetitions, pushed: Pick<Pushed, 'owner' | 'slug' | 'version'>, folder: string, wait: Parameters<typeof kernelDone>[2], options: CallOptions): Promise<string[]> {
  try {
    await kernelDone(kaggle, pushed, wait, options);
  } catch (failure) {
    if (!KaggleError.is(failure, 'kernel_failed')) throw failure;
    const log = await kernelOutput(kaggle, pushed, folder, options).then(
      (paths) => (paths.length > 0 ? `Its log and output are in ${folder}.` : 'It left no log.'),
      (second: unknown) => `Its log could not be fetched either: ${describeError(second)}`,
    );
    throw new KaggleError('kernel_failed', failure.message, `${failure.nextStep ?? ''} ${log}`, { cause: failure });
  }
  return await kernelOutput(kaggle, pushed, folder, options);
}

/**
 * Kaggle gives log and output of a notebook's newest version only, without saying which that is.
 * @throws KaggleError `not_found` where the version is an older one
 */
export async function requireNewest({ client }: KaggleCompetitions, { owner, slug, version }: Pick<Pushed, 'owner' | 'slug' | 'version'>, options: CallOptions): Promise<void> {
  const { metadata } = await client.call(`${service}/GetKernel`, { userName: owner, kernelSlug: slug }, kernelSchema, options);
  const newest = metadata.currentVersionNumber;
  if (newest <= version) return;
  const page = `https://www.kaggle.com/code/${owner}/${slug}`;
  throw new KaggleError('not_found', `The log and output of version ${version} of ${owner}/${slug} cannot be fetched: Kaggle gives those of the newest version only, which is ${newest}.`, `Fetch those of version ${newest}, or look at version ${version} on the notebook's page: ${page}`, { page });
}

/**
 * Log and output files of a version, which is the newest one, into a folder.
 * @returns paths of the files
 * @throws KaggleError `not_found` where there is a newer version
 */
export async function kernelOutput(kaggle: KaggleCompetitions, version: Pick<Pushed, 'owner' | 'slug' | 'version'>, folder: string, options: CallOptions): Promise<string[]> {
  const { client } = kaggle;
  const { log, files } = await listOutput(kaggle, version, options);
  // Afterwards: what was listed is this version's when there is no newer one even now.
  await requireNewest(kaggle, version, options);
  await mkdir(folder, { recursive: true });
  const paths: string[] = [];
  // First, so that a file that cannot be had does not hide it.
  if (log !== '') {
    const path = join(folder, `${version.slug}.log`);
    await writeFile(path, log);
    paths.push(path);
  }
  for (const { fileName, url } of files) paths.push(await download({ locate: async () => new URL(url), folder, name: safePath(fileName), waits: client.waits }, options));
  return paths;
}

/** What Kaggle lists as a notebook's log and output, all pages. */
async function listOutput({ client }: KaggleCompetitions, { owner, slug }: Pick<Pushed, 'owner' | 'slug'>, options: CallOptions): Promise<Pick<z.output<typeof kernelOutputSchema>, 'log' | 'files'>> {
  const files: { fileName: string; url: string }[] = [];
  let log = '';
  const seen = new Set<string>();
  for (let pageToken = ''; ; ) {
    const page = await client.call(`${service}/ListKernelSessionOutput`, { userName: owner, kernelSlug: slug, pageSize: 100, ...(pageToken === '' ? {} : { pageToken }) }, kernelOutputSchema, options);
    log ||= page.log;
    files.push(...page.files);
    pageToken = page.nextPageToken;
    if (pageToken === '' || seen.has(pageToken)) return { log, files };
    seen.add(pageToken);
  }
}

/**
 * Submits the output file of a version to a code competition. A try of the day is used at most once.
 * @returns the submission's number
 * @throws KaggleError as `sendToKaggle`; CancelledError
 */
export async function submitKernel(kaggle: KaggleCompetitions, slug: string, { owner, slug: kernel, version }: Pick<Pushed, 'owner' | 'slug' | 'version'>, { file, message, pollMs, progress }: { readonly file: string; readonly message: string } & Pick<KaggleSubmit, 'pollMs' | 'progress'>, options: CallOptions): Promise<number> {
  await requireTry(kaggle, slug, progress, options);
  const body = { competitionName: slug, kernelOwner: owner, kernelSlug: kernel, kernelVersion: version, fileName: file, submissionDescription: message };
  const call = (): Promise<{ ref: number; message: string }> => kaggle.client.call('competitions.CompetitionApiService/CreateCodeSubmission', body, createdSchema, { ...options, write: true });
  return await kaggle.explained(slug, options, () => createOnce(kaggle, slug, call, { descriptions: [message] }, { ...(pollMs ? { pollMs } : {}), ...(progress ? { progress } : {}) }, options));
}

/**
 * A public notebook as a folder that can be changed and pushed under another name.
 * @returns path of the code
 */
export async function pullKernel({ client }: KaggleCompetitions, ref: string, folder: string, options: CallOptions): Promise<string> {
  const { owner, name } = refOf(ref);
  const { metadata, blob } = await client.call(`${service}/GetKernel`, { userName: owner, kernelSlug: name }, kernelSchema, options);
  if (blob.source === '') throw new KaggleError('not_found', `Kaggle sends no code of ${owner}/${name}.`, 'It may be private, or of another kind.');
  if (!(await isFree(folder))) throw new KaggleError('bad_name', `${folder} is there already.`, 'Give another place, or remove it first.');
  await mkdir(folder, { recursive: true });
  const isNotebook = metadata.kernelType.toLowerCase().endsWith('notebook');
  const language = metadata.language.toLowerCase() === 'r' ? 'r' : 'python';
  const file = `${name}.${isNotebook ? 'ipynb' : language === 'r' ? 'R' : 'py'}`;
  await writeKernelMetadata(folder, {
    ...kernelMetadataSchema.parse({ id: `${owner}/${name}`, title: metadata.title, code_file: file, language, kernel_type: isNotebook ? 'notebook' : 'script' }),
    is_private: true,
    enable_gpu: metadata.enableGpu,
    enable_internet: metadata.enableInternet,
    dataset_sources: metadata.datasetDataSources,
    competition_sources: metadata.competitionDataSources,
    kernel_sources: metadata.kernelDataSources,
    model_sources: metadata.modelDataSources,
  });
  await writeFile(join(folder, file), blob.source, { flag: 'wx' });
  return join(folder, file);
}

/** Downloads a data set and unpacks it. @param folder must not exist, or be empty */
export async function downloadDataset({ client }: KaggleCompetitions, ref: string, folder: string, progress: (bytes: number, total: number | null) => void, options: CallOptions): Promise<string> {
  const { owner, name } = refOf(ref);
  if (!(await isFree(folder))) throw new KaggleError('bad_name', `${folder} is there already.`, 'Give another place, or remove it first.');
  const scratch = `${folder}.download`;
  const loaded = await downloadKept({ locate: () => client.locate('datasets.DatasetApiService/DownloadDataset', { ownerSlug: owner, datasetSlug: name }, options), folder: scratch, name, waits: client.waits, progress }, options);
  await rm(folder, { recursive: true, force: true });
  if (/\.(zip|tar\.gz|tgz)$/i.test(loaded.path)) await unpacking(loaded, (path) => extractArchive(path, folder, options));
  else {
    await mkdir(folder, { recursive: true });
    await rename(loaded.path, join(folder, basename(loaded.path)));
  }
  await rm(scratch, { recursive: true, force: true });
  return folder;
}
