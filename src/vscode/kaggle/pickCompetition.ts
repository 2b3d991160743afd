import * as vscode from 'vscode';
import { describeError } from '../../core/errors';
import type { KaggleCompetitions } from '../../node/kaggle/competitions';
import { competitionSlug, slugOfRef } from '../../node/kaggle/slug';
import { quickStep, type QuickStep, type StepEntry, type StepPlace, type StepResult } from '../platform/quickSteps';
import type { RunManager } from '../runs/runManager';

interface CompetitionQuestion {
  readonly title: string;
  readonly placeholder: string;
  readonly runs: RunManager;
  readonly active?: string;
  /** Rows before the competitions. */
  readonly first?: readonly StepEntry<string>[];
}

/** A competition of Kaggle: one that is played here, one that the person has joined, or a typed address. */
export function pickKaggleCompetition(api: KaggleCompetitions, { title, placeholder, runs, active, first = [] }: CompetitionQuestion, place: StepPlace): Promise<StepResult<string>> {
  const played = new Map(runs.runs.flatMap(({ view }) => (view.competition.kaggle === undefined ? [] : [[view.competition.kaggle, view.competition.title] as const])));
  const here = [...played].map(([slug, name]): StepEntry<string> => ({ label: name, description: `${slug}, played here`, value: slug }));
  const step: QuickStep<string> = {
    title,
    placeholder,
    items: [...first, ...here],
    parse: slugIn,
    ...(active === undefined ? {} : { active }),
    fill: async (show, signal) => {
      const joined = await api.entered({ signal }).then(
        (list) => list.filter(({ ref }) => !played.has(slugOfRef(ref))).map(({ title: name, ref }): StepEntry<string> => ({ label: name, description: slugOfRef(ref), value: slugOfRef(ref) })),
        // An address can be typed all the same.
        (error: unknown): StepEntry<string>[] => [{ label: 'Kaggle’s list of your competitions is not at hand', description: describeError(error), value: '', inert: true }],
      );
      show([...first, ...here, ...(joined.length > 0 ? [{ label: 'joined', kind: vscode.QuickPickItemKind.Separator } as const] : []), ...joined]);
    },
  };
  return quickStep(step, place);
}

/** The slug of a typed address or name; undefined when it is none. */
export function slugIn(text: string): string | undefined {
  try {
    return competitionSlug(text);
  } catch {
    return undefined;
  }
}
