import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import type { Clock, DayLedger as DayLedgerPort } from '../../core/environment/ports';
import { homeFolder } from './podiumHome';

const lineSchema = z.object({ competition: z.string(), run: z.string(), attempt: z.int() });

/**
 * Graded calls of each UTC day in `PODIUM_HOME/ledger/<day>.jsonl`, over all workspaces. An attempt
 * is graded once, so a call that a crash cut off and that is taken again counts once.
 */
export class DayLedger implements DayLedgerPort {
  constructor(
    private readonly home: string,
    private readonly competition: string,
    private readonly run: string,
    private readonly clock: Clock,
  ) {}

  async used(): Promise<number> {
    let text: string;
    try {
      text = await readFile(await this.path(), 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
      throw error;
    }
    const calls = new Set<string>();
    for (const line of text.split('\n')) {
      const call = parse(line);
      if (call?.competition === this.competition) calls.add(`${call.run} ${call.attempt}`);
    }
    return calls.size;
  }

  async take(attempt: number): Promise<void> {
    const line = { competition: this.competition, run: this.run, attempt };
    await appendFile(await this.path(), `${JSON.stringify(line)}\n`, { mode: 0o600 });
  }

  private async path(): Promise<string> {
    const day = new Date(this.clock.now()).toISOString().slice(0, 10);
    return join(await homeFolder(this.home, 'ledger'), `${day}.jsonl`);
  }
}

/** A torn line (the machine stopped while it was written) is a call without an event: it is taken again. */
function parse(line: string): z.output<typeof lineSchema> | undefined {
  try {
    return lineSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
