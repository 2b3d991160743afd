import { readdir } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import type { Command } from 'commander';
import { newKernelMetadata, refOf } from '../../../node/kaggle/kernelFiles';
import { KaggleError } from '../../../node/kaggle/kaggleError';
import { numberOf, type KaggleSubmission } from '../../../node/kaggle/wire';
import { downloadDataset, kernelDone, kernelResult, pullKernel, pushKernel, requireNewest, submitKernel, type Pushed } from '../../../node/kaggle/kernels';
import { competitionSlug } from '../../../node/kaggle/slug';
import { scoreOf } from '../../../node/kaggle/submit';
import { reportError, writeJson, writeLine } from '../../output';
import { parseWhole, UsageError } from '../../usage';
import { kaggleCommand, progressLines, scoreLine, tell, withKaggle, type Kaggle, type KaggleFlags } from './door';

interface VersionFlags extends KaggleFlags {
  readonly out?: string;
  readonly submit?: string;
  readonly file: string;
  readonly message: string;
  readonly poll: string;
}

/** Notebooks and data sets on Kaggle: `podium kaggle init | push | version | notebook | dataset`. */
export function registerKernels(kaggle: Command): void {
  kaggle.command('init <folder>').description('write kernel-metadata.json for the notebook of a folder').option('--json', 'print one JSON value').exitOverride()
    .requiredOption('--user <name>', 'your name on Kaggle')
    .requiredOption('--title <title>', 'title of the notebook, at least five characters')
    .option('--competition <name>', 'competition whose data is attached')
    .option('--code <file>', 'the notebook or script (default: the only one)')
    .action((folder: string, flags: InitFlags) => init(resolve(folder), flags));
  versionCommand(kaggle, 'push <folder>', 'push the notebook of a folder; --submit sends its output to a code competition')
    .option('--wait', 'wait until Kaggle has run it')
    .action((folder: string, flags: VersionFlags & { wait?: boolean }) => withKaggle(flags, (door) => push(door, resolve(folder), flags)));
  versionCommand(kaggle, 'version <ref> <number>', 'go on with a version that was pushed: wait for it, fetch its log and output, submit it')
    .action((ref: string, number: string, flags: VersionFlags) => withKaggle(flags, async (door) => {
      const { owner, name } = refOf(ref);
      const version = { owner, slug: name, version: parseWhole('number', number, 1) };
      // Before the wait: nobody is to wait for what cannot be had.
      if (flags.out !== undefined) await requireNewest(door.api, version, { signal: door.signal });
      const result = await follow(door, version, flags);
      report(door, version, flags, result, `Version ${version.version} of ${owner}/${name} has run`);
    }));
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

/** A command about one version of a notebook. */
function versionCommand(kaggle: Command, name: string, description: string): Command {
  return kaggleCommand(kaggle, name, description)
    .option('--out <dir>', 'folder for its log and output, which Kaggle gives of the newest version only; waits')
    .option('--submit <competition>', 'submit this version when it has run')
    .option('--file <name>', 'output file that is submitted', 'submission.csv')
    .option('-m, --message <text>', 'description of the submission', 'Submitted with Podium')
    .option('--poll <seconds>', 'first pause between looks', '5');
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
    const path = await newKernelMetadata(folder, user, title, { code_file: file, competition_sources: competition === undefined ? [] : [competitionSlug(competition)] });
    if (json) writeJson({ metadata: path });
    else writeLine(`${path}: add data sets and models there, then push the folder.`);
  } catch (error) {
    reportError(error, json, UsageError.is(error) || KaggleError.is(error, 'bad_name') ? 2 : 1);
  }
}

const lastPart = (ref: string): string => basename(ref.replace(/[?#].*$/, ''));

async function onlyCode(folder: string): Promise<string> {
  const names = await readdir(folder).catch((cause: unknown) => {
    throw new UsageError(`${folder} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}.`, 'Name the folder of the notebook.');
  });
  const found = names.filter((name) => /\.(ipynb|py)$/.test(name));
  const [only, ...more] = found;
  if (only !== undefined && more.length === 0) return only;
  throw new UsageError(`${folder} has ${found.length === 0 ? 'no notebook or script' : `several: ${found.join(', ')}`}.`, 'Name it with --code.');
}

async function push(door: Kaggle, folder: string, flags: VersionFlags & { wait?: boolean }): Promise<void> {
  pollOf(flags);
  const pushed = await pushKernel(door.api, folder, { signal: door.signal });
  tell(`Version ${pushed.version}: ${pushed.url}`);
  if (pushed.unknown.length > 0) tell(`Kaggle does not know: ${pushed.unknown.join(', ')}.`);
  const waits = flags.wait || flags.out !== undefined || flags.submit !== undefined;
  if (waits) tell(`Kaggle runs it also when this command ends: podium kaggle version ${pushed.owner}/${pushed.slug} ${pushed.version}`);
  const result = waits ? await follow(door, pushed, flags) : { files: null, scored: null };
  report(door, pushed, flags, result, `Pushed as version ${pushed.version}`);
}

type Version = Pick<Pushed, 'owner' | 'slug' | 'version'>;

interface Result {
  readonly files: readonly string[] | null;
  readonly scored: KaggleSubmission | null;
}

/** Waits for a version, fetches what it made and submits it, as far as that is asked for. */
async function follow({ api, signal }: Kaggle, version: Version, flags: VersionFlags): Promise<Result> {
  const pollMs = pollOf(flags);
  const competition = flags.submit === undefined ? undefined : competitionSlug(flags.submit);
  let last = '';
  const progress = (status: string): void => {
    if (status !== last) tell(`Kaggle: ${status}`);
    last = status;
  };
  let files: string[] | null = null;
  if (flags.out === undefined) await kernelDone(api, version, { pollMs, progress }, { signal });
  else files = await kernelResult(api, version, resolve(flags.out), { pollMs, progress }, { signal });
  if (competition === undefined) return { files, scored: null };
  const ref = await submitKernel(api, competition, version, { file: flags.file, message: flags.message, pollMs, progress: tell }, { signal });
  tell(`Kaggle has it as submission ${ref}; waiting for its score.`);
  return { files, scored: await scoreOf(api, ref, { pollMs }, { signal }) };
}

function pollOf({ poll }: VersionFlags): readonly [number, number] {
  const seconds = Number(poll);
  if (!(seconds > 0)) throw new UsageError(`--poll takes a number of seconds, not "${poll}".`);
  return [seconds * 1000, Math.max(60_000, seconds * 1000)];
}

function report({ json }: Kaggle, version: Version, flags: VersionFlags, { files, scored }: Result, done: string): void {
  const submission = scored && { ref: scored.ref, status: scored.status, publicScore: numberOf(scored.publicScore), privateScore: numberOf(scored.privateScore) };
  if (json) return writeJson({ ...version, files, submission });
  if (files) writeLine(`${done}; ${files.length} ${files.length === 1 ? 'file' : 'files'} in ${resolve(flags.out ?? '')}`);
  else if (!scored) writeLine(`${done}.`);
  if (scored) writeLine(scoreLine(scored));
}
