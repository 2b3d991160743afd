import { join } from 'node:path';
import * as vscode from 'vscode';
import * as z from 'zod';
import { CancelledError } from '../../core/errors';
import type { Catalogue } from '../../core/competition/catalogue';
import type { Benchmark, DefinitionReport, ImportReport } from '../../core/competition/import/report';
import { benchmarkWords } from '../../core/competition/words';
import type { ImportOptions } from '../../node/importers/options';
import type { CommandManager } from '../platform/commandManager';
import { cancellable } from '../platform/progress';
import { onlyStep, pickStep, quickStep, quickSteps, type Step, type StepEntry, type StepItem } from '../platform/quickSteps';
import type { Reports } from '../platform/reports';
import type { Services } from '../platform/services';
import type { Workspace } from '../platform/workspace';
import { count } from '../views/format';
import type { CatalogueSource } from './catalogueSource';
import { catalogueArgument } from './catalogueCommands';
import { importReport } from './importReport';

interface ImportContext {
  readonly commands: CommandManager;
  readonly catalogue: CatalogueSource;
  readonly services: Services;
  readonly workspace: Workspace;
  readonly reports: Reports;
  readonly refresh: () => Promise<void>;
}

/** Everything that is asked for, given at once: for keys and other extensions. */
const givenSchema = z.strictObject({ checkout: z.string(), data: z.string(), out: z.string().optional(), only: z.array(z.string()).optional() });
type Given = z.output<typeof givenSchema>;

type Importer = (checkout: string, catalogue: Catalogue, options: ImportOptions) => Promise<ImportReport>;

const importers: Readonly<Record<Benchmark, () => Promise<Importer>>> = {
  'mle-dojo': async () => (await import('../../node/importers/mleDojo')).importMleDojo,
  'mle-bench': async () => (await import('../../node/importers/mleBench')).importMleBench,
};

/** Rows whose score players see, as on the command line. */
const split = { seed: 0, publicShare: 0.3 };

/** Imports from checkouts of benchmarks: folders and definitions are picked, a report says what became of each. */
export class BenchmarkImport {
  constructor(private readonly context: ImportContext) {
    context.commands.register('podium.importMleDojo', (argument) => this.run('mle-dojo', argument));
    context.commands.register('podium.importMleBench', (argument) => this.run('mle-bench', argument));
  }

  /** @throws HostError `no_folder`, `untrusted`; ImportError; CancelledError before anything was written */
  private async run(benchmark: Benchmark, argument: unknown): Promise<void> {
    const root = this.context.workspace.startableRoot();
    const given = givenSchema.safeParse(argument);
    const asked = given.success ? given.data : await this.ask(benchmark, root, catalogueArgument(argument));
    if (asked === undefined) return;
    const title = `Import from ${benchmarkWords[benchmark]}`;
    const done: DefinitionReport[] = [];
    const out = asked.out ?? join(root, 'competitions');
    const report = await this.through(benchmark, asked.checkout, { data: asked.data, out, only: asked.only, title, done: (definition) => done.push(definition) }).catch(async (error: unknown) => {
      // What was finished before stays, and is told.
      if (!CancelledError.is(error) || done.length === 0) throw error;
      const { summarise } = await import('../../core/competition/import/report');
      return { ...summarise(benchmark, asked.checkout, done), cancelled: true };
    });
    await this.context.refresh();
    await this.context.reports.show(title, importReport(title, report, 'cancelled' in report));
  }

  /** Checkout, data, definitions and place, one after the other. Undefined when the person leaves. */
  private async ask(benchmark: Benchmark, root: string, wanted: string | undefined): Promise<Given | undefined> {
    const name = benchmarkWords[benchmark];
    const checkout = await pickFolder(`Checkout of ${name}`, `Read ${name} Here`);
    if (checkout === undefined) return undefined;
    const data = await pickFolder(`Prepared data of ${name}: one folder for each competition`, 'Use This Data');
    if (data === undefined) return undefined;
    const { definitions } = await this.through(benchmark, checkout, { data, title: `Reading ${name}` });
    const result = await quickSteps<Given>({ checkout, data }, [(now) => definitionsStep(now, definitions, wanted, name), (now) => placeStep(now, root)], onlyStep, { keeps: true });
    return result.kind === 'ok' ? result.value : undefined;
  }

  /** Runs the importer with progress that can be cancelled. @throws CancelledError */
  private through(benchmark: Benchmark, checkout: string, { title, done, ...options }: Pick<ImportOptions, 'data' | 'out' | 'only' | 'done'> & { readonly title: string }): Promise<ImportReport> {
    return cancellable(title, async (signal, report) => {
      const [importer, catalogue, home] = await Promise.all([importers[benchmark](), this.context.catalogue.read(), this.context.services.home()]);
      const total = options.only?.length ?? 0;
      let finished = 0;
      return importer(checkout, catalogue, {
        ...options,
        home,
        split,
        signal,
        check: (folder) => this.context.services.checkCompetition(folder, true, signal),
        progress: (message) => report(total > 1 ? `${message} (${finished + 1} of ${total})` : message),
        done: (definition) => {
          finished += 1;
          done?.(definition);
          if (total > 1) report(`${definition.id} (${finished} of ${total})`, 100 / total);
        },
      });
    });
  }
}

async function pickFolder(title: string, openLabel: string, defaultUri?: vscode.Uri): Promise<string | undefined> {
  const [uri] = (await vscode.window.showOpenDialog({ title, openLabel, canSelectFolders: true, canSelectFiles: false, ...(defaultUri ? { defaultUri } : {}) })) ?? [];
  return uri?.fsPath;
}

/** The definitions to import: those with data are checked, or the one that was asked for. */
function definitionsStep(now: Given, definitions: readonly DefinitionReport[], wanted: string | undefined, benchmark: string): Step<Given> {
  const found = definitions.find(({ id }) => id.toLowerCase() === wanted?.toLowerCase());
  const ready = definitions.filter(({ data }) => data.state === 'ready');
  const others = definitions.filter(({ data }) => data.state !== 'ready');
  const isPicked = (definition: DefinitionReport): boolean => (now.only ? now.only.includes(definition.id) : found ? definition === found : definition.data.state === 'ready');
  const items = (list: readonly DefinitionReport[]): StepItem<readonly string[]>[] => list.map((definition) => ({ ...definitionRow(definition), value: [definition.id], picked: isPicked(definition) }));
  const heading = (label: string): StepEntry<readonly string[]> => ({ label, kind: vscode.QuickPickItemKind.Separator });
  return pickStep<readonly string[], Given>(
    {
      title: `${benchmark}: ${count(definitions.length, 'definition')}, ${ready.length} with data`,
      placeholder: 'Competitions to import',
      items: [...(ready.length > 0 ? [heading('data is ready'), ...items(ready)] : []), ...(others.length > 0 ? [heading('data is not prepared: the report says how to get it'), ...items(others)] : [])],
      many: (values) => (values.length > 0 ? values.flat() : undefined),
    },
    (only) => ({ ...now, only: [...only] }),
  );
}

const stateWords = { ready: 'data ready', incomplete: 'data incomplete', missing: 'no data', not_given: 'no data' } as const;

function definitionRow({ id, title, grading, data, findings, boards }: DefinitionReport): vscode.QuickPickItem {
  const isPython = grading.used === 'python' || (grading.native === null && grading.python !== null);
  const grader = isPython ? 'its own grader in Python' : (grading.native?.metric.replaceAll('_', ' ') ?? 'no grader');
  const serious = findings.filter(({ severity }) => severity !== 'info');
  const detail = [
    data.missing.length > 0 ? `missing: ${data.missing.join(', ')}` : '',
    boards.length > 0 && !boards.some(({ usable }) => usable) ? 'no usable board' : '',
    ...serious.slice(0, 2).map(({ message }) => message),
    serious.length > 2 ? `and ${serious.length - 2} more` : '',
  ].filter(Boolean);
  return { label: title, description: [title === id ? '' : id, grader, stateWords[data.state]].filter(Boolean).join(', '), ...(detail.length > 0 ? { detail: detail.join(' ') } : {}) };
}

/** Where competition folders are made: the workspace's own place, or another. */
function placeStep(now: Given, root: string): Step<Given> {
  const usual = join(root, 'competitions');
  const items: StepItem<string>[] = [
    { label: 'competitions', description: 'in this workspace: they appear in the Competitions view', value: usual },
    { label: 'Another folder…', description: 'they are played by the path of their folder', value: '' },
  ];
  return async (place) => {
    for (;;) {
      const result = await quickStep({ title: `Where to put ${count(now.only?.length ?? 0, 'competition')}`, placeholder: 'One folder is made for each competition', items, active: usual }, place);
      if (result.kind !== 'ok') return result;
      const out = result.value === '' ? await pickFolder('Folder for the competitions', 'Put Them Here', vscode.Uri.file(root)) : result.value;
      if (out !== undefined) return { kind: 'ok', value: { ...now, out } };
    }
  };
}
