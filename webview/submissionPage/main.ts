import '../shared/noEval';
import '@vscode/codicons/dist/codicon.css';
import '../shared/base.css';
import '../shared/strip.css';
import '../shared/problems.css';
import './submissionPage.css';
import { toSubmissionPageSchema } from '../../src/protocol/submission';
import type { FromSubmissionPage, ToSubmissionPage } from '../../src/protocol/submission';
import { connect } from '../shared/host';
import { rootElement } from '../shared/root';
import { mountSubmissionPage } from './app';

mountSubmissionPage(rootElement(), connect<ToSubmissionPage, FromSubmissionPage>(toSubmissionPageSchema));
