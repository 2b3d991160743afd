import { readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { parseJson } from '../../core/parseJson';
import { KaggleError } from './kaggleError';

/** How requests are signed. Never logged; `source` names where it came from, for messages. */
export type KaggleCredentials = { readonly source: string } & ({ readonly kind: 'bearer'; readonly token: string } | { readonly kind: 'basic'; readonly username: string; readonly key: string });

/** Kaggle's newer tokens are taken as bearer only, wherever they stand. */
const bearerOnly = /^KGAT_/;

const keyFileSchema = z.object({ username: z.string().optional(), key: z.string().optional() });

/**
 * The person's Kaggle credentials, the first hit in the official client's order: the variable
 * KAGGLE_API_TOKEN (a token or the text of kaggle.json, or a path of a file with it), `~/.kaggle/access_token(.txt)`,
 * KAGGLE_USERNAME with KAGGLE_KEY, `kaggle.json`.
 * @param stored from the editor's secret storage; wins over everything
 * @throws KaggleError `no_credentials`
 */
export async function findCredentials(stored: string | undefined, env: NodeJS.ProcessEnv = process.env, userHome = homedir()): Promise<KaggleCredentials> {
  if (stored) return parseStored(stored);
  const token = await tokenFrom(env.KAGGLE_API_TOKEN);
  if (token) return { ...parseStored(token), source: 'KAGGLE_API_TOKEN' };
  for (const name of ['access_token', 'access_token.txt']) {
    const found = (await readIfThere(join(userHome, '.kaggle', name)))?.trim();
    if (found) return { kind: 'bearer', token: found, source: `~/.kaggle/${name}` };
  }
  if (env.KAGGLE_USERNAME && env.KAGGLE_KEY) return signed(env.KAGGLE_USERNAME, env.KAGGLE_KEY, 'KAGGLE_USERNAME and KAGGLE_KEY');
  for (const folder of keyFolders(env, userHome)) {
    const path = join(folder, 'kaggle.json');
    const found = await keyFile(path);
    if (found) return found;
  }
  throw new KaggleError('no_credentials', 'No Kaggle credentials were found.', 'Make a token at https://www.kaggle.com/settings/api and set KAGGLE_API_TOKEN, or put kaggle.json into ~/.kaggle.', { page: 'https://www.kaggle.com/settings/api' });
}

/** What a person pastes: a token, or the content of kaggle.json. @throws KaggleError `no_credentials` */
export function parseStored(text: string): KaggleCredentials {
  const trimmed = text.trim();
  const source = 'the stored credentials';
  if (!trimmed.startsWith('{')) return { kind: 'bearer', token: trimmed, source };
  const parsed = keyFileSchema.safeParse(parseJson(trimmed)).data;
  if (parsed?.username && parsed.key) return signed(parsed.username, parsed.key, source);
  throw new KaggleError('no_credentials', 'This is no token and no kaggle.json.', 'Paste a token, or the whole text of kaggle.json with "username" and "key".');
}

function signed(username: string, key: string, source: string): KaggleCredentials {
  return bearerOnly.test(key) ? { kind: 'bearer', token: key, source } : { kind: 'basic', username, key, source };
}

/** The header of a request. */
export function authorization(credentials: KaggleCredentials): string {
  if (credentials.kind === 'bearer') return `Bearer ${credentials.token}`;
  return `Basic ${Buffer.from(`${credentials.username}:${credentials.key}`).toString('base64')}`;
}

function keyFolders(env: NodeJS.ProcessEnv, userHome: string): string[] {
  if (env.KAGGLE_CONFIG_DIR) return [env.KAGGLE_CONFIG_DIR];
  const config = process.platform === 'linux' ? [join(env.XDG_CONFIG_HOME || join(userHome, '.config'), 'kaggle')] : [];
  return [join(userHome, '.kaggle'), ...config];
}

/** The file may hold only settings: then the search goes on. @throws KaggleError when it is broken */
async function keyFile(path: string): Promise<KaggleCredentials | undefined> {
  const text = await readIfThere(path);
  if (text === undefined) return undefined;
  const value = parseJson(text);
  if (value === undefined) throw new KaggleError('no_credentials', `${path} is no JSON.`, 'Download it again at https://www.kaggle.com/settings/api.');
  const { username, key } = keyFileSchema.safeParse(value).data ?? {};
  return username && key ? signed(username, key, path) : undefined;
}

async function tokenFrom(value: string | undefined): Promise<string | undefined> {
  const text = value?.trim();
  if (!text) return undefined;
  const isFile = await stat(text).then((found) => found.isFile(), () => false);
  return isFile ? (await readFile(text, 'utf8')).trim() : text;
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}
