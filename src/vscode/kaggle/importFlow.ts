import { join } from 'node:path';
import * as vscode from 'vscode';
import { CancelledError } from '../../core/errors';
import { metricOfKaggle } from '../../core/competition/import/kaggle/metricNames';
import type { MetricChoice } from '../../core/competition/import/own/propose';
import type { Catalogue } from '../../core/competition/catalogue';
import { metricLabel } from '../../core/grading/describe';
import { findMetric, metricNames } from '../../core/grading/registry';
import { readCatalogue } from '../../node/competitions/catalogueFile';
import { importedFolderName } from '../../node/competitions/importedFolders';
import { importKaggle, lookAtKaggle, type KaggleImported, type KaggleOffer } from '../../node/importers/kaggle';
import type { KaggleCompetitions } from '../../node/kaggle/competitions';
import { KaggleError } from '../../node/kaggle/kaggleError';
import { competitionSlug, slugOfRef } from '../../node/kaggle/slug';
import type { KaggleCompetition } from '../../node/kaggle/wire';
import { withoutLinks } from '../platform/notificationText';
import { cancellable } from '../platform/progress';
import { onlyStep, quickStep, type StepEntry } from '../platform/quickSteps';
import { escapeMarkdown } from '../views/format';
import type { KaggleParts } from './kaggleFeature';
import { slugIn } from './pickCompetition';
import { signIn } from './signIn';
import { dayWords, offerWords, sizeWords } from './words';

/** A pasted address becomes a competition in the workspace. @param argument an address or name, where one is given */
export async function importFlow(parts: KaggleParts, argument: unknown): Promise<void> {
  const root = parts.workspace.startableRoot();
  const api = await signedIn(parts);
  const slug = typeof argument === 'string' ? competitionSlug(argument) : await pickSlug(api);
  const offer = await acceptedOffer(api, slug);
  const catalogue = await readCatalogue(join(parts.services.extensionPath, 'media'));
  const metric = await metricFor(offer, catalogue);
  const done = await download(parts, api, offer, { out: join(root, importedFolderName, slug), catalogue, metric });
  await parts.refresh();
  await vscode.commands.executeCommand('podium.openCompetition', done.id);
  await report(parts, done);
}

/** Kaggle with the stored account; without one the person signs in first. */
export async function signedIn({ access }: KaggleParts): Promise<KaggleCompetitions> {
  try {
    return await access.open();
  } catch (error) {
    if (!KaggleError.is(error, 'no_credentials')) throw error;
    await signIn(access);
    return await access.open();
  }
}

async function pickSlug(api: KaggleCompetitions): Promise<string> {
  const row = (one: KaggleCompetition): StepEntry<string> => ({ label: one.title, description: one.evaluationMetric, detail: [one.category || 'Competition', `${one.teamCount.toLocaleString('en-US')} teams`, ...(one.deadline === '' ? [] : [`until ${dayWords(one.deadline)}`])].join(', '), value: slugOfRef(one.ref) });
  let failed: unknown;
  const picked = await quickStep<string>(
    {
      title: 'Import from Kaggle',
      placeholder: 'Paste the address of a competition, or search by name',
      items: [],
      parse: slugIn,
      fill: async (show, signal) => {
        try {
          const [mine, all] = await Promise.all([api.entered({ signal }), api.list('', 100, { signal })]);
          const known = new Set(mine.map(({ ref }) => ref));
          const heading = (label: string): StepEntry<string> => ({ label, kind: vscode.QuickPickItemKind.Separator });
          show([...(mine.length > 0 ? [heading('Joined'), ...mine.map(row)] : []), heading('On Kaggle'), ...all.filter(({ ref }) => !known.has(ref)).map(row)]);
        } catch (error) {
          // A pasted address needs no list.
          failed = error;
          show([{ label: 'Kaggle’s list is not at hand', description: error instanceof Error ? error.message : '', value: '', inert: true }]);
        }
      },
    },
    onlyStep,
  );
  if (picked.kind === 'ok') return picked.value;
  if (failed !== undefined && !CancelledError.is(failed)) throw failed;
  throw new CancelledError();
}

/** Details, size and rules before anything is downloaded. Where rules are not accepted: the page, then another look. */
async function acceptedOffer(api: KaggleCompetitions, slug: string): Promise<KaggleOffer> {
  for (let offer = await look(api, slug); ; ) {
    const title = offer.competition.title || slug;
    const rules: StepEntry<Answer> = { label: '$(law) Open the rules page', description: offer.rulesUrl, value: 'rules' };
    const first: StepEntry<Answer> = offer.files
      ? { label: `$(cloud-download) Import ${sizeWords(offer.totalBytes ?? 0)}`, description: `${offer.files.length} ${offer.files.length === 1 ? 'file' : 'files'}; a local test set is cut from the training data`, value: 'import' }
      : { label: '$(refresh) Retry', description: 'when you have accepted the rules there', value: 'retry' };
    const facts = offerWords(offer).split('\n').map((line): StepEntry<Answer> => ({ label: line, value: 'retry', inert: true }));
    const answer = await quickStep<Answer>(
      {
        title: `Import from Kaggle: ${title}`,
        placeholder: offer.files ? 'Nothing is downloaded yet' : 'You have not accepted its rules: open the rules page, accept them, then retry',
        items: [...(offer.files ? [first, rules] : [rules, first]), { label: 'What Kaggle says', kind: vscode.QuickPickItemKind.Separator }, ...facts],
      },
      onlyStep,
    );
    if (answer.kind !== 'ok') throw new CancelledError();
    if (answer.value === 'import') return offer;
    if (answer.value === 'rules') await vscode.env.openExternal(vscode.Uri.parse(offer.rulesUrl));
    else offer = await look(api, slug);
  }
}

type Answer = 'import' | 'rules' | 'retry';

const look = (api: KaggleCompetitions, slug: string): Promise<KaggleOffer> => cancellable('Asking Kaggle', (signal) => lookAtKaggle(api, slug, { signal }));

/** Kaggle's metric where Podium knows it; else the person chooses, or leaves it to a proposal. Undefined: no wish. */
async function metricFor({ slug, competition }: KaggleOffer, catalogue: Catalogue): Promise<MetricChoice | undefined> {
  if (metricOfKaggle(competition.evaluationMetric) || catalogue.competitions.some(({ id }) => id === slug)) return undefined;
  const bindable = metricNames().flatMap((name) => {
    const bound = findMetric(name)?.bind({});
    return bound && !('errors' in bound) ? [{ label: bound.label, description: name, value: { name, params: {} } }] : [];
  });
  const picked = await quickStep<MetricChoice | 'proposed'>(
    {
      title: `Kaggle scores by “${competition.evaluationMetric || 'its own metric'}”, which is none of Podium’s`,
      placeholder: 'Metric of the local scores',
      items: [{ label: 'Propose one from the data', description: 'the import says which and why', value: 'proposed' }, ...bindable],
    },
    onlyStep,
  );
  if (picked.kind !== 'ok') throw new CancelledError();
  return picked.value === 'proposed' ? undefined : picked.value;
}

interface Target {
  readonly out: string;
  readonly catalogue: Catalogue;
  readonly metric: MetricChoice | undefined;
}

async function download({ services }: KaggleParts, api: KaggleCompetitions, offer: KaggleOffer, { out, catalogue, metric }: Target): Promise<KaggleImported> {
  const title = `Importing ${offer.competition.title}`;
  const home = await services.home();
  try {
    return await cancellable(title, (signal, report) =>
      importKaggle(api, offer, {
        home,
        out,
        catalogue,
        ...(metric ? { metric } : {}),
        step: (text) => report(text),
        progress: (name, bytes, total) => report(`${name}: ${sizeWords(bytes)}${total === null ? '' : ` of ${sizeWords(total)}`}`),
        signal,
      }),
    );
  } catch (error) {
    if (CancelledError.is(error)) vscode.window.setStatusBarMessage('The import is cancelled; what is loaded already is kept for the next try', 10_000);
    throw error;
  }
}

async function report({ reports }: KaggleParts, done: KaggleImported): Promise<void> {
  const serious = done.findings.filter(({ severity }) => severity !== 'info');
  const show = 'Show Report';
  const text = `${done.title} is imported. ${done.cut}${serious[0] ? ` ${serious[0].message}` : ''}`;
  const answer = serious.length > 0 ? await vscode.window.showWarningMessage(withoutLinks(text), show) : await vscode.window.showInformationMessage(withoutLinks(text), show);
  if (answer !== show) return;
  const findings = done.findings.map(({ severity, message, fix }) => `- **${severity}**: ${escapeMarkdown(message)} ${escapeMarkdown(fix)}`);
  const rows = `| | rows |\n|---|---|\n| Training | ${done.rows.train} |\n| Local test set | ${done.rows.test} (${done.rows.public} public) |\n| Kaggle's test set | ${done.rows.kaggle} |`;
  await reports.show('Kaggle Import', `# ${escapeMarkdown(done.title)}\n\n${escapeMarkdown(done.cut)}\n\n${rows}\n\nScored by ${escapeMarkdown(metricLabel(done.metric.name, done.metric.params))}.\n\n${findings.join('\n')}\n`);
}
