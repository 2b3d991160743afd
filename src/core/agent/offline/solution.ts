import { dataSection, foldWords, submissionSection, validationSection } from './code/frame';
import { imageFeatures, imageModel } from './code/images';
import { metricSection } from './code/metric';
import type { Section, Solution } from './code/sections';
import { tabularFeatures, tabularModel } from './code/tabular';
import { textFeatures, textModel } from './code/text';
import { timeFeatures, timeModel } from './code/time';
import { familyFacts } from './families';
import { repairedTask, type Recipe } from './recipe';
import type { Task } from './task';
import { toggleFacts } from './toggles';

/** "A, B and C". */
export function joinWords(words: readonly string[]): string {
  return words.length <= 1 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

/** A recipe's name: "linear model with ratios of the numeric columns". */
export function recipeName(recipe: Recipe): string {
  const toggles = recipe.toggles.map((toggle) => toggleFacts(toggle).name);
  return `${familyFacts(recipe.family).name}${toggles.length > 0 ? ` with ${joinWords(toggles)}` : ''}`;
}

function formSections(task: Task, recipe: Recipe, words: string): [Section, Section] {
  if (task.form === 'text') return [textFeatures(task, recipe), textModel(task, recipe, words)];
  if (task.form === 'image') return [imageFeatures(task), imageModel(task, recipe, words)];
  if (task.form === 'time') return [timeFeatures(task, recipe), timeModel(task, recipe, words)];
  return [tabularFeatures(task, recipe), tabularModel(task, recipe, words)];
}

/**
 * The sections of a recipe's script. Same task, recipe and seed give the same text, byte for byte.
 * The script reads `data/`, and writes the submission, scores.csv, oof.csv and test_pred.csv.
 */
export function solutionOf(original: Task, recipe: Recipe, seed: number): Solution {
  const task = repairedTask(original, recipe.repairs);
  const words = familyFacts(recipe.family).words;
  const [features, model] = formSections(task, recipe, words);
  return {
    title: `${task.title}: ${recipeName(recipe)}`,
    about: `${words} Validated by ${task.metricLabel}. ${foldWords(task, recipe)}`,
    sections: [
      dataSection(task, recipe, seed),
      metricSection(task),
      features,
      model,
      validationSection(task, recipe, recipe.family),
      submissionSection(task, recipe),
    ],
  };
}
