import { join } from 'node:path';
import * as vscode from 'vscode';
import type { Catalogue } from '../../core/competition/catalogue';
import type { CatalogueFilter, CatalogueItem } from '../../core/competition/catalogueSearch';

/** What of the catalogue is shown: items and in which words the filter is told. */
export interface FilteredCatalogue {
  readonly items: readonly CatalogueItem[];
  readonly total: number;
  /** Empty without a filter. */
  readonly words: string;
}

/** The bundled catalogue and the filter on it. The file is read when something of it is first asked for. */
export class CatalogueSource implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  /** Another filter. */
  readonly onDidChange = this.changed.event;
  private reading: Promise<Catalogue> | undefined;
  private current: CatalogueFilter = {};

  constructor(private readonly extensionPath: string) {}

  get filter(): CatalogueFilter {
    return this.current;
  }

  setFilter(filter: CatalogueFilter): void {
    this.current = filter;
    this.changed.fire();
  }

  /** @throws CompetitionError `bad_file` */
  read(): Promise<Catalogue> {
    this.reading ??= import('../../node/competitions/catalogueFile').then(({ readCatalogue }) => readCatalogue(join(this.extensionPath, 'media')));
    return this.reading;
  }

  /** What the filter lets through. @throws CompetitionError `bad_file` */
  async shown(): Promise<FilteredCatalogue> {
    const [catalogue, { filterWords, searchCatalogue }] = await Promise.all([this.read(), import('../../core/competition/catalogueSearch')]);
    const total = catalogue.competitions.length + catalogue.mlrcBench.length;
    return { items: searchCatalogue(catalogue, this.current), total, words: filterWords(this.current) };
  }

  dispose(): void {
    this.changed.dispose();
  }
}
