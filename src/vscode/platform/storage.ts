import { mkdir, readFile, writeFile } from 'node:fs/promises';
import type * as vscode from 'vscode';
import * as z from 'zod';
import { benchDecisionSchema } from '../../core/run/events';
import { daySpendSchema } from '../../core/suggest/model/spend';

/** Everything that the extension remembers, per workspace or for the person. Keys are never reused with another meaning. */
const tables = {
  /** What was decided while no runner answered, oldest first. */
  'podium.untold': z.array(z.object({ runId: z.string(), decision: benchDecisionSchema })),
  /** Applied edits, oldest first, for "Undo agent step". */
  'podium.undo': z.array(
    z.object({ runId: z.string(), editId: z.string(), attempt: z.int(), step: z.int().optional(), file: z.string(), before: z.string().nullable(), after: z.string().nullable() }),
  ),
  /** What the editor wrote to disk for a version: it formats notebooks in its own way. */
  'podium.savedAs': z.record(z.string(), z.object({ version: z.string(), disk: z.string().nullable() })),
  /** How far each run had come when this workspace's window last saw it: run time in seconds, budget used. */
  'podium.seen': z.record(z.string(), z.object({ elapsed: z.number(), gradedCalls: z.int(), usd: z.number().optional() })),
  /** The person's: what completions and fixes by a model have used on the last day that they were asked for. */
  'podium.suggestionSpend': daySpendSchema,
} as const;

export type StorageKey = keyof typeof tables;
export type StorageValue<K extends StorageKey> = z.output<(typeof tables)[K]>;

export class Storage {
  constructor(
    private readonly memento: vscode.Memento,
    private readonly folder: vscode.Uri | undefined,
  ) {}

  /** The stored value; undefined when there is none or another version wrote something else. */
  get<K extends StorageKey>(key: K): StorageValue<K> | undefined {
    const parsed = tables[key].safeParse(this.memento.get(key));
    return parsed.success ? (parsed.data as StorageValue<K>) : undefined;
  }

  async set<K extends StorageKey>(key: K, value: StorageValue<K>): Promise<void> {
    await this.memento.update(key, value);
  }

  /** Keeps content under its hash, outside the workspace's own files. */
  async keep(hash: string, content: Uint8Array): Promise<void> {
    const { dir, file } = this.place(hash);
    await mkdir(dir, { recursive: true });
    await writeFile(file, content);
  }

  async kept(hash: string): Promise<Buffer> {
    return readFile(this.place(hash).file);
  }

  private place(hash: string): { dir: string; file: string } {
    if (!this.folder || !/^[0-9a-f]{64}$/.test(hash)) throw new Error('no folder to keep versions in');
    const dir = `${this.folder.fsPath}/kept`;
    return { dir, file: `${dir}/${hash}` };
  }
}
