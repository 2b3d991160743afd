/** Names of agents, as `--agent`, the setting `podium.agent` and a run's configuration have them. */

/** Agents that are no models. */
export const ownAgents: readonly string[] = ['offline', 'human', 'external'];
export const isModel = (agent: string): boolean => !ownAgents.includes(agent);

/** A model of the editor: who provides it, and its id there. */
export interface EditorModel {
  readonly vendor: string;
  readonly id: string;
}

const editorPrefix = 'vscode:';

/** The model of the editor that `vscode:<vendor>/<id>` names; undefined for every other agent. */
export function editorModelOf(agent: string): EditorModel | undefined {
  if (!agent.startsWith(editorPrefix)) return undefined;
  const slash = agent.indexOf('/');
  if (slash < 0) return undefined;
  return { vendor: agent.slice(editorPrefix.length, slash), id: agent.slice(slash + 1) };
}

export const editorAgent = ({ vendor, id }: EditorModel): string => `${editorPrefix}${vendor}/${id}`;
