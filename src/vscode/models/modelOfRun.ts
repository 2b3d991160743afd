import { editorAgent, editorModelOf, isModel, type EditorModel } from '../../core/agent/agentName';
import type { RunConfig } from '../../core/run/events';
import type { Services } from '../platform/services';
import type { ModelKeys } from './modelKeys';

export interface AgentChoice {
  readonly agent: string;
  /** Where a model is asked; empty: OpenAI. */
  readonly baseUrl: string;
}

/**
 * What a new run has to know of its model; undefined for an agent that is none.
 * @throws RunnerError when something is missing: the address, the key, or the price that a budget of money needs;
 * ModelError `unknown_model` when the editor does not offer the model
 */
export async function modelOfRun(choice: AgentChoice, usd: number | undefined, services: Services, keys: ModelKeys): Promise<RunConfig['model']> {
  const { agent, baseUrl } = choice;
  if (!isModel(agent)) return undefined;
  const editor = editorModelOf(agent);
  if (editor) return editorModelOfRun(editor, usd);
  const { checkModel } = await import('../../node/runner/runModel');
  const hasKey = async (url: string): Promise<boolean> => (await keys.get(url)) !== undefined;
  return checkModel({ agent, baseUrl, hasKey, limits: { usd } }, await services.home());
}

/** What an editor's model costs is not known, so that a budget of money could not be kept. */
async function editorModelOfRun(model: EditorModel, usd: number | undefined): Promise<RunConfig['model']> {
  const { findEditorModel } = await import('./editorModel');
  const { maxInputTokens } = await findEditorModel(model);
  if (usd !== undefined) {
    const { RunnerError } = await import('../../node/runner/runnerError');
    throw new RunnerError('no_price', `The price of ${editorAgent(model)} is unknown, so a budget of money cannot be kept.`, 'Give a budget of tokens instead.');
  }
  // Pictures are told of, not sent.
  return { context: maxInputTokens, images: false };
}
