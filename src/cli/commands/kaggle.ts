import { resolve } from 'node:path';
import type { Command } from 'commander';
import { fieldOf } from '../../core/grading/csvText';
import { numberOf } from '../../node/kaggle/wire';
import { downloadArchive, downloadCompetition, downloadFile, isFree, mostSingleFiles, requireListed } from '../../node/kaggle/downloadAll';
import { competitionSlug, rulesPage, slugOfRef } from '../../node/kaggle/slug';
import { limitWords } from '../../node/kaggle/dayLimit';
import { submitToKaggle } from '../../node/kaggle/submit';
import { formatTable, writeJson, writeLine } from '../output';
import { parseWhole, UsageError } from '../usage';
import { kaggleCommand, progressLines, scoreLine, tell, withKaggle, type Kaggle, type KaggleFlags } from './kaggle/door';
import { registerKernels } from './kaggle/kernels';
import { registerRefit } from './kaggle/refit';

/** `podium kaggle …`: Kaggle's competitions by their address or name. */
export function registerKaggle(program: Command): void {
  const kaggle = program.command('kaggle').description("Kaggle's competitions: find, download, submit (credentials: KAGGLE_API_TOKEN, or kaggle.json)").exitOverride();
  const sub = (name: string, description: string): Command => kaggleCommand(kaggle, name, description);

  sub('list [search]', 'competitions that fit a search')
    .option('--most <n>', 'how many', '20')
    .option('--joined', 'those that you have joined')
    .action((search: string | undefined, flags: KaggleFlags & { most: string; joined?: boolean }) => withKaggle(flags, (kaggle) => {
      if (flags.joined && search !== undefined) throw new UsageError('--joined lists all that you have joined.', 'Leave the search out.');
      return list(kaggle, flags.joined ? null : (search ?? ''), parseWhole('most', flags.most, 1));
    }));
  sub('show <competition>', 'metric, deadline, limits and files of a competition').action((competition: string, flags: KaggleFlags) => withKaggle(flags, (kaggle) => show(kaggle, competitionSlug(competition))));
  sub('download <competition>', 'its data; a transfer that broke is taken up again')
    .option('--out <dir>', 'folder that receives it (default: its name)')
    .option('--file <name>', 'one file only')
    .option('--keep-archives', 'leave archives as they come')
    .action((competition: string, flags: KaggleFlags & { out?: string; file?: string; keepArchives?: boolean }) => withKaggle(flags, (kaggle) => downloadData(kaggle, competitionSlug(competition), flags)));
  sub('submit <competition> <file>', 'send a file and wait for its score')
    .option('-m, --message <text>', 'description of the submission', 'Submitted with Podium')
    .option('--poll <seconds>', 'first pause between looks at the score', '5')
    .action((competition: string, file: string, flags: KaggleFlags & { message: string; poll: string }) => withKaggle(flags, (kaggle) => submit(kaggle, competitionSlug(competition), resolve(file), flags)));
  sub('submissions <competition>', 'your submissions').action((competition: string, flags: KaggleFlags) => withKaggle(flags, (kaggle) => submissions(kaggle, competitionSlug(competition))));
  sub('leaderboard <competition>', 'the leaderboard as CSV').action((competition: string, flags: KaggleFlags) => withKaggle(flags, (kaggle) => leaderboard(kaggle, competitionSlug(competition))));
  registerRefit(kaggle);
  registerKernels(kaggle);
}

/** @param search null: those that were joined */
async function list({ api, signal, json }: Kaggle, search: string | null, most: number): Promise<void> {
  const all = search === null ? (await api.entered({ signal })).slice(0, most) : await api.list(search, most, { signal });
  const found = all.map((one) => ({
    id: slugOfRef(one.ref), title: one.title, metric: one.evaluationMetric, teams: one.teamCount, reward: one.reward, deadline: one.deadline, entered: one.userHasEntered, codeOnly: one.isKernelsSubmissionsOnly,
  }));
  if (json) writeJson(found);
  else if (found.length === 0) writeLine(search === null ? 'You have joined no competition.' : 'No competition fits.');
  else writeLine(formatTable([['ID', 'TEAMS', 'METRIC', 'REWARD', 'DEADLINE'], ...found.map((one) => [one.id, String(one.teams), one.metric, one.reward, one.deadline.slice(0, 10)])], new Set([1])));
}

async function show({ api, signal, json }: Kaggle, slug: string): Promise<void> {
  const competition = await api.get(slug, { signal });
  const entered = competition.userHasEntered;
  const files = entered ? await api.files(slug, { signal }) : null;
  const limits = entered ? await api.limits(slug, { signal }) : null;
  const facts = { id: slug, title: competition.title, metric: competition.evaluationMetric, teams: competition.teamCount, reward: competition.reward, deadline: competition.deadline, entered, codeOnly: competition.isKernelsSubmissionsOnly, rules: rulesPage(slug), submissionsLeftToday: limits?.allowedNow ?? null, files };
  if (json) return writeJson(facts);
  writeLine([`${facts.title}: ${facts.metric || 'metric unknown'}`, `${facts.teams.toLocaleString('en-US')} teams`, facts.reward, `until ${facts.deadline.slice(0, 10) || 'an unknown day'}`].filter(Boolean).join(', '));
  if (facts.codeOnly) writeLine('A code competition: it takes notebooks, not files (podium kaggle push <folder> --submit).');
  if (limits) writeLine(limitWords(limits, new Date()));
  else writeLine(`Not joined: accept the rules at ${facts.rules} to get its data.`);
  if (files) writeLine(formatTable(files.map((file) => [file.name, file.totalBytes.toLocaleString('en-US')]), new Set([1])));
}

async function downloadData({ api, signal, json }: Kaggle, slug: string, flags: { out?: string; file?: string; keepArchives?: boolean }): Promise<void> {
  const folder = resolve(flags.out ?? slug);
  const progress = progressLines();
  const paths: string[] = [];
  if (flags.file !== undefined) {
    requireListed(slug, await api.files(slug, { signal }), flags.file);
    paths.push(await downloadFile(api, slug, flags.file, folder, progress, { signal }, flags.keepArchives));
  } else {
    const files = await api.files(slug, { signal });
    if (files.length > mostSingleFiles && flags.keepArchives) paths.push(await downloadArchive(api, slug, folder, progress, { signal }));
    else {
      if (files.length > mostSingleFiles && !(await isFree(folder))) throw new UsageError(`${folder} is there already.`, 'Give another place with --out, or remove it first.');
      paths.push(...(await downloadCompetition(api, slug, files, folder, progress, { signal }, { keepArchives: flags.keepArchives })));
    }
  }
  if (json) writeJson({ folder, files: paths });
  else writeLine(paths.length === 1 ? (paths[0] ?? folder) : `${paths.length} files in ${folder}`);
}

async function submit({ api, signal, json }: Kaggle, slug: string, file: string, { message, poll }: { message: string; poll: string }): Promise<void> {
  const seconds = Number(poll);
  if (!(seconds > 0)) throw new UsageError(`--poll takes a number of seconds, not "${poll}".`);
  const done = await submitToKaggle(api, { slug, file, message, progress: tell, pollMs: [seconds * 1000, Math.max(60_000, seconds * 1000)] }, { signal });
  if (json) writeJson({ ref: done.ref, status: done.status, publicScore: numberOf(done.publicScore), privateScore: numberOf(done.privateScore) });
  else writeLine(scoreLine(done));
}

async function submissions({ api, signal, json }: Kaggle, slug: string): Promise<void> {
  const found = await api.submissions(slug, 200, { signal });
  if (json) writeJson(found);
  else if (found.length === 0) writeLine('No submission yet.');
  else writeLine(formatTable([['REF', 'DATE', 'STATUS', 'PUBLIC', 'PRIVATE', 'DESCRIPTION'], ...found.map((one) => [String(one.ref), one.date.slice(0, 19), one.status, one.publicScore, one.privateScore, [one.description, one.errorDescription.replace(/\s+/g, ' ').trim()].filter(Boolean).join(': ')])], new Set([0, 3, 4])));
}

async function leaderboard({ api, signal, json }: Kaggle, slug: string): Promise<void> {
  const entries = await api.leaderboard(slug, { signal });
  if (json) return writeJson(entries);
  const { userRank } = await api.get(slug, { signal });
  if (userRank > 0) tell(`Your team is on place ${userRank.toLocaleString('en-US')} of ${entries.length.toLocaleString('en-US')}.`);
  writeLine(['name,score', ...entries.map(({ team, score }) => `${fieldOf(team)},${score}`)].join('\n'));
}
