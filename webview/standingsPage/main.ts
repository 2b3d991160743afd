import '../shared/noEval';
import '@vscode/codicons/dist/codicon.css';
import '../shared/base.css';
import '../shared/strip.css';
import './standingsPage.css';
import { toStandingsPageSchema } from '../../src/protocol/standings';
import type { FromStandingsPage, ToStandingsPage } from '../../src/protocol/standings';
import { connect } from '../shared/host';
import { rootElement } from '../shared/root';
import { mountStandingsPage } from './app';

mountStandingsPage(rootElement(), connect<ToStandingsPage, FromStandingsPage>(toStandingsPageSchema));
