import * as z from 'zod';
import { actionNames, actionTable } from '../../environment/actions';
import type { Isolation } from '../../runtime/runtime';
import type { ToolDefinition } from './chat';

/** The action table as tools for a model. Where nothing isolates the run, what needs it is not offered. */
export function toolDefinitions(isolation: Isolation): ToolDefinition[] {
  return actionNames.flatMap((name) => {
    const action = actionTable[name];
    if (isolation === 'none' && 'needsIsolation' in action) return [];
    const { $schema: _version, ...parameters } = z.toJSONSchema(action.params, { io: 'input' });
    return [{ name, description: action.description, parameters }];
  });
}
