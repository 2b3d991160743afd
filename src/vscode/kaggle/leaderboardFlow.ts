import { CancelledError } from '../../core/errors';
import { isBetter } from '../../core/grading/standings';
import type { KaggleCompetitions } from '../../node/kaggle/competitions';
import { competitionSlug } from '../../node/kaggle/slug';
import { cancellable } from '../platform/progress';
import { onlyStep } from '../platform/quickSteps';
import { escapeMarkdown } from '../views/format';
import { runArgument } from '../views/runsTree';
import { signedIn } from './importFlow';
import type { KaggleParts } from './kaggleFeature';
import { pickKaggleCompetition } from './pickCompetition';

const shownRows = 20;
/** Rows above and below the own place. */
const around = 3;

/** Kaggle's leaderboard with the own place. */
export async function leaderboardFlow(parts: KaggleParts, argument: unknown): Promise<void> {
  const api = await signedIn(parts);
  const slug = await pickSlug(parts, api, argument);
  const { competition, board } = await cancellable(`Leaderboard of ${slug}`, async (signal) => ({ competition: await api.get(slug, { signal }), board: await api.leaderboard(slug, { signal }) }));
  const best = bestOf(parts, slug);
  const place = best === undefined ? undefined : 1 + board.filter(({ score }) => isBetter(score, best.score, best.direction)).length;
  const wanted = new Set([...board.keys()].filter((at) => at < shownRows || (place !== undefined && Math.abs(at + 1 - place) <= around)));
  const rows = board.flatMap(({ team, score }, at) => (wanted.has(at) ? [`| ${at + 1} | ${escapeMarkdown(team)} | ${score} |`] : []));
  const table = board.length === 0 ? 'No team has a score yet.' : `| Place | Team | Score |\n|---:|---|---:|\n${rows.join('\n')}`;
  const own = [
    competition.userRank > 0 ? `Your team is on place ${competition.userRank.toLocaleString('en-US')}.` : 'Your team is not on it yet.',
    best === undefined ? '' : `The best public score that a run here has on Kaggle, ${best.score}, would be place ${place?.toLocaleString('en-US')} of ${board.length.toLocaleString('en-US')}.`,
  ].filter(Boolean);
  const note = 'Kaggle scores its own test rows: local scores have no place here.';
  const shown = rows.length < board.length ? `${rows.length.toLocaleString('en-US')} of ${board.length.toLocaleString('en-US')} teams. ` : '';
  await parts.reports.show('Kaggle Leaderboard', `# ${escapeMarkdown(competition.title || slug)}: Kaggle’s leaderboard\n\n${own.join(' ')} ${note}\n\n${table}\n\n${shown}[The whole leaderboard on Kaggle](https://www.kaggle.com/competitions/${slug}/leaderboard)\n`);
}

/** The best public score on Kaggle of the workspace's runs. */
function bestOf({ runs }: KaggleParts, slug: string): { readonly score: number; readonly direction: 'maximize' | 'minimize' } | undefined {
  let best: { score: number; direction: 'maximize' | 'minimize' } | undefined;
  for (const { view } of runs.runs) {
    const { kaggle, direction } = view.competition;
    if (kaggle !== slug) continue;
    for (const { submission } of view.refits ?? []) {
      const score = submission?.public;
      if (score !== null && score !== undefined && (!best || isBetter(score, best.score, direction))) best = { score, direction };
    }
  }
  return best;
}

async function pickSlug({ runs }: KaggleParts, api: KaggleCompetitions, argument: unknown): Promise<string> {
  if (typeof argument === 'string') return competitionSlug(argument);
  const given = runArgument(argument);
  const ofRun = given && runs.get(given.runId)?.view.competition.kaggle;
  if (ofRun) return ofRun;
  const picked = await pickKaggleCompetition(api, { title: 'Kaggle leaderboard', placeholder: 'Competition (or paste its address)', runs }, onlyStep);
  if (picked.kind !== 'ok') throw new CancelledError();
  return picked.value;
}
