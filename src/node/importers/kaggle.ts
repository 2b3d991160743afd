import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import * as z from 'zod';
import type { Catalogue } from '../../core/competition/catalogue';
import { planKaggle, type KagglePlan, type KaggleWish } from '../../core/competition/import/kaggle/plan';
import type { ImportFinding } from '../../core/competition/import/report';
import { CancelledError, describeError } from '../../core/errors';
import { fieldOf } from '../../core/grading/csvText';
import { CompetitionError } from '../competitions/competitionError';
import { requireFree, writeCompetition, type CompetitionDraft, type Content } from '../competitions/writeCompetition';
import type { CallOptions } from '../kaggle/client';
import type { KaggleCompetitions, SubmissionLimits } from '../kaggle/competitions';
import { downloadCompetition, unpackedFile, type DownloadProgress } from '../kaggle/downloadAll';
import { DownloadRecord } from '../kaggle/downloadRecord';
import { KaggleError } from '../kaggle/kaggleError';
import { rulesPage } from '../kaggle/slug';
import type { KaggleCompetition, KaggleFile } from '../kaggle/wire';
import { diskTrouble, remedyOf } from '../storage/diskTrouble';
import { homeFolder } from '../storage/podiumHome';
import { checkImported } from './checkImported';
import { lookInto } from './own/otherFiles';
import { ImportError } from './importError';

/** What is known of a competition before anything of it is downloaded. */
export interface KaggleOffer {
  readonly slug: string;
  readonly competition: KaggleCompetition;
  readonly url: string;
  readonly rulesUrl: string;
  /** null: the rules are not accepted. */
  readonly files: readonly KaggleFile[] | null;
  readonly totalBytes: number | null;
  readonly limits: SubmissionLimits | null;
}

export interface KaggleImportOptions extends Partial<Pick<KaggleWish, 'id' | 'truth' | 'metric' | 'by'>> {
  /** PODIUM_HOME. */
  readonly home: string;
  /** The competition folder that is made. */
  readonly out: string;
  readonly catalogue: Catalogue;
  /** Share of the training rows that become the local test set; 0.2 by default. */
  readonly testShare?: number;
  readonly publicShare?: number;
  readonly seed?: number;
  readonly link?: boolean;
  /** What is done now. */
  readonly step: (text: string) => void;
  readonly progress: DownloadProgress;
  readonly signal: AbortSignal;
}

export interface KaggleImported {
  readonly competition: string;
  readonly id: string;
  readonly title: string;
  readonly slug: string;
  readonly metric: KagglePlan['metric'];
  /** How the local test set was cut: one sentence. */
  readonly cut: string;
  readonly rows: KagglePlan['rows'];
  /** Entries of Kaggle's public board at this moment; null where it is not shown. */
  readonly board: number | null;
  readonly findings: readonly ImportFinding[];
}

/** @throws KaggleError `unknown_competition` with near ones, and what the client throws */
export async function lookAtKaggle(api: KaggleCompetitions, slug: string, options: CallOptions): Promise<KaggleOffer> {
  const competition = await api.get(slug, options);
  const closed = (error: unknown): null => {
    if (KaggleError.is(error, 'rules_not_accepted')) return null;
    throw error;
  };
  const files = await api.files(slug, options).catch(closed);
  const limits = competition.userHasEntered ? await api.limits(slug, options).catch(closed) : null;
  return { slug, competition, url: `https://www.kaggle.com/competitions/${slug}`, rulesUrl: rulesPage(slug), files, totalBytes: files && files.reduce((sum, { totalBytes }) => sum + totalBytes, 0), limits };
}

/** A table above this is not cut here: it is held in memory as a whole. */
const maxTableBytes = 1024 ** 3;

/**
 * Downloads a competition and makes an ordinary competition folder of it, with a test set that is
 * cut from the training data. The data as it was before the cut stays in PODIUM_HOME for refits: it
 * holds the answers of the cut rows. What is downloaded stays as it came until the competition is
 * there, so that another try after a failure or a cancel loads nothing twice.
 * @throws KaggleError `rules_not_accepted` and others, ImportError `no_tables`, `no_cut`, `disk_full`, ArchiveError, CompetitionError, CancelledError
 */
export async function importKaggle(api: KaggleCompetitions, offer: KaggleOffer, options: KaggleImportOptions): Promise<KaggleImported> {
  const { slug } = offer;
  const { home, signal, step } = options;
  if (offer.files === null) throw new KaggleError('rules_not_accepted', `You have not accepted the rules of "${slug}".`, `Open ${offer.rulesUrl}, accept them, then try again.`, { page: offer.rulesUrl });
  await requireFree(options.out);
  step('Downloading the data');
  const downloads = await homeFolder(home, 'downloads');
  const loaded = join(downloads, `kaggle-${slug}`);
  const recordPath = `${loaded}.json`;
  await downloadCompetition(api, slug, offer.files, loaded, options.progress, { signal }, { record: await DownloadRecord.open(recordPath) });
  step('Unpacking');
  await unpackTables(loaded, { signal });
  const paths = await filesBelow(loaded);
  const tables = findTables(slug, paths);
  step('Cutting a local test set');
  const { bytes, plan } = await planOf(loaded, tables, offer, options);
  if (signal.aborted) throw new CancelledError('The import was cancelled.');
  step('Writing the competition');
  const texts = await api.texts(slug, { signal }).catch(() => new Map<string, string>());
  const { hidden, findings: kept } = await leftOut(loaded, paths, tables, plan);
  const findings = [...plan.findings, ...kept];
  const original = `${slug}-${randomBytes(3).toString('hex')}`;
  const place = join(await homeFolder(home, 'originals'), original);
  const testPath = tables.test ?? 'test.csv';
  const { seed = 0, publicShare = 0.3 } = options;
  const draft = draftOf(offer, plan, { ...tables, test: testPath }, { original, data: loaded, others: paths.filter((path) => !hidden.has(path)), texts, split: { seed, publicShare } });
  try {
    const whole = await writeTables(place, [
      { path: tables.train, content: plan.whole.train, came: bytes.train },
      { path: testPath, content: plan.whole.test, came: bytes.test },
    ]);
    await writeCompetition(options.out, draft, { home, signal, ...(options.link ? { link: true } : {}) });
    await moveOriginal(loaded, place, whole, options.out);
  } catch (error) {
    await rm(place, { recursive: true, force: true });
    throw await withRemedy(error, { slug, home, out: options.out, loaded, needed: await sizeOfDraft(draft, options.link ?? false) });
  }
  await rm(recordPath, { force: true });
  const board = await saveBoard(api, slug, place, findings, { signal });
  step('Checking the competition');
  const shown = [...findings, ...(await checkImported(options.out, home))];
  return { competition: options.out, id: draftId(slug), title: offer.competition.title, slug, metric: plan.metric, cut: plan.cutWords, rows: plan.rows, board, findings: shown };
}

/** The tables as they came, and how a test set is cut from them. @throws ImportError `no_cut` */
async function planOf(loaded: string, tables: Tables, { slug, competition }: KaggleOffer, options: KaggleImportOptions): Promise<{ readonly bytes: { readonly train: Buffer; readonly test: Buffer | null }; readonly plan: KagglePlan }> {
  const read = async (path: string): Promise<Buffer> => {
    const { size } = await stat(join(loaded, path));
    if (size > maxTableBytes) throw new ImportError('no_cut', `${path} has ${Math.round(size / 1e6).toLocaleString('en-US')} MB, too much to cut a test set from here.`, 'Cut it by hand, and import it with `podium import csv`.');
    return await readFile(join(loaded, path));
  };
  const entry = options.catalogue.competitions.find(({ id }) => id === slug);
  const { testShare = 0.2, publicShare = 0.3, seed = 0, id, truth, metric, by } = options;
  const wish: KaggleWish = { evaluationMetric: competition.evaluationMetric, ...(entry ? { entry } : {}), ...(id ? { id } : {}), ...(truth ? { truth } : {}), ...(metric ? { metric } : {}), ...(by ? { by } : {}), testShare, publicShare, seed };
  const bytes = { train: await read(tables.train), test: tables.test === null ? null : await read(tables.test), sample: await read(tables.sample) };
  const planned = planKaggle(bytes, wish);
  if (!planned.ok) throw new ImportError('no_cut', planned.message, planned.fix);
  return { bytes, plan: planned.plan };
}

interface WholeTable {
  /** In the data. */
  readonly path: string;
  readonly content: Uint8Array;
  /** As it was downloaded; null where no such file came. */
  readonly came: Uint8Array | null;
}

/** Tables that are other than they came, as those that got an id, beside the data: paths of the new ones by their place in it. */
async function writeTables(place: string, tables: readonly WholeTable[]): Promise<ReadonlyMap<string, string>> {
  const written = new Map<string, string>();
  await mkdir(place, { recursive: true, mode: 0o700 });
  for (const [at, { path, content, came }] of tables.entries()) {
    if (came !== null && Buffer.compare(came, content) === 0) continue;
    const target = join(place, `table-${at}`);
    await writeFile(target, content);
    written.set(path, target);
  }
  return written;
}

/** Moves the download to its place among the originals. That takes no space; a competition without its original data is not left, nor is the download lost. */
async function moveOriginal(loaded: string, place: string, whole: ReadonlyMap<string, string>, competition: string): Promise<void> {
  const data = join(place, 'data');
  let moved = false;
  try {
    await rename(loaded, data);
    moved = true;
    for (const [path, table] of whole) await rename(table, join(data, ...path.split('/')));
  } catch (error) {
    await rm(competition, { recursive: true, force: true });
    if (moved) await rename(data, loaded);
    throw error;
  }
}

/** Bytes that a competition folder takes. */
async function sizeOfDraft({ files, answers }: CompetitionDraft, link: boolean): Promise<number> {
  const sizes = [...files.values()].map(async (content) => ('bytes' in content ? content.bytes.length : link ? 0 : await stat(content.from).then(({ size }) => size, () => 0)));
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, answers?.bytes.length ?? 0);
}

/** What a full disk means here: what to free, and that the download stays. */
async function withRemedy(error: unknown, { slug, home, out, loaded, needed }: { readonly slug: string; readonly home: string; readonly out: string; readonly loaded: string; readonly needed: number }): Promise<unknown> {
  const trouble = diskTrouble(error);
  if (!trouble) return error;
  // Everything but the competition folder lies in PODIUM_HOME.
  const folder = CompetitionError.is(error, 'write_failed') ? dirname(out) : home;
  return new ImportError('disk_full', `The import of "${slug}" stopped: ${trouble.what.toLowerCase()}.`, `${await remedyOf(trouble, folder, needed)}, then import again: the download is kept in ${loaded}.`, { cause: error });
}

/** Tables that came packed inside the archive. */
async function unpackTables(folder: string, options: CallOptions): Promise<void> {
  for (const name of await readdir(folder)) if (/\.(csv|tsv)\.zip$/i.test(name)) await unpackedFile(join(folder, name), name.slice(0, -'.zip'.length), options);
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/')).sort();
}

interface Tables {
  readonly train: string;
  readonly test: string | null;
  readonly sample: string;
}

/** @throws ImportError `no_tables` */
function findTables(slug: string, paths: readonly string[]): Tables {
  const csv = paths.filter((path) => path.toLowerCase().endsWith('.csv'));
  const nameOf = (path: string): string => path.split('/').at(-1)?.toLowerCase() ?? '';
  /** The exact name first, then the least deep and shortest. */
  const best = (fits: (name: string) => boolean, exact: string): string | undefined =>
    csv.filter((path) => fits(nameOf(path))).sort((a, b) => Number(nameOf(b) === exact) - Number(nameOf(a) === exact) || a.split('/').length - b.split('/').length || a.length - b.length)[0];
  const sample = best((name) => name.includes('submission') || name.startsWith('sample'), 'sample_submission.csv');
  const train = best((name) => name.startsWith('train') && name !== nameOf(sample ?? ''), 'train.csv');
  const test = best((name) => name.startsWith('test') && !name.includes('label'), 'test.csv') ?? null;
  if (train && sample) return { train, test, sample };
  const lacks = train ? 'sample submission' : 'table of training data (train.csv)';
  throw new ImportError('no_tables', `"${slug}" has no ${lacks}, so no local test set can be cut from it. Its files: ${paths.slice(0, 12).join(', ')}${paths.length > 12 ? ' …' : ''}.`, 'Use `podium kaggle download`, and make the tables by hand.');
}

const media = /\.(jpe?g|png|gif|bmp|webp|tiff?|svg|dcm|wav|mp3|ogg|flac|m4a|mp4|avi|mov)$/i;

/**
 * What players do not get: tables that tell answers of the cut rows, whatever they are called, and
 * what cannot be looked into, since it may be another form of the training data.
 */
async function leftOut(folder: string, paths: readonly string[], tables: Tables, { solved }: KagglePlan): Promise<{ readonly hidden: ReadonlySet<string>; readonly findings: readonly ImportFinding[] }> {
  const hidden = new Set<string>();
  const unknown: string[] = [];
  const findings: ImportFinding[] = [];
  const others = paths.filter((path) => path !== tables.train && path !== tables.test && path !== tables.sample);
  for (const path of others.filter((one) => !media.test(one))) {
    const verdict = await lookInto(join(folder, path), path, solved);
    const named = verdict === 'carry' && /\.(csv|tsv)$/i.test(path) && (await hasColumns(join(folder, path), solved.truth));
    if (verdict === 'carry' && !named) continue;
    hidden.add(path);
    if (verdict === 'unknown') unknown.push(path);
    else findings.push({ code: 'left_out', severity: 'warning', message: `${path} holds ${solved.truth.join(', ')} and may give the answers of the local test set away: players do not get it.`, fix: 'If it holds no training row, put it into data/ yourself.' });
  }
  if (unknown.length > 0) {
    const few = `${unknown.slice(0, 5).join(', ')}${unknown.length > 5 ? ` and ${unknown.length - 5} more` : ''}`;
    findings.push({ code: 'left_out', severity: 'warning', message: `Left out, since it could not be seen whether answers are inside: ${few}.`, fix: 'Where you know that they hold no training label, put them into data/ yourself.' });
  }
  const classes = new Set(solved.wholeTruth?.flat());
  const folders = new Set(others.filter((path) => media.test(path)).flatMap((path) => path.split('/').slice(0, -1)));
  const told = [...folders].filter((name) => classes.has(name));
  if (told.length > 1) findings.push({ code: 'answers_public', severity: 'error', message: `Folders are called as the classes (${told.slice(0, 5).join(', ')}): a picture's place may tell its answer.`, fix: 'Trust no local score before these folders are renamed.' });
  return { hidden, findings };
}

async function hasColumns(path: string, names: readonly string[]): Promise<boolean> {
  const header = await headerOf(path);
  return names.every((name) => header.includes(name));
}

/** Of a table with any of the usual separators. */
async function headerOf(path: string): Promise<string[]> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(65_536), 0, 65_536, 0);
    const [line = ''] = buffer.subarray(0, bytesRead).toString('utf8').replace(/^\uFEFF/, '').split(/\r?\n/, 1);
    return line.split(/[,;\t|]/).map((name) => name.trim().replace(/^"|"$/g, ''));
  } finally {
    await file.close();
  }
}

const draftId = (slug: string): string => slug.toLowerCase();

interface DraftFacts {
  readonly original: string;
  /** Folder with the data before the cut. */
  readonly data: string;
  readonly others: readonly string[];
  readonly texts: ReadonlyMap<string, string>;
  readonly split: { readonly seed: number; readonly publicShare: number };
}

function draftOf(offer: KaggleOffer, plan: KagglePlan, tables: Tables & { readonly test: string }, { original, data, others, texts, split }: DraftFacts): CompetitionDraft {
  const { competition, slug } = offer;
  const made = new Map<string, Content>([[tables.train, { bytes: plan.files.train }], [tables.test, { bytes: plan.files.test }], [tables.sample, { bytes: plan.files.sample }]]);
  const files = new Map<string, Content>([...made].map(([path, content]) => [`data/${path}`, content]));
  const listed: CompetitionDraft['manifest']['files'] = [
    { path: `data/${tables.train}`, role: 'train', description: `Training rows without the local test set: ${plan.rows.train.toLocaleString('en-US')}.` },
    { path: `data/${tables.test}`, role: 'test', description: `The local test set: ${plan.rows.test.toLocaleString('en-US')} rows to predict.` },
    { path: `data/${tables.sample}`, role: 'sample', description: 'The form of a submission.' },
  ];
  const tops = new Set(others.filter((path) => !made.has(path)).map((path) => path.split('/', 1)[0] ?? path));
  for (const top of tops) {
    const isFolder = !others.includes(top);
    // Of a folder, only what players get.
    if (isFolder) for (const path of others) if (path.startsWith(`${top}/`) && !made.has(path)) files.set(`data/${path}`, { from: join(data, ...path.split('/')) });
    if (!isFolder) files.set(`data/${top}`, { from: join(data, top) });
    if (!isFolder || ![...made.keys()].some((path) => path.startsWith(`${top}/`))) listed.push({ path: `data/${top}${isFolder ? '/' : ''}`, role: 'other', description: 'As it comes from Kaggle.' });
  }
  const params = z.record(z.string(), z.json()).parse(plan.metric.params);
  return {
    manifest: {
      schema: 1,
      id: draftId(slug),
      title: competition.title || slug,
      summary: `From Kaggle. ${plan.cutWords}`,
      source: { kind: 'kaggle', name: 'Kaggle', url: offer.url, licence: "The competition's own rules.", rulesUrl: offer.rulesUrl, slug },
      original: { folder: original, sample: `data/${tables.sample}` },
      modality: plan.modality,
      task: plan.task,
      files: listed,
      submission: { id: [...plan.columns.id], target: [...plan.columns.target] },
      metric: { name: plan.metric.name, params },
      split: { ...split, ...plan.split, note: plan.cutWords },
      limits: { stepSeconds: 3600, runSeconds: 24 * 3600 },
      environment: { gpu: plan.modality === 'tabular' || plan.modality === 'time' ? 'none' : 'optional', memoryGb: 8, diskMb: 20_480 },
    },
    description: descriptionOf(offer, plan, texts),
    files,
    answers: { bytes: plan.files.answers },
  };
}

function descriptionOf({ competition, url }: KaggleOffer, { cutWords }: KagglePlan, texts: ReadonlyMap<string, string>): string {
  const section = (title: string, name: string): string[] => (texts.get(name)?.trim() ? [`## ${title}`, texts.get(name)?.trim() ?? ''] : []);
  return [
    `# ${competition.title}`,
    texts.get('description')?.trim() || competition.description,
    '## Local test set',
    `${cutWords} Local scores are over these rows; they are not ranked on Kaggle's board, which is over other rows. What is sent to Kaggle is fitted again with all training data (*Podium: Refit and Submit to Kaggle…*).`,
    ...section('Evaluation', 'evaluation'),
    ...section('Data', 'data-description'),
    `From [Kaggle](${url}).`,
  ].filter(Boolean).join('\n\n');
}

/**
 * Kaggle's public board as it is now, beside the original data: a place on it is for scores that
 * Kaggle gave. Never among the competition's files: local scores are over other rows.
 */
async function saveBoard(api: KaggleCompetitions, slug: string, place: string, findings: ImportFinding[], options: CallOptions): Promise<number | null> {
  try {
    const board = await api.leaderboard(slug, options);
    await writeFile(join(place, 'kaggle-leaderboard.csv'), `${['name,score', ...board.map(({ team, score }) => `${fieldOf(team)},${score}`)].join('\n')}\n`);
    return board.length;
  } catch (error) {
    // The competition is made by now, and it does not need the board.
    if (!KaggleError.is(error)) findings.push({ code: 'no_board', severity: 'info', message: `Kaggle's leaderboard was not kept: ${describeError(error)}`, fix: 'See it on its page.' });
    return null;
  }
}

