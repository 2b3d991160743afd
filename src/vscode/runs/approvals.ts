import * as vscode from 'vscode';
import { approvalWords, type Approval, type ApprovalAnswer } from '../../core/environment/approval';
import { CancelledError } from '../../core/errors';
import type { RunView } from '../../core/run/view';
import { pickRun } from '../commands/pick';
import type { RunPanels } from '../panels/runPanel';
import type { CommandId } from '../platform/commandIds';
import type { CommandManager } from '../platform/commandManager';
import type { ContextKeys } from '../platform/contextKeys';
import type { Failures } from '../platform/failures';
import { HostError } from '../platform/hostError';
import { withoutLinks } from '../platform/notificationText';
import type { Settings } from '../platform/settings';
import type { Workspace } from '../platform/workspace';
import { answerBySetting, isForAnother, isShort } from './approvalSetting';
import type { RunHandle, RunSource } from './runHandle';

export interface ApprovalsContext {
  readonly commands: CommandManager;
  readonly runs: RunSource;
  readonly panels: RunPanels;
  readonly settings: Settings;
  readonly workspace: Workspace;
  readonly contextKeys: ContextKeys;
  readonly failures: Pick<Failures, 'show' | 'record'>;
}

type Question = NonNullable<RunView['approval']>;
interface Asked {
  readonly run: RunHandle;
  readonly question: Question;
}

/** What agents ask to be allowed: told once, answered by command, or at once where the person's setting has the answer. */
export class Approvals implements vscode.Disposable {
  /** Runs whose question is told of or answered, with its id. */
  private readonly told = new Map<string, string>();
  private readonly subscription: vscode.Disposable;

  constructor(private readonly context: ApprovalsContext) {
    const { commands, runs } = context;
    commands.register('podium.allowOnce', async (argument) => this.answer(await this.pick(argument), 'once'));
    commands.register('podium.allowForRun', async (argument) => this.answer(await this.pick(argument), 'run'));
    commands.register('podium.allowAlways', async (argument) => this.allowAlways(await this.pick(argument)));
    commands.register('podium.refuseApproval', async (argument) => this.refuse(await this.pick(argument)));
    this.subscription = runs.onDidChange(() => this.update());
  }

  dispose(): void {
    this.subscription.dispose();
  }

  private update(): void {
    const { runs, contextKeys, workspace } = this.context;
    const asking = runs.runs.flatMap((run): Asked[] => (run.view.approval && run.connection === 'attached' ? [{ run, question: run.view.approval }] : []));
    contextKeys.set('podium.approvalWaiting', asking.length > 0);
    for (const runId of this.told.keys()) if (!asking.some(({ run }) => run.runId === runId)) this.told.delete(runId);
    // A restricted workspace only watches.
    if (!workspace.trusted) return;
    for (const asked of asking) {
      if (this.told.get(asked.run.runId) === asked.question.id) continue;
      this.told.set(asked.run.runId, asked.question.id);
      this.tell(asked).catch((error: unknown) => this.context.failures.show(error, 'answer the agent'));
    }
  }

  private async tell(asked: Asked): Promise<void> {
    const { settings, panels } = this.context;
    const { run, question } = asked;
    const known = answerBySetting(settings.get('podium.approvals'), question.needs);
    if (known) return await this.answer(asked, known.answer, known.words);
    if (panels.isVisible(run.runId)) return;
    const [once, forRun, refuse, show] = ['Allow Once', 'Allow for This Run', 'Refuse…', 'Show'] as const;
    // What cannot be read in a notification is not approved in one.
    const short = isShort(question.code);
    const text = `Run ${run.view.number} waits. ${question.title}${short ? ` ${question.code}` : ''}`;
    const choice = await vscode.window.showWarningMessage(withoutLinks(text), ...(short ? [once, forRun, refuse] : [show]));
    // It may have been answered elsewhere meanwhile.
    if (choice === undefined || run.view.approval?.id !== question.id) return;
    if (choice === show) return panels.show(run);
    const command: CommandId = choice === once ? 'podium.allowOnce' : choice === forRun ? 'podium.allowForRun' : 'podium.refuseApproval';
    await vscode.commands.executeCommand(command, { runId: run.runId, question: question.id });
  }

  private async pick(argument: unknown): Promise<Asked> {
    const run = await pickRun(argument, this.context.runs, { suits: (view) => Boolean(view.approval), words: 'waits for your approval', next: 'A run asks when its agent wants the network, to install packages, or to run code that nothing isolates.' });
    const question = run.view.approval;
    if (!question) throw new CancelledError();
    if (isForAnother(argument, question.id)) throw new HostError('no_run', 'That question is answered already; the agent asks another one now.', 'Read it before you answer.');
    return { run, question };
  }

  private async answer({ run, question }: Asked, answer: ApprovalAnswer, words?: string): Promise<void> {
    await run.answerApproval(question.id, answer, words);
  }

  private async refuse(asked: Asked): Promise<void> {
    const words = await vscode.window.showInputBox({
      title: `Refuse ${list(asked.question.needs)}`,
      prompt: 'The agent reads this and goes on without it. You may leave it empty.',
      validateInput: (value) => (value.length > 2000 ? 'At most 2,000 characters.' : undefined),
    });
    if (words !== undefined) await this.answer(asked, 'refused', words);
  }

  private async allowAlways(asked: Asked): Promise<void> {
    const { settings } = this.context;
    const { needs } = asked.question;
    const yes = 'Always Allow';
    const detail = 'Agents of every run on this machine may do it from now on without asking. The setting podium.approvals takes it back.';
    if ((await vscode.window.showWarningMessage(`Always allow ${list(needs)}?`, { modal: true, detail }, yes)) !== yes) return;
    await settings.set('podium.approvals', { ...settings.get('podium.approvals'), ...Object.fromEntries(needs.map((need) => [need, 'allow' as const])) });
    await this.answer(asked, 'always');
  }
}

const list = (needs: readonly Approval[]): string => needs.map((need) => approvalWords[need].asked).join(' and ');
