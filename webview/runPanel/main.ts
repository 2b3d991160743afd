import '../shared/noEval';
import '@vscode/codicons/dist/codicon.css';
import '../shared/base.css';
import '../shared/strip.css';
import '../shared/problems.css';
import './runPanel.css';
import { toRunPanelSchema } from '../../src/protocol/panel';
import type { FromRunPanel, ToRunPanel } from '../../src/protocol/panel';
import { connect } from '../shared/host';
import { rootElement } from '../shared/root';
import { mountRunPanel } from './app';

mountRunPanel(rootElement(), connect<ToRunPanel, FromRunPanel>(toRunPanelSchema));
