import * as vscode from 'vscode';
import { CancelledError, PodiumError, describeError } from '../../core/errors';
import type { CommandId } from './commandIds';
import { withoutLinks } from './notificationText';

/** A button of an error message: what it says and what it does. */
interface Remedy {
  readonly label: string;
  readonly command: CommandId | 'workbench.trust.manage' | 'vscode.openFolder';
}

const doctor: Remedy = { label: 'Open Doctor', command: 'podium.doctor' };
const cpu: Remedy = { label: 'Run on CPU', command: 'podium.runOnCpu' };
const gpu: Remedy = { label: 'Choose GPU…', command: 'podium.chooseGpu' };
const local: Remedy = { label: 'Use Local Sandbox', command: 'podium.useLocalSandbox' };

const kaggle: Remedy = { label: 'Sign In to Kaggle…', command: 'podium.kaggle.signIn' };

/** By the `reason` of an error, never by its text. */
const remedies: Readonly<Record<string, readonly Remedy[]>> = {
  untrusted: [{ label: 'Manage Workspace Trust', command: 'workbench.trust.manage' }],
  no_folder: [{ label: 'Open Folder', command: 'vscode.openFolder' }],
  no_engine: [local, doctor],
  engine_stopped: [local, doctor],
  permission_denied: [doctor, local],
  image_missing: [doctor],
  image_failed: [doctor],
  no_python: [doctor],
  missing_libraries: [doctor],
  not_isolated: [doctor],
  no_gpu: [cpu, gpu, doctor],
  unknown_gpu: [gpu, cpu],
  start_failed: [doctor],
  no_key: [{ label: 'Choose Model…', command: 'podium.chooseModel' }],
  unknown_agent: [{ label: 'Choose Model…', command: 'podium.chooseModel' }],
  bad_setting: [{ label: 'Choose Model…', command: 'podium.chooseModel' }],
  no_model: [{ label: 'Choose Model…', command: 'podium.chooseModel' }],
  no_model_key: [{ label: 'Choose Model…', command: 'podium.chooseModel' }],
  no_price: [{ label: 'Change Budget', command: 'podium.changeDefaults' }],
  no_credentials: [kaggle],
  unauthorized: [kaggle],
  no_run: [{ label: 'New Run…', command: 'podium.newRun' }],
  runner_gone: [{ label: 'Resume Run', command: 'podium.resumeFromJournal' }],
};

/** Shows what went wrong to the person, once, and writes the whole chain to the log. */
export class Failures {
  constructor(private readonly log: vscode.LogOutputChannel) {}

  /** What was shown last, for tests that ask why a command did nothing. */
  lastShown: string | undefined;

  /** One sentence and an action. A cancel is not an error and is not shown. */
  show(error: unknown, where: string): void {
    if (CancelledError.is(error)) return;
    this.record(error, where);
    this.lastShown = describeError(error);
    const offered = error instanceof PodiumError ? (remedies[error.reason] ?? []) : [];
    const showLog = 'Show Log';
    const openPage = 'Open Page';
    const page = error instanceof PodiumError && 'page' in error && typeof error.page === 'string' ? error.page : undefined;
    void vscode.window.showErrorMessage(withoutLinks(describeError(error)), ...offered.map((remedy) => remedy.label), ...(page === undefined ? [] : [openPage]), showLog).then((choice) => {
      if (choice === showLog) this.log.show(true);
      if (choice === openPage && page !== undefined) void vscode.env.openExternal(vscode.Uri.parse(page, true));
      const remedy = offered.find((candidate) => candidate.label === choice);
      if (remedy) void vscode.commands.executeCommand(remedy.command);
    });
  }

  /** To the log only: for work that nobody asked for at this moment. */
  record(error: unknown, where: string): void {
    this.log.error(`${where}: ${chain(error)}`);
  }
}

function chain(error: unknown): string {
  const parts: string[] = [];
  for (let cause: unknown = error; cause !== undefined && parts.length < 8; cause = cause instanceof Error ? cause.cause : undefined) {
    parts.push(cause instanceof Error ? (cause.stack ?? cause.message) : String(cause));
  }
  return parts.join('\ncaused by ');
}
