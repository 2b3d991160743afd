import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import * as vscode from 'vscode';
import { fixCertain, idsOf, type FixKind, type SubmissionForm } from '../../core/grading/certainFixes';
import { hasEnded } from '../../core/run/fold';
import type { CompetitionGrade } from '../../core/grading/result';
import type { LoadedCompetition } from '../../node/competitions/library';
import type { SubmissionAction, SubmissionPages } from '../panels/submissionPage';
import type { CommandId } from '../platform/commandIds';
import type { ContextKeys } from '../platform/contextKeys';
import { HostError } from '../platform/hostError';
import { cancellable } from '../platform/progress';
import type { Services } from '../platform/services';
import type { RunHandle, RunSource } from '../runs/runHandle';
import type { SubmissionCheck } from '../../protocol/submission';
import type { SubmissionProblems } from './submissionProblems';

/** Larger files are not repaired: an editor does not open them. */
const maxRepairBytes = 20 * 1024 * 1024;

/** What a player may know of a grade. */
type Verdict = Pick<CompetitionGrade, 'valid' | 'public' | 'errors' | 'warnings'>;

/** A submission file and what its check found. */
interface Checked {
  readonly file: vscode.Uri;
  readonly competition: string;
  readonly check: SubmissionCheck;
}

interface Repair {
  readonly before: string;
  readonly after: string;
  readonly labels: readonly string[];
}

/** Checks submission files, shows what was found, and repairs what needs no judgement when it is pressed. */
export class SubmissionChecks {
  private readonly checked = new Map<string, Checked>();
  private readonly repairs = new Map<string, Repair>();

  constructor(
    private readonly services: Services,
    private readonly pages: SubmissionPages,
    private readonly problems: SubmissionProblems,
    private readonly runs: RunSource,
    private readonly contextKeys: ContextKeys,
  ) {
    pages.onRestore = async (file, competition) => void (await this.grade(competition, file));
  }

  /** Grades a file against a competition's answers; a wrong one gets its page. Uses no graded call of a run. */
  async grade(competition: string, file: vscode.Uri): Promise<CompetitionGrade> {
    const begun = Date.now();
    this.pages.checking(file);
    const grade = await cancellable(`Grading ${basename(file.fsPath)}`, (signal) => this.services.grade(competition, file.fsPath, signal));
    this.problems.mark(file, grade);
    const loaded = await (await this.services.competitions()).load(competition);
    const fixes = grade.errors.length + grade.warnings.length > 0 ? (await this.repaired(file, loaded, grade)).fixes : [];
    const check = checkOf(file, loaded, grade, { seconds: (Date.now() - begun) / 1000, again: 'Check again', calls: null, kept: this.keepsBack(competition) ?? null, fixes, repaired: this.repairs.get(file.fsPath)?.labels ?? [] });
    this.checked.set(file.fsPath, { file, competition, check });
    this.contextKeys.set('podium.submissionChecked', true);
    const act = (action: SubmissionAction): Promise<void> => this.act(file, action);
    if (!this.pages.update(file, check, act) && !grade.valid) this.pages.show(file, check, act);
    return grade;
  }

  /** Shows what was found in a submission that a run's attempt wrote. The file is the attempt's: its script is to be mended. */
  async showAttempt(file: vscode.Uri, competition: string, grade: Verdict, calls: SubmissionCheck['calls'], again: () => Promise<void>): Promise<void> {
    this.problems.mark(file, grade);
    const loaded = await (await this.services.competitions()).load(competition);
    const check = checkOf(file, loaded, grade, { seconds: 0, again: 'Run and submit again', calls, kept: null, fixes: [], repaired: [] });
    this.pages.show(file, check, async (action) => {
      if (action.type === 'checkAgain') await again();
      if (action.type === 'open') await openAt(file, action.line);
    });
  }

  /**
   * Repairs what is certain in a checked file and checks it again.
   * @throws HostError `no_file` when the file was not checked, `nothing_to_fix` when nothing is certain
   */
  async fix(file: vscode.Uri | undefined, kinds?: readonly FixKind[]): Promise<void> {
    const { competition, check, ...known } = this.known(file);
    const loaded = await (await this.services.competitions()).load(competition);
    const before = await textOf(known.file);
    const { text, fixes } = fixCertain(before, await formOf(loaded), [...check.errors, ...check.warnings], kinds);
    if (fixes.length === 0) throw new HostError('nothing_to_fix', `Nothing in ${check.file} can be repaired with certainty.`, 'Check the file again, or mend what writes it.');
    await rewrite(known.file, before, text);
    const last = this.repairs.get(known.file.fsPath);
    const goesOn = last?.after === before;
    this.repairs.set(known.file.fsPath, { before: goesOn ? last.before : before, after: await textOf(known.file), labels: [...(goesOn ? last.labels : []), ...fixes.map((fix) => fix.label)] });
    await this.grade(competition, known.file);
  }

  /** Takes the repairs of a file back. @throws HostError `nothing_to_undo` when there are none, or the file was changed since */
  async undoFix(file: vscode.Uri | undefined): Promise<void> {
    const { competition, check, ...known } = this.known(file);
    const repair = this.repairs.get(known.file.fsPath);
    if (!repair) throw new HostError('nothing_to_undo', `${check.file} was not repaired.`);
    if ((await textOf(known.file)) !== repair.after) throw new HostError('nothing_to_undo', `${check.file} has changed since it was repaired.`, 'Undo in its editor instead.');
    await rewrite(known.file, repair.after, repair.before);
    this.repairs.delete(known.file.fsPath);
    await this.grade(competition, known.file);
  }

  /** The number of a run under way on the competition whose policy does not tell every public score. */
  keepsBack(competition: string): number | undefined {
    const keeping = ({ view }: RunHandle): boolean => view.competition.id === competition && !hasEnded(view) && (view.visibility === 'ladder' || view.visibility === 'hidden-until-end');
    return this.runs.runs.find(keeping)?.view.number;
  }

  private async act(file: vscode.Uri, action: SubmissionAction): Promise<void> {
    switch (action.type) {
      case 'checkAgain':
        return void (await vscode.commands.executeCommand('podium.gradeFile' satisfies CommandId, file));
      case 'fix':
        return this.fix(file, action.kinds);
      case 'undoFix':
        return this.undoFix(file);
      case 'open':
        return openAt(file, action.line);
    }
  }

  private known(file: vscode.Uri | undefined): Checked {
    const wanted = file ?? this.pages.front;
    const known = wanted && this.checked.get(wanted.fsPath);
    if (!known) throw new HostError('no_file', 'No checked submission is in front.', 'Check one with Grade a File….');
    return known;
  }

  private async repaired(file: vscode.Uri, competition: LoadedCompetition, grade: CompetitionGrade): Promise<ReturnType<typeof fixCertain>> {
    const nothing = { text: '', fixes: [] };
    if (!/\.csv$/i.test(file.fsPath) || (await stat(file.fsPath)).size > maxRepairBytes) return nothing;
    // What is not text is no text document either.
    if (grade.errors.some((problem) => problem.code === 'not_text')) return nothing;
    return fixCertain(await textOf(file), await formOf(competition), [...grade.errors, ...grade.warnings]);
  }
}

function checkOf(
  file: vscode.Uri, { manifest, metricLabel, direction, board }: LoadedCompetition, grade: Verdict,
  rest: Pick<SubmissionCheck, 'seconds' | 'again' | 'calls' | 'kept'> & { fixes: ReturnType<typeof fixCertain>['fixes']; repaired: readonly string[] },
): SubmissionCheck {
  return {
    file: basename(file.fsPath),
    path: file.fsPath,
    competition: { id: manifest.id, title: manifest.title, metricLabel, direction, board: [...board] },
    valid: grade.valid,
    public: rest.kept === null ? grade.public : null,
    errors: grade.errors,
    warnings: grade.warnings,
    ...rest,
    fixes: [...rest.fixes],
    repaired: [...rest.repaired],
  };
}

/** What a right submission looks like: from the manifest and the public files alone. */
async function formOf({ manifest, folder, profiles }: LoadedCompetition): Promise<SubmissionForm> {
  const { id, target } = manifest.submission;
  const sample = manifest.files.find((file) => file.role === 'sample');
  const train = manifest.files.find((file) => file.role === 'train');
  const columns = profiles.find((profile) => profile.path === train?.path)?.columns ?? [];
  const classes = target.flatMap((name): [string, string[]][] => {
    const column = columns.find((candidate) => candidate.name === name);
    // A profile names the most frequent values; only all of them tell what a class is.
    return column?.top && column.top.length === column.unique ? [[name, column.top.map(({ value }) => value)]] : [];
  });
  const text = sample && (await vscode.workspace.fs.readFile(vscode.Uri.file(join(folder, sample.path))));
  return { id, target, ids: text ? idsOf(new TextDecoder().decode(text), id) : null, classes: new Map(classes) };
}

/** The text as it is now: with the person's unsaved changes, else what lies on disk. An open document may be a moment behind its file. */
async function textOf(file: vscode.Uri): Promise<string> {
  const open = openDocument(file);
  return open?.isDirty ? open.getText() : new TextDecoder().decode(await vscode.workspace.fs.readFile(file));
}

const openDocument = (file: vscode.Uri): vscode.TextDocument | undefined => vscode.workspace.textDocuments.find((document) => document.uri.toString() === file.toString());

/** Replaces the text: in the document where one shows it, so that its editor can undo it, else on disk. */
async function rewrite(file: vscode.Uri, before: string, text: string): Promise<void> {
  const open = openDocument(file);
  if (open?.getText() !== before) return await vscode.workspace.fs.writeFile(file, new TextEncoder().encode(text));
  const edit = new vscode.WorkspaceEdit();
  edit.replace(file, new vscode.Range(0, 0, open.lineCount, 0), text);
  if (!(await vscode.workspace.applyEdit(edit)) || !(await open.save())) {
    throw new HostError('edit_refused', `${basename(file.fsPath)} could not be changed.`, 'Close other editors of this file, then try again.');
  }
}

async function openAt(file: vscode.Uri, line: number | undefined): Promise<void> {
  const selection = line === undefined ? undefined : new vscode.Range(line - 1, 0, line - 1, 0);
  await vscode.commands.executeCommand('vscode.open', file, { selection, viewColumn: vscode.ViewColumn.Beside });
}
