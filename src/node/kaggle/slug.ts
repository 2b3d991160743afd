import { KaggleError } from './kaggleError';

const slugPattern = /^[a-z0-9][a-z0-9-]*$/;

/**
 * The competition's name in a pasted address or text: `https://www.kaggle.com/competitions/titanic/data`,
 * `kaggle.com/c/titanic`, `titanic`.
 * @throws KaggleError `bad_name`
 */
export function competitionSlug(text: string): string {
  const trimmed = text.trim();
  const path = /kaggle\.com\/(?:competitions|c)\/([^/?#\s]+)/i.exec(trimmed)?.[1];
  const slug = (path ?? trimmed).toLowerCase();
  if (slugPattern.test(slug)) return slug;
  throw new KaggleError('bad_name', `"${trimmed.slice(0, 100)}" is no address or name of a competition.`, 'Paste the address of its page, for example https://www.kaggle.com/competitions/titanic.');
}

/** The last part of a `ref`, which is a full URL in practice. */
export const slugOfRef = (ref: string): string => ref.split('/').filter(Boolean).at(-1) ?? ref;

export const rulesPage = (slug: string): string => `https://www.kaggle.com/competitions/${slug}/rules`;
