import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { parseJson } from '../../core/parseJson';
import type { Clock, DayLedger as DayLedgerPort } from '../../core/environment/ports';
import { homeFolder } from './podiumHome';
import { ProcessLock } from './processLock';

const lineSchema = z.object({ competition: z.string(), run: z.string(), step: z.int(), back: z.boolean().optional() });

/**
 * Graded calls of each UTC day in `PODIUM_HOME/ledger/<day>.jsonl`, over all workspaces. A step
 * grades once, so a call that a crash cut off and that is taken again counts once, on the day when it
 * was taken first; midnight may pass in between. Looking and taking are one, under a lock: runs side
 * by side never take more than the day has.
 */
export class DayLedger implements DayLedgerPort {
  constructor(
    private readonly home: string,
    private readonly competition: string,
    private readonly run: string,
    private readonly clock: Clock,
  ) {}

  async used(besides?: number): Promise<number> {
    const taken = await this.taken(this.today());
    return taken.size - (besides !== undefined && taken.has(this.key(besides)) ? 1 : 0);
  }

  async take(step: number, limit: number | undefined): Promise<boolean> {
    return await this.locked(async () => {
      const day = this.today();
      const taken = await this.taken(day);
      if (taken.has(this.key(step)) || (await this.taken(dayBefore(day))).has(this.key(step))) return true;
      if (limit !== undefined && taken.size >= limit) return false;
      await this.write(day, { step });
      return true;
    });
  }

  async giveBack(step: number): Promise<void> {
    await this.locked(async () => {
      const today = this.today();
      for (const day of [dayBefore(today), today]) if ((await this.taken(day)).has(this.key(step))) await this.write(day, { step, back: true });
    });
  }

  /** The UTC day, as `2026-11-28`. */
  private today(): string {
    return dayOf(this.clock.now());
  }

  private key(step: number, run = this.run): string {
    return `${run} ${step}`;
  }

  /** The day's calls on the competition: a call that was given back is none. */
  private async taken(day: string): Promise<ReadonlySet<string>> {
    const calls = new Set<string>();
    let text: string;
    try {
      text = await readFile(await this.path(day), 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return calls;
      throw error;
    }
    for (const line of text.split('\n')) {
      const call = parse(line);
      if (call?.competition !== this.competition) continue;
      if (call.back) calls.delete(this.key(call.step, call.run));
      else calls.add(this.key(call.step, call.run));
    }
    return calls;
  }

  private async write(day: string, call: { readonly step: number; readonly back?: boolean }): Promise<void> {
    const line = { competition: this.competition, run: this.run, ...call };
    // It begins with a line end too: a torn line before it must not take this one with it.
    await appendFile(await this.path(day), `\n${JSON.stringify(line)}\n`, { mode: 0o600 });
  }

  private async locked<T>(action: () => Promise<T>): Promise<T> {
    return await ProcessLock.during(join(await homeFolder(this.home, 'ledger'), 'lock'), action);
  }

  private async path(day: string): Promise<string> {
    return join(await homeFolder(this.home, 'ledger'), `${day}.jsonl`);
  }
}

const dayOf = (milliseconds: number): string => new Date(milliseconds).toISOString().slice(0, 10);
const dayBefore = (day: string): string => dayOf(Date.parse(day) - 86_400_000);

/** A torn line (the machine stopped while it was written) is a call without an event: it is taken again. */
function parse(line: string): z.output<typeof lineSchema> | undefined {
  return lineSchema.safeParse(parseJson(line)).data;
}
