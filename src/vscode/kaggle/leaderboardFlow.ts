import * as vscode from 'vscode';
import { CancelledError } from '../../core/errors';
import { isBetter } from '../../core/grading/standings';
import { competitionSlug } from '../../node/kaggle/slug';
import { onlyStep, quickStep } from '../platform/quickSteps';
import { escapeMarkdown } from '../views/format';
import { runArgument } from '../views/runsTree';
import { signedIn } from './importFlow';
import type { KaggleParts } from './kaggleFeature';

const shownRows = 20;
/** Rows above and below the own place. */
const around = 3;

/** Kaggle's leaderboard with the own place. */
export async function leaderboardFlow(parts: KaggleParts, argument: unknown): Promise<void> {
  const api = await signedIn(parts);
  const slug = await pickSlug(parts, argument);
  const { competition, board } = await vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title: `Leaderboard of ${slug}`, cancellable: true }, async (_progress, token) => {
    const abort = new AbortController();
    token.onCancellationRequested(() => abort.abort());
    return { competition: await api.get(slug, { signal: abort.signal }), board: await api.leaderboard(slug, { signal: abort.signal }) };
  });
  const best = bestOf(parts, slug);
  const place = best === undefined ? undefined : 1 + board.filter(({ score }) => isBetter(score, best.score, best.direction)).length;
  const wanted = new Set([...board.keys()].filter((at) => at < shownRows || (place !== undefined && Math.abs(at + 1 - place) <= around)));
  const rows = board.flatMap(({ team, score }, at) => (wanted.has(at) ? [`| ${at + 1} | ${escapeMarkdown(team)} | ${score} |`] : []));
  const own = [
    competition.userRank > 0 ? `Your team is on place ${competition.userRank.toLocaleString('en-US')}.` : 'Your team is not on it yet.',
    best === undefined ? '' : `The best public score that a run here has on Kaggle, ${best.score}, would be place ${place?.toLocaleString('en-US')} of ${board.length.toLocaleString('en-US')}.`,
  ].filter(Boolean);
  const note = 'It is over Kaggle’s own test rows: local scores have no place on it.';
  await parts.reports.show('Kaggle Leaderboard', `# ${escapeMarkdown(competition.title)}\n\n${own.join(' ')} ${note}\n\n| Place | Team | Score |\n|---:|---|---:|\n${rows.join('\n')}\n\n[On Kaggle](https://www.kaggle.com/competitions/${slug}/leaderboard)\n`);
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

async function pickSlug({ runs }: KaggleParts, argument: unknown): Promise<string> {
  const given = runArgument(argument);
  const ofRun = given && runs.get(given.runId)?.view.competition.kaggle;
  if (ofRun) return ofRun;
  const known = [...new Set(runs.runs.flatMap(({ view }) => view.competition.kaggle ?? []))];
  const items = known.map((slug) => ({ label: slug, description: 'played here', value: slug }));
  const parse = (text: string): string | undefined => {
    try {
      return competitionSlug(text);
    } catch {
      return undefined;
    }
  };
  const picked = await quickStep({ title: 'Kaggle leaderboard', placeholder: 'Address or name of a competition', items, parse }, onlyStep);
  if (picked.kind !== 'ok') throw new CancelledError();
  return picked.value;
}
