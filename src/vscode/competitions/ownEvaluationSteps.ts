import { basename, dirname, relative } from 'node:path';
import * as vscode from 'vscode';
import { filesNamedBy, missingScript, partFiles, type OwnFile } from '../../core/competition/import/ownEvaluation';
import type { Direction } from '../../core/competition/manifest';
import { CancelledError } from '../../core/errors';
import { listFiles } from '../../node/importers/ownEvaluation';
import { inputStep, onlyStep, pickStep, quickStep, quickSteps, type Step, type StepEntry } from '../platform/quickSteps';
import { count } from '../views/format';

/** Everything that an import of an own evaluation wants to know. */
export interface OwnEvaluationWish {
  readonly folder: string;
  readonly command: string;
  readonly direction: Direction;
  readonly change?: string[];
}

interface Values {
  readonly folder?: string;
  /** Of `folder`. */
  readonly files: readonly OwnFile[];
  readonly command: string;
  readonly direction: Direction;
  readonly change?: readonly string[];
}

const judgeName = /^(evaluate|evaluation|score|benchmark|bench|eval)\.py$/;
/** Competitions, runs, and what tools make. */
const exclude = '{**/node_modules/**,**/.*/**,**/venv/**,competitions/**,**/evaluation/**}';
const shownFolders = 30;
const shownFiles = 300;

/** Asks for folder, command, direction and files, one after the other. @throws CancelledError; ImportError `unreadable` */
export async function askOwnEvaluation(root: string): Promise<OwnEvaluationWish> {
  const start: Values = { files: [], command: '', direction: 'maximize' };
  const result = await quickSteps<Values>(start, [(now) => folderStep(now, root), commandStep, directionStep, filesStep], onlyStep, { keeps: true });
  if (result.kind !== 'ok' || result.value.folder === undefined) throw new CancelledError();
  const { folder, command, direction, change } = result.value;
  return { folder, command, direction, ...(change ? { change: [...change] } : {}) };
}

const titleOf = ({ folder }: Values): string => (folder === undefined ? 'Import own evaluation' : `Own evaluation of ${basename(folder)}`);

/** Folders of the workspace with a script that is called like a judge, or another one. */
function folderStep(now: Values, root: string): Step<Values> {
  return async (place) => {
    const found = await vscode.workspace.findFiles(new vscode.RelativePattern(root, '*/**/{evaluate,evaluation,score,benchmark,bench,eval}.py'), exclude, 1000);
    const judges = new Map(found.map(({ fsPath }) => [dirname(fsPath), basename(fsPath)] as const));
    const folders = [...judges].map(([folder, judge]) => ({ folder, judge, label: relative(root, folder) })).sort((a, b) => a.label.split(/[\\/]/).length - b.label.split(/[\\/]/).length || (a.label < b.label ? -1 : 1));
    const items: StepEntry<string>[] = [
      ...folders.slice(0, shownFolders).map(({ folder, judge, label }) => ({ label, description: `with ${judge}`, value: folder })),
      { label: '$(folder-opened) Another folder…', description: 'with what is to be improved, and a script that prints its score', value: '' },
    ];
    for (;;) {
      const picked = await quickStep({ title: titleOf({ ...now, folder: undefined }), placeholder: 'Folder to improve', items, ...(now.folder === undefined ? {} : { active: now.folder }) }, place);
      if (picked.kind !== 'ok') return picked;
      const folder = picked.value || (await openFolder(root));
      if (folder === undefined) continue;
      const files = await listFiles(folder, []);
      const judge = files.find(({ path }) => judgeName.test(path))?.path;
      return { kind: 'ok', value: { ...now, folder, files, command: folder === now.folder ? now.command : judge === undefined ? '' : `python ${judge}`, change: folder === now.folder ? now.change : undefined } };
    }
  };
}

async function openFolder(root: string): Promise<string | undefined> {
  const [uri] = (await vscode.window.showOpenDialog({ title: 'Folder to improve, with what judges it', openLabel: 'Improve This Folder', canSelectFolders: true, canSelectFiles: false, defaultUri: vscode.Uri.file(root) })) ?? [];
  return uri?.fsPath;
}

function commandStep(now: Values): Step<Values> {
  const paths = now.files.map(({ path }) => path);
  return inputStep(
    {
      title: titleOf(now),
      prompt: 'Command, run in the folder, that prints the score as its last line: "score: 0.5", JSON with "score", or a number',
      placeholder: 'python evaluate.py',
      value: now.command,
      validate: (command) => (command === '' ? 'A command is needed.' : missingScript(command, paths)),
      warn: (command) => (command === '' || filesNamedBy(command, paths).length > 0 ? undefined : 'It names no file of the folder: choose with care what players may change, so that they cannot change what judges them.'),
    },
    (command) => ({ ...now, command, change: command === now.command ? now.change : undefined }),
  );
}

function directionStep(now: Values): Step<Values> {
  return pickStep(
    {
      title: titleOf(now),
      placeholder: 'Which score is better',
      active: now.direction,
      items: [
        { label: 'Higher is better', description: 'maximize', value: 'maximize' as const },
        { label: 'Lower is better', description: 'minimize', value: 'minimize' as const },
      ],
    },
    (direction) => ({ ...now, direction }),
  );
}

function filesStep(now: Values): Step<Values> {
  const picked = new Set(now.change ?? partFiles(now.files, now.command).solution);
  const named = new Set(filesNamedBy(now.command, now.files.map(({ path }) => path)));
  const own = now.files.filter(({ path }) => !path.startsWith('data/'));
  const data = now.files.length - own.length;
  const rest = [`the rest stays as it is${data > 0 ? `, and ${count(data, 'file')} in data/` : ''}`, ...(own.length > shownFiles ? [`the first ${shownFiles} of ${own.length}`] : [])].join('; ');
  return pickStep<readonly string[], Values>(
    {
      title: titleOf(now),
      placeholder: 'Check what players may change',
      items: [{ label: rest, kind: vscode.QuickPickItemKind.Separator }, ...own.slice(0, shownFiles).map(({ path }) => ({ label: path, description: named.has(path) ? 'named by the command: it judges' : '', value: [path], picked: picked.has(path) }))],
      many: (values) => (values.length > 0 ? values.flat() : undefined),
    },
    (change) => ({ ...now, change }),
  );
}
