import * as vscode from 'vscode';
import { CancelledError, describeError } from '../../core/errors';
import { withoutLinks } from '../platform/notificationText';
import { cancellable } from '../platform/progress';
import { inputStep, onlyStep, quickStep, quickSteps, type Step, type StepItem } from '../platform/quickSteps';
import type { KaggleAccess } from './kaggleAccess';

/** `found`: what the environment holds, in place of anything that is stored here. */
type Way = 'token' | 'key' | 'file' | 'found';

interface Values {
  readonly way?: Way;
  readonly username?: string;
  /** What is stored: a token, or the text of kaggle.json. */
  readonly text?: string;
}

const title = 'Sign in to Kaggle';
const settingsPage = 'https://www.kaggle.com/settings/api';
const answerMs = 60_000;

/** Asks for credentials until Kaggle takes them, and stores them. @throws CancelledError */
export async function signIn(access: KaggleAccess): Promise<void> {
  const [stored, found] = await Promise.all([access.stored(), access.found()]);
  const result = await quickSteps<Values>({}, [
    (now) => wayStep(now, stored !== undefined, found),
    (now) => (now.way === 'key' ? usernameStep(now) : undefined),
    (now) => secretStep(access, now, found),
  ], onlyStep, { keeps: true });
  if (result.kind !== 'ok') throw new CancelledError();
  const { way, username, text } = result.value;
  if (way === 'found') await access.forget();
  else if (text !== undefined) await access.store(text);
  const name = username ?? (await access.username());
  vscode.window.setStatusBarMessage(`$(check) Signed in to Kaggle${name === undefined ? '' : ` as ${name}`}${way === 'found' ? `, with ${found ?? ''}` : ''}`, 8000);
}

/** Forgets what is stored; what lies in the environment stays, and the person is told of it. */
export async function signOut(access: KaggleAccess): Promise<void> {
  const [stored, found] = await Promise.all([access.stored(), access.found()]);
  if (stored !== undefined) await access.forget();
  if (found !== undefined) {
    const done = stored === undefined ? 'Nothing of Kaggle is stored here: Kaggle is asked with' : 'Signed out of Kaggle. From now on it is asked with';
    void vscode.window.showInformationMessage(withoutLinks(`${done} ${found}, which Podium does not change. Remove it there.`));
  } else if (stored === undefined) void vscode.window.showInformationMessage('You are not signed in to Kaggle.');
  else vscode.window.setStatusBarMessage('$(check) Signed out of Kaggle', 8000);
}

function wayStep(now: Values, stored: boolean, found: string | undefined): Step<Values> {
  const items: StepItem<Way | 'page'>[] = [
    ...(found === undefined ? [] : [{ label: `Use ${found}`, description: stored ? 'in place of what is stored here' : 'found in your environment, used already', value: 'found' as const }]),
    { label: 'Paste a token', description: 'as Kaggle makes it now', value: 'token' },
    { label: 'Username and key', description: 'an older key', value: 'key' },
    { label: 'Import kaggle.json…', description: 'the file that Kaggle downloads', value: 'file' },
    { label: '$(link-external) Open Kaggle’s settings', description: 'make a token there, then come back', value: 'page' },
  ];
  const placeholder = stored ? 'You are signed in; what you give here takes its place' : 'It is kept in the secret storage of this editor';
  return async (place) => {
    for (let active: Way | 'page' = now.way ?? items[0]?.value ?? 'token'; ; active = 'token') {
      const result = await quickStep<Way | 'page'>({ title, placeholder, items, active }, place);
      if (result.kind !== 'ok') return result;
      if (result.value !== 'page') return { kind: 'ok', value: { way: result.value, ...(result.value === 'key' && now.username !== undefined ? { username: now.username } : {}) } };
      await vscode.env.openExternal(vscode.Uri.parse(settingsPage));
    }
  };
}

const validate = (text: string): string | undefined => (text === '' ? 'Type or paste it.' : /^[\x21-\x7e]+$/.test(text) ? undefined : 'It has neither spaces nor other special characters.');

const usernameStep = (now: Values): Step<Values> => inputStep({ title, prompt: 'Username, as it stands in kaggle.json', value: now.username ?? '', validate }, (username) => ({ ...now, username }));

function secretStep(access: KaggleAccess, now: Values, found: string | undefined): Step<Values> {
  if (now.way === 'file') return fileStep(access, now);
  if (now.way === 'found') return foundStep(access, now, found);
  const { username } = now;
  const asStored = (secret: string): string => (username === undefined ? secret : JSON.stringify({ username, key: secret }));
  const what = username === undefined ? 'this token' : 'this username with this key';
  return inputStep(
    { title, prompt: username === undefined ? 'Token' : `Key of ${username}`, password: true, validate, check: (secret, signal) => whyRefused(access, asStored(secret), what, signal) },
    (secret) => ({ ...now, text: asStored(secret) }),
  );
}

function fileStep(access: KaggleAccess, now: Values): Step<Values> {
  return async () => {
    for (;;) {
      const [file] = (await vscode.window.showOpenDialog({ title: 'Sign in with kaggle.json', openLabel: 'Sign In With This', filters: { JSON: ['json'] }, canSelectMany: false })) ?? [];
      if (!file) return { kind: 'back' };
      const name = file.path.split('/').at(-1) ?? 'The file';
      const text = new TextDecoder().decode(await vscode.workspace.fs.readFile(file));
      const refused = await askKaggle(access, text, `what is in ${name}`);
      if (refused === undefined) return { kind: 'ok', value: { ...now, text } };
      const again = 'Choose Another File…';
      if ((await vscode.window.showWarningMessage(withoutLinks(refused), again)) !== again) return { kind: 'cancelled' };
    }
  };
}

function foundStep(access: KaggleAccess, now: Values, found: string | undefined): Step<Values> {
  return async () => {
    const refused = await askKaggle(access, undefined, found ?? 'it');
    if (refused === undefined) return { kind: 'ok', value: now };
    void vscode.window.showWarningMessage(withoutLinks(refused));
    return { kind: 'back' };
  };
}

const askKaggle = (access: KaggleAccess, text: string | undefined, what: string): Promise<string | undefined> => cancellable('Asking Kaggle', (signal) => whyRefused(access, text, what, signal));

/** Undefined when Kaggle takes them. Never rejects: what keeps Kaggle from answering is told as well. */
async function whyRefused(access: KaggleAccess, text: string | undefined, what: string, signal: AbortSignal): Promise<string | undefined> {
  const limit = AbortSignal.timeout(answerMs);
  try {
    await (await access.openWith(text)).entered({ signal: AbortSignal.any([signal, limit]) });
    return undefined;
  } catch (error) {
    const { KaggleError } = await import('../../node/kaggle/kaggleError');
    if (KaggleError.is(error, 'no_credentials')) return `This is no kaggle.json: it has no "username" with a "key". Download it again at ${settingsPage}.`;
    if (KaggleError.is(error, 'unauthorized')) return `Kaggle does not take ${what}. Compare it with ${settingsPage}, or make a new one there.`;
    return limit.aborted ? 'Kaggle did not answer within a minute. Try again.' : describeError(error);
  }
}
