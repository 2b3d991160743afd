import '../shared/noEval';
import '@vscode/codicons/dist/codicon.css';
import '../shared/base.css';
import './competitionPage.css';
import { toCompetitionPageSchema } from '../../src/protocol/panel';
import type { FromCompetitionPage, ToCompetitionPage } from '../../src/protocol/panel';
import { connect } from '../shared/host';
import { rootElement } from '../shared/root';
import { mountCompetitionPage } from './app';

mountCompetitionPage(rootElement(), connect<ToCompetitionPage, FromCompetitionPage>(toCompetitionPageSchema));
