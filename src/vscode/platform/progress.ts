import * as vscode from 'vscode';

/** What work tells while it goes on: words, and how many percent were added. */
export type ReportProgress = (message: string, increment?: number) => void;

/**
 * Work that takes time, told in a notification that can be cancelled.
 * @throws what `work` throws; on a cancelled signal that is a CancelledError by custom
 */
export function cancellable<T>(title: string, work: (signal: AbortSignal, report: ReportProgress) => Promise<T>): Promise<T> {
  return Promise.resolve(
    vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title, cancellable: true }, async (progress, token) => {
      const abort = new AbortController();
      token.onCancellationRequested(() => abort.abort());
      return await work(abort.signal, (message, increment) => progress.report({ message, ...(increment === undefined ? {} : { increment }) }));
    }),
  );
}
