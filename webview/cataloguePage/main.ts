import '../shared/noEval';
import '@vscode/codicons/dist/codicon.css';
import '../shared/base.css';
import '../competitionPage/competitionPage.css';
import './cataloguePage.css';
import { toCataloguePageSchema } from '../../src/protocol/catalogue';
import type { FromCataloguePage, ToCataloguePage } from '../../src/protocol/catalogue';
import { connect } from '../shared/host';
import { rootElement } from '../shared/root';
import { mountCataloguePage } from './app';

mountCataloguePage(rootElement(), connect<ToCataloguePage, FromCataloguePage>(toCataloguePageSchema));
