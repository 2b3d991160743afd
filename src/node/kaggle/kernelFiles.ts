import { readFile, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import * as z from 'zod';
import { parseNotebook, serializeNotebook } from '../../core/notebook/notebook';
import { clearOutputs } from '../../core/notebook/cells';
import { KaggleError } from './kaggleError';

/** `kernel-metadata.json`, the official client's own format: what a folder with a notebook is on Kaggle. */

const yes = z.union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')]);
const sources = z.array(z.string()).default([]);

export const kernelMetadataSchema = z.looseObject({
  /** `user/slug`, the slug being that of the title. */
  id: z.string(),
  title: z.string(),
  code_file: z.string(),
  language: z.enum(['python', 'r', 'rmarkdown']).default('python'),
  kernel_type: z.enum(['notebook', 'script']).default('notebook'),
  is_private: yes.default(true),
  enable_gpu: yes.default(false),
  enable_internet: yes.default(false),
  machine_shape: z.string().optional(),
  dataset_sources: sources,
  competition_sources: sources,
  kernel_sources: sources,
  model_sources: sources,
});
export type KernelMetadata = z.output<typeof kernelMetadataSchema>;

export const kernelMetadataName = 'kernel-metadata.json';

export interface KernelFolder {
  readonly metadata: KernelMetadata;
  /** The code: a notebook without outputs, or a script. */
  readonly text: string;
}

/** Reads a folder that is to be pushed. @throws KaggleError `bad_kernel` that says which field of the file is wrong */
export async function readKernelFolder(folder: string): Promise<KernelFolder> {
  const path = join(folder, kernelMetadataName);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new KaggleError('bad_kernel', `There is no ${kernelMetadataName} in ${folder}.`, 'Make one with `podium kaggle init`, or download a notebook with `podium kaggle notebook`.', { cause });
  }
  const parsed = kernelMetadataSchema.safeParse(parseJson(text));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new KaggleError('bad_kernel', `${path} does not fit: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`, 'Mend the file.', { cause: parsed.error });
  }
  const metadata = parsed.data;
  requirePushable(metadata, `Change it in ${path}.`);
  const code = join(folder, metadata.code_file);
  const content = await readFile(code, 'utf8').catch((cause: unknown) => {
    throw new KaggleError('bad_kernel', `${code} cannot be read.`, `code_file in ${path} names it.`, { cause });
  });
  return { metadata, text: metadata.kernel_type === 'notebook' && metadata.language !== 'rmarkdown' ? plainNotebook(content) : content };
}

/** @throws KaggleError `bad_kernel`, `bad_name` for what Kaggle would not take, or would take for another notebook */
function requirePushable({ id, title, code_file }: KernelMetadata, nextStep: string): void {
  const { name } = refOf(id);
  if (title.trim().length < 5) throw new KaggleError('bad_kernel', `The title "${title}" is too short: Kaggle wants five characters.`, nextStep);
  if (slugify(title) !== name) throw new KaggleError('bad_kernel', `The title "${title}" makes the name "${slugify(title)}", and the id says "${name}".`, 'Make them agree: Kaggle would push another notebook.');
  if (basename(code_file) !== code_file) throw new KaggleError('bad_kernel', `"${code_file}" leaves the folder.`, `Name a file beside ${kernelMetadataName}.`);
}

/** Without outputs, and with the source of a cell as one text, as Kaggle wants it. */
function plainNotebook(content: string): string {
  const notebook = z.looseObject({ cells: z.array(z.looseObject({ source: z.union([z.string(), z.array(z.string())]) })) }).parse(JSON.parse(serializeNotebook(clearOutputs(parseNotebook(content)))));
  return JSON.stringify({ ...notebook, cells: notebook.cells.map((cell) => ({ ...cell, source: [cell.source].flat().join('') })) });
}

/** Writes `kernel-metadata.json`; one that is there is not replaced. @throws KaggleError `bad_kernel` */
export async function writeKernelMetadata(folder: string, metadata: z.input<typeof kernelMetadataSchema>): Promise<string> {
  const path = join(folder, kernelMetadataName);
  if (await stat(path).then(() => true, () => false)) throw new KaggleError('bad_kernel', `${path} is there already.`, 'Change it by hand.');
  await writeFile(path, `${JSON.stringify(kernelMetadataSchema.parse(metadata), null, 2)}\n`);
  return path;
}

/** Writes the `kernel-metadata.json` of a new notebook, which can be pushed then. @throws KaggleError `bad_kernel` */
export async function newKernelMetadata(folder: string, user: string, title: string, more: { readonly code_file: string; readonly competition_sources: string[] }): Promise<string> {
  if (!/^[\w-]+$/.test(user)) throw new KaggleError('bad_kernel', `"${user}" is no name on Kaggle.`, 'It is the last part of the address of your profile.');
  const code = join(folder, more.code_file);
  if (!(await stat(code).then((found) => found.isFile(), () => false))) throw new KaggleError('bad_kernel', `There is no file ${code}.`, 'Name the notebook or script of the folder.');
  const metadata = kernelMetadataSchema.parse({ ...more, id: `${user}/${slugify(title)}`, title, kernel_type: more.code_file.endsWith('.ipynb') ? 'notebook' : 'script' });
  requirePushable(metadata, 'Choose a longer one.');
  return await writeKernelMetadata(folder, metadata);
}

/** The two parts of `owner/name`, in an address or alone. @throws KaggleError `bad_name` */
export function refOf(text: string): { readonly owner: string; readonly name: string } {
  const path = /kaggle\.com\/(?:code|datasets)\/([^?#\s]+)/i.exec(text.trim())?.[1] ?? text.trim();
  const [owner = '', name = ''] = path.split('/');
  if (/^[\w-]+$/.test(owner) && /^[\w-]+$/.test(name)) return { owner, name };
  throw new KaggleError('bad_name', `"${text.slice(0, 100)}" is no name of the form owner/name.`, 'Paste the address of its page, for example https://www.kaggle.com/code/owner/name.');
}

/** As Kaggle makes a slug of a title. */
export const slugify = (title: string): string => title.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '');

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
