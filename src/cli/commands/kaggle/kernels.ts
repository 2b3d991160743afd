import { readdir } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import type { Command } from 'commander';
import { slugify, writeKernelMetadata } from '../../../node/kaggle/kernelFiles';
import { numberOf } from '../../../node/kaggle/wire';
import { downloadDataset, kernelDone, kernelResult, pullKernel, pushKernel, submitKernel } from '../../../node/kaggle/kernels';
import { competitionSlug } from '../../../node/kaggle/slug';
import { scoreOf } from '../../../node/kaggle/submit';
import { reportError, writeJson, writeLine } from '../../output';
import { UsageError } from '../../usage';
import { kaggleCommand, progressLines, tell, withKaggle, type Kaggle, type KaggleFlags } from './door';

interface PushFlags extends KaggleFlags {
  readonly wait?: boolean;
  readonly out?: string;
  readonly submit?: string;
  readonly file: string;
  readonly message: string;
  readonly poll: string;
}

/** Notebooks and data sets on Kaggle: `podium kaggle init | push | notebook | dataset`. */
export function registerKernels(kaggle: Command): void {
  kaggle.command('init <folder>').description('write kernel-metadata.json for the notebook of a folder').option('--json', 'print one JSON value').exitOverride()
    .requiredOption('--user <name>', 'your name on Kaggle')
    .requiredOption('--title <title>', 'title of the notebook, at least five characters')
    .option('--competition <name>', 'competition whose data is attached')
    .option('--code <file>', 'the notebook or script (default: the only one)')
    .action((folder: string, flags: InitFlags) => init(resolve(folder), flags));
  kaggleCommand(kaggle, 'push <folder>', 'push the notebook of a folder; --submit sends its output to a code competition')
    .option('--wait', 'wait until Kaggle has run it')
    .option('--out <dir>', 'folder for its log and output; waits')
    .option('--submit <competition>', 'submit this version when it has run')
    .option('--file <name>', 'output file that is submitted', 'submission.csv')
    .option('-m, --message <text>', 'description of the submission', 'Submitted with Podium')
    .option('--poll <seconds>', 'first pause between looks', '5')
    .action((folder: string, flags: PushFlags) => withKaggle(flags, (door) => push(door, resolve(folder), flags)));
  kaggleCommand(kaggle, 'notebook <ref>', 'a public notebook as a starting point')
    .option('--out <dir>', 'folder that receives it (default: its name)')
    .action((ref: string, flags: KaggleFlags & { out?: string }) => withKaggle(flags, async ({ api, signal, json }) => {
      const path = await pullKernel(api, ref, resolve(flags.out ?? lastPart(ref)), { signal });
      if (json) writeJson({ notebook: path });
      else writeLine(path);
    }));
  kaggleCommand(kaggle, 'dataset <ref>', 'a data set, unpacked')
    .option('--out <dir>', 'folder that receives it (default: its name)')
    .action((ref: string, flags: KaggleFlags & { out?: string }) => withKaggle(flags, async ({ api, signal, json }) => {
      const progress = progressLines();
      const folder = await downloadDataset(api, ref, resolve(flags.out ?? lastPart(ref)), (bytes, total) => progress(ref, bytes, total), { signal });
      if (json) writeJson({ folder });
      else writeLine(folder);
    }));
}

interface InitFlags {
  readonly user: string;
  readonly title: string;
  readonly competition?: string;
  readonly code?: string;
  readonly json?: boolean;
}

/** Needs no account. */
async function init(folder: string, { user, title, competition, code, json = false }: InitFlags): Promise<void> {
  try {
    const file = code ?? (await onlyCode(folder));
    const sources = competition === undefined ? [] : [competitionSlug(competition)];
    const path = await writeKernelMetadata(folder, { id: `${user}/${slugify(title)}`, title, code_file: file, kernel_type: file.endsWith('.ipynb') ? 'notebook' : 'script', competition_sources: sources });
    if (json) writeJson({ metadata: path });
    else writeLine(`${path}: add data sets and models there, then push the folder.`);
  } catch (error) {
    reportError(error, json, UsageError.is(error) ? 2 : 1);
  }
}

const lastPart = (ref: string): string => basename(ref.replace(/[?#].*$/, ''));

async function onlyCode(folder: string): Promise<string> {
  const found = (await readdir(folder)).filter((name) => /\.(ipynb|py)$/.test(name));
  const [only, ...more] = found;
  if (only !== undefined && more.length === 0) return only;
  throw new UsageError(`${folder} has ${found.length === 0 ? 'no notebook or script' : `several: ${found.join(', ')}`}.`, 'Name it with --code.');
}

async function push({ api, signal, json }: Kaggle, folder: string, flags: PushFlags): Promise<void> {
  const seconds = Number(flags.poll);
  if (!(seconds > 0)) throw new UsageError(`--poll takes a number of seconds, not "${flags.poll}".`);
  const pollMs = [seconds * 1000, Math.max(60_000, seconds * 1000)] as const;
  const pushed = await pushKernel(api, folder, { signal });
  tell(`Version ${pushed.version}: ${pushed.url}`);
  if (pushed.unknown.length > 0) tell(`Kaggle does not know: ${pushed.unknown.join(', ')}.`);
  let files: string[] | null = null;
  if (flags.wait || flags.out !== undefined || flags.submit !== undefined) {
    let last = '';
    const progress = (status: string): void => {
      if (status !== last) tell(`Kaggle: ${status}`);
      last = status;
    };
    if (flags.out === undefined) await kernelDone(api, pushed, { pollMs, progress }, { signal });
    else files = await kernelResult(api, pushed, resolve(flags.out), { pollMs, progress }, { signal });
  }
  const sent = flags.submit === undefined ? null : await submitKernel(api, competitionSlug(flags.submit), pushed, { file: flags.file, message: flags.message, pollMs }, { signal });
  const scored = sent === null ? null : await scoreOf(api, sent, { pollMs }, { signal });
  const scores = scored && { ref: scored.ref, status: scored.status, publicScore: numberOf(scored.publicScore), privateScore: numberOf(scored.privateScore) };
  if (json) writeJson({ ...pushed, files, submission: scores });
  else writeLine(scored ? `Public score on Kaggle: ${scored.publicScore || 'none'}` : `Pushed as version ${pushed.version}${files ? `; ${files.length} files in ${flags.out}` : ''}.`);
}
