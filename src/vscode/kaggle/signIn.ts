import * as vscode from 'vscode';
import { CancelledError } from '../../core/errors';
import { withoutLinks } from '../platform/notificationText';
import { onlyStep, quickStep } from '../platform/quickSteps';
import type { KaggleAccess } from './kaggleAccess';

type Way = 'token' | 'key' | 'file';

const settingsPage = 'https://www.kaggle.com/settings/api';

/** Asks for credentials until Kaggle takes them, and stores them. @throws CancelledError; KaggleError when Kaggle cannot be asked */
export async function signIn(access: KaggleAccess): Promise<void> {
  const way = await quickStep<Way>(
    {
      title: 'Sign in to Kaggle',
      placeholder: `Make a token at ${settingsPage}`,
      items: [
        { label: 'Paste a token', description: 'as Kaggle makes it now', value: 'token' },
        { label: 'Username and key', description: 'an older key', value: 'key' },
        { label: 'Import kaggle.json…', description: 'the file that Kaggle downloads', value: 'file' },
      ],
    },
    onlyStep,
  );
  if (way.kind !== 'ok') throw new CancelledError();
  for (let refused: string | undefined; ; ) {
    const text = await ask(way.value, refused);
    refused = await vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title: 'Asking Kaggle' }, () => whyRefused(access, text));
    if (refused !== undefined) continue;
    await access.store(text);
    vscode.window.setStatusBarMessage('Signed in to Kaggle', 6000);
    return;
  }
}

async function ask(way: Way, refused: string | undefined): Promise<string> {
  if (way === 'file') {
    if (refused !== undefined) await vscode.window.showWarningMessage(withoutLinks(refused));
    const [file] = (await vscode.window.showOpenDialog({ title: 'kaggle.json', filters: { JSON: ['json'] }, canSelectMany: false })) ?? [];
    if (!file) throw new CancelledError();
    return new TextDecoder().decode(await vscode.workspace.fs.readFile(file));
  }
  const username = way === 'key' ? await line({ title: 'Sign in to Kaggle: username', prompt: refused ?? 'As it stands in kaggle.json.' }) : undefined;
  const secret = await line({ title: way === 'key' ? 'Sign in to Kaggle: key' : 'Sign in to Kaggle: token', prompt: refused ?? 'It is kept in the secret storage of this editor.', password: true });
  return username === undefined ? secret : JSON.stringify({ username, key: secret });
}

async function line({ title, prompt, password = false }: { title: string; prompt: string; password?: boolean }): Promise<string> {
  const text = await vscode.window.showInputBox({ title, prompt, password, ignoreFocusOut: true, validateInput: (typed) => (/^[\x21-\x7e]*$/.test(typed.trim()) ? undefined : 'It has neither spaces nor other special characters.') });
  if (!text?.trim()) throw new CancelledError();
  return text.trim();
}

/** Undefined when Kaggle takes them. */
async function whyRefused(access: KaggleAccess, text: string): Promise<string | undefined> {
  const { KaggleError } = await import('../../node/kaggle/kaggleError');
  try {
    await (await access.openWith(text)).entered({ signal: AbortSignal.timeout(60_000) });
    return undefined;
  } catch (error) {
    if (KaggleError.is(error, 'unauthorized') || KaggleError.is(error, 'no_credentials')) return `${error.message} ${error.nextStep ?? ''}`;
    throw error;
  }
}
