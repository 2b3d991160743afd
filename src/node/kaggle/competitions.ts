import type * as z from 'zod';
import { KaggleError } from './kaggleError';
import type { CallOptions, KaggleClient } from './client';
import { rulesPage, slugOfRef } from './slug';
import {
  competitionListSchema, competitionSchema, fileListSchema, leaderboardSchema, limitsSchema, pagesSchema, submissionListSchema,
  type KaggleCompetition, type KaggleFile, type KaggleSubmission,
} from './wire';

export interface SubmissionLimits {
  readonly today: number;
  readonly allowedNow: number;
}

/** More pages than this are no list any more. */
const maxPages = 500;

/** Reads about competitions. */
export class KaggleCompetitions {
  constructor(readonly client: KaggleClient) {}

  /** Competitions that fit a search, newest service order first; at most `most`. */
  async list(search: string, most: number, options: CallOptions): Promise<KaggleCompetition[]> {
    const body = { search, group: 'COMPETITION_LIST_TAB_EVERYTHING', sortBy: search === '' ? 'COMPETITION_SORT_BY_BEST' : 'COMPETITION_SORT_BY_RELEVANCE', pageSize: Math.min(most, 200) };
    return await this.pages('competitions.CompetitionApiService/ListCompetitions', body, competitionListSchema, (page) => page.competitions, most, options);
  }

  /** Competitions that the person has joined; also tells whether Kaggle takes the credentials. */
  async entered(options: CallOptions): Promise<KaggleCompetition[]> {
    return await this.pages('competitions.CompetitionApiService/ListCompetitions', { group: 'COMPETITION_LIST_TAB_ENTERED', pageSize: 50 }, competitionListSchema, (page) => page.competitions, 50, options);
  }

  /** @throws KaggleError `unknown_competition`: a wrong name is answered as a forbidden one */
  async get(slug: string, options: CallOptions): Promise<KaggleCompetition> {
    try {
      return await this.client.call('competitions.CompetitionApiService/GetCompetition', { competitionName: slug }, competitionSchema, options);
    } catch (error) {
      if (!KaggleError.is(error, 'forbidden') && !KaggleError.is(error, 'not_found')) throw error;
      const near = await this.list(slug.replaceAll('-', ' '), 3, options).catch(() => []);
      const names = near.map((one) => `${slugOfRef(one.ref)} (${one.title})`);
      throw new KaggleError('unknown_competition', `Kaggle has no competition "${slug}".`, names.length > 0 ? `Did you mean ${names.join(', ')}?` : 'Copy the address of its page.', { cause: error });
    }
  }

  /** Texts of the competition's pages by name (`description`, `evaluation`, `rules`, `data-description`). */
  async texts(slug: string, options: CallOptions): Promise<ReadonlyMap<string, string>> {
    const { pages } = await this.client.call('competitions.CompetitionApiService/ListCompetitionPages', { competitionName: slug }, pagesSchema, options);
    return new Map(pages.map((page) => [page.name.toLowerCase(), page.content]));
  }

  async files(slug: string, options: CallOptions): Promise<KaggleFile[]> {
    return await this.explained(slug, options, () => this.pages('competitions.CompetitionApiService/ListDataFiles', { competitionName: slug, pageSize: 200 }, fileListSchema, (page) => page.files, Infinity, options));
  }

  async submissions(slug: string, most: number, options: CallOptions): Promise<KaggleSubmission[]> {
    return await this.explained(slug, options, () => this.pages('competitions.CompetitionApiService/ListSubmissions', { competitionName: slug, pageSize: Math.min(most, 200) }, submissionListSchema, (page) => page.submissions, most, options));
  }

  async limits(slug: string, options: CallOptions): Promise<SubmissionLimits> {
    const limits = await this.client.call('competitions.CompetitionApiService/GetSubmissionLimits', { competitionName: slug }, limitsSchema, options);
    return { today: limits.numToday, allowedNow: limits.numAllowedNow };
  }

  /** Scores of the leaderboard as it is shown, best first; entries without a finite score are left out. */
  async leaderboard(slug: string, options: CallOptions): Promise<{ readonly team: string; readonly score: number }[]> {
    const entries = await this.explained(slug, options, () => this.pages('competitions.CompetitionApiService/GetLeaderboard', { competitionName: slug, pageSize: 200 }, leaderboardSchema, (page) => page.submissions, Infinity, options));
    return entries.flatMap(({ teamName, score }) => (score.trim() !== '' && Number.isFinite(Number(score)) ? [{ team: teamName, score: Number(score) }] : []));
  }

  /**
   * Does what may be forbidden, and says why it was: a wrong name, rules that are not accepted, or
   * an account that is not verified; the service answers all three alike.
   */
  async explained<T>(slug: string, options: CallOptions, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (KaggleError.is(error) && (error.reason === 'forbidden' || error.reason === 'bad_request')) throw await this.whyForbidden(slug, error, options);
      throw error;
    }
  }

  private async whyForbidden(slug: string, error: KaggleError, options: CallOptions): Promise<KaggleError> {
    const rules = (): KaggleError => new KaggleError('rules_not_accepted', `You have not accepted the rules of "${slug}".`, `Open ${rulesPage(slug)}, accept them, then try again.`, { page: rulesPage(slug), cause: error });
    if (/accept|rules|competitions\.participate/i.test(error.message)) return rules();
    let competition: KaggleCompetition;
    try {
      competition = await this.get(slug, options);
    } catch (why) {
      return KaggleError.is(why, 'unknown_competition') ? why : error;
    }
    if (!competition.userHasEntered) return rules();
    if (error.reason === 'bad_request') return error;
    const page = `https://www.kaggle.com/competitions/${slug}`;
    return new KaggleError('forbidden', `Kaggle forbids this in "${slug}": ${error.message}`, 'Some competitions ask for a verified phone number or identity; its page says which.', { page, cause: error });
  }

  /** Follows page tokens until the end; a token that comes again ends it too. */
  private async pages<S extends z.ZodType<{ nextPageToken: string }>, T>(method: string, body: object, schema: S, items: (page: z.output<S>) => readonly T[], most: number, options: CallOptions): Promise<T[]> {
    const all: T[] = [];
    const seen = new Set<string>();
    let pageToken = '';
    for (let page = 0; page < maxPages && all.length < most; page++) {
      const answer = await this.client.call(method, { ...body, ...(pageToken === '' ? {} : { pageToken }) }, schema, options);
      all.push(...items(answer));
      pageToken = answer.nextPageToken;
      if (pageToken === '' || seen.has(pageToken)) break;
      seen.add(pageToken);
    }
    return all.slice(0, most);
  }
}
