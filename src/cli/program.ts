import type { Command } from 'commander';
import { registerDoctor } from './commands/doctor';
import { registerExport } from './commands/export';
import { registerGrade } from './commands/grade';
import { registerImport } from './commands/import';
import { registerKaggle } from './commands/kaggle';
import { registerList } from './commands/list';
import { registerReplay } from './commands/replay';
import { registerResume, registerRun } from './commands/run';
import { registerReveal } from './commands/reveal';
import { registerRuns } from './commands/runs';
import { registerServe } from './commands/serve';
import { registerShow } from './commands/show';
import { registerStandings } from './commands/standings';

/** Adds every command. A bundle of its own: `main.ts` loads it only when another command than `grade` is called. */
export function registerAll(program: Command): void {
  registerList(program);
  registerShow(program);
  registerGrade(program);
  registerImport(program);
  registerRun(program);
  registerRuns(program);
  registerResume(program);
  registerReplay(program);
  registerStandings(program);
  registerReveal(program);
  registerExport(program);
  registerServe(program);
  registerDoctor(program);
  registerKaggle(program);
}
