import { chooseArm, type Pull } from '../bandit';
import { isScript, recipeOf, type Finished, type Move } from './attempt';
import type { NewAttempt } from './bench';
import { capital } from './explain';
import { familiesFor, familyFacts, firstRecipe, tunable } from './families';
import { recipeKey, type Family } from './recipe';
import { recipeName } from './solution';
import type { Task } from './task';
import { expectedSeconds } from './timing';
import { toggleFacts, togglesFor } from './toggles';

/** Expected gain of another family, and of one step of a hyperparameter, before anything was tried. */
const draftGain = 0.012;
const tuneGain = 0.01;

export interface Tried {
  /** Keys of recipes that were run, whatever came of them. */
  readonly recipes: ReadonlySet<string>;
  readonly families: ReadonlySet<Family>;
}

/** Families that were not drafted yet, in the order of preference. */
export function untriedDrafts(task: Task, tried: Tried): Move[] {
  return familiesFor(task)
    .filter((facts) => !tried.families.has(facts.family))
    .map((facts) => ({ kind: 'draft', family: facts.family, recipe: firstRecipe(task, facts) }));
}

/** Single-toggle changes of an attempt that were not run yet. */
export function untriedToggles(task: Task, parent: Finished, tried: Tried): Move[] {
  const recipe = recipeOf(parent);
  if (!recipe) return [];
  return togglesFor(task, recipe)
    .map((facts): Move => ({ kind: 'toggle', toggle: facts.toggle, parent, recipe: { ...recipe, toggles: [...recipe.toggles, facts.toggle] } }))
    .filter((move) => !tried.recipes.has(recipeKey(move.recipe)));
}

/** One step up or down per hyperparameter of an attempt. Steps lead on from where a step has helped. */
export function untriedTunes(task: Task, parent: Finished, tried: Tried): Move[] {
  const recipe = recipeOf(parent);
  if (!recipe) return [];
  return tunable(task, recipe.family)
    .flatMap(({ name, start, factor, words }) => {
      const from = recipe.params[name] ?? start;
      return [from * factor, from / factor].map((value): Move => {
        const to = Number.isInteger(start) && start >= 2 ? Math.max(1, Math.round(value)) : Number(value.toPrecision(3));
        return { kind: 'tune', name, words, from, to, parent, recipe: { ...recipe, params: { ...recipe.params, [name]: to } } };
      });
    })
    .filter((move) => !tried.recipes.has(recipeKey(move.recipe)));
}

/** Name under which the gain of a move is remembered. */
export function armId(move: Move): string {
  return move.kind === 'toggle' ? `toggle:${move.toggle}` : move.kind === 'tune' ? `tune:${move.name}:${move.to > move.from ? 'up' : 'down'}` : `draft:${move.family}`;
}

function priorGain(move: Move): number {
  if (move.kind === 'draft') return familyFacts(move.family).promise ?? draftGain;
  return move.kind === 'toggle' ? toggleFacts(move.toggle).priorGain : tuneGain;
}

/** The move with the highest expected gain for its time. */
export function chooseMove(task: Task, moves: readonly Move[], pulls: readonly Pull[], finished: readonly Finished[]): Move | undefined {
  const arms = moves.map((move) => ({ id: armId(move), priorGain: priorGain(move), seconds: expectedSeconds(task, move.recipe, finished), move }));
  return chooseArm(arms, pulls)?.move;
}

/** How the attempt of a move begins: its operator, plan, parents and the files that it starts from. */
export function beginning(move: Move): NewAttempt {
  if (move.kind === 'draft') return { operator: 'draft', plan: `${capital(recipeName(move.recipe))}.`, from: null, parents: [] };
  const { parent } = move;
  const plan =
    move.kind === 'toggle'
      ? `Add ${toggleFacts(move.toggle).name} to #${parent.id}. ${toggleFacts(move.toggle).why}`
      : `Change the ${move.words} of #${parent.id}: ${move.name} ${move.from} → ${move.to}.`;
  return { operator: move.kind === 'toggle' ? 'improve' : 'tune', plan, from: isScript(parent) ? parent.id : null, parents: [parent.id] };
}

/** A move as the beginning of a sentence: "Added log target". */
export function changeName(move: Move): string {
  if (move.kind === 'toggle') return `Added ${toggleFacts(move.toggle).name}`;
  return move.kind === 'tune' ? `Set ${move.name} to ${move.to} (was ${move.from})` : capital(recipeName(move.recipe));
}
