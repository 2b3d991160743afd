import * as z from 'zod';
import { visibilitySchema } from '../../core/environment/visibility';

/** What agents may do without asking; a part that is left out asks. */
const approvalChoice = z.enum(['ask', 'allow', 'refuse']).default('ask');

/**
 * Every setting, with its scope and the schema of its value. package.json holds the same keys,
 * scopes and defaults; the manifest test compares both. Only Settings reads them.
 */
export const settingTable = {
  'podium.agent': { scope: 'machine', schema: z.string().min(1), default: 'offline' },
  'podium.model.baseUrl': { scope: 'machine', schema: z.string(), default: '' },
  'podium.runtime': { scope: 'machine-overridable', schema: z.enum(['auto', 'docker', 'local']), default: 'auto' },
  'podium.gpu': { scope: 'machine-overridable', schema: z.string(), default: 'auto' },
  'podium.image': { scope: 'machine-overridable', schema: z.string(), default: '' },
  'podium.python': { scope: 'machine-overridable', schema: z.string(), default: '' },
  'podium.docker.host': { scope: 'machine', schema: z.string(), default: '' },
  'podium.budget.minutes': { scope: 'resource', schema: z.number().positive(), default: 30 },
  'podium.budget.attempts': { scope: 'resource', schema: z.int().min(0), default: 0 },
  'podium.budget.gradedCalls': { scope: 'resource', schema: z.int().min(1), default: 50 },
  'podium.budget.gradedCallsPerDay': { scope: 'resource', schema: z.int().min(1), default: 500 },
  'podium.visibility': { scope: 'resource', schema: visibilitySchema, default: 'capped' },
  'podium.budget.usd': { scope: 'resource', schema: z.number().min(0), default: 0 },
  'podium.budget.tokens': { scope: 'resource', schema: z.int().min(0), default: 0 },
  'podium.edits': { scope: 'resource', schema: z.enum(['auto', 'review']), default: 'auto' },
  'podium.seed': { scope: 'resource', schema: z.int().min(0), default: 0 },
  'podium.inlineCompletions': { scope: 'window', schema: z.enum(['auto', 'on', 'off']), default: 'auto' },
  'podium.budget.suggestionTokens': { scope: 'window', schema: z.int().min(0), default: 200_000 },
  'podium.codeWarnings': { scope: 'window', schema: z.boolean(), default: true },
  'podium.approvals': {
    scope: 'machine',
    schema: z.object({ network: approvalChoice, installs: approvalChoice, unisolated: approvalChoice }),
    default: { network: 'ask', installs: 'ask', unisolated: 'ask' },
  },
  'podium.kaggle.baseUrl': { scope: 'machine', schema: z.string(), default: '' },
  'podium.notifyWhenEnded': { scope: 'window', schema: z.boolean(), default: true },
} as const;

export type SettingKey = keyof typeof settingTable;
export type SettingValue<K extends SettingKey> = z.output<(typeof settingTable)[K]['schema']>;

/** Whatever becomes a command line, an image, or an address, or lets something be spent: ignored in an untrusted workspace. */
export const restrictedSettings = ['podium.agent', 'podium.model.baseUrl', 'podium.runtime', 'podium.gpu', 'podium.image', 'podium.python', 'podium.docker.host', 'podium.approvals', 'podium.inlineCompletions', 'podium.budget.suggestionTokens', 'podium.kaggle.baseUrl'] as const satisfies readonly SettingKey[];
