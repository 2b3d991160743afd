import type { Operator } from '../../environment/actions';
import type { Pull } from '../bandit';
import { compareClaims, judge, signedGain, type Comparison } from '../noise';
import type { Player, PlayerDoor, PlayerFacts } from '../player';
import { recipeOf, type Content, type Finished, type Move } from './attempt';
import { blendCandidates, blendSeconds } from './blendChoice';
import { Bench, RunEnded, type Entry, type NewAttempt, type Outcome } from './bench';
import { baselineSolution } from './code/baseline';
import { blendFiles, type BlendMember } from './code/blend';
import { toCells, toScript } from './code/sections';
import { fixFor, troubleSignature } from './debugRules';
import { capital, explainChange, explainDraft, formatScore, metricInSentence } from './explain';
import { armId, beginning, changeName, chooseMove, untriedDrafts, untriedToggles, untriedTunes } from './moves';
import { foldPlan, recipeKey, type Family, type Recipe } from './recipe';
import { playOwnEvaluation } from './ownEvaluation';
import { joinWords, recipeName, solutionOf } from './solution';
import { describeTask, type Task } from './task';
import { expectedSeconds, fits, secondsLeft } from './timing';

const script = 'train.py';
const notebook = 'solution.ipynb';
/** Families that are drafted before anything is improved. */
const firstDrafts = 3;
const maxDebugs = 3;
const maxTunes = 4;
/** With fewer attempts than this in all, none is kept back for a blend. */
const roomForBlend = 6;

/**
 * The agent that needs no model. It plays through the same door as a model would: a constant
 * baseline at once, drafts of different families, single changes of the best chosen by expected
 * gain for their time, a little tuning, a blend, and a final choice that knows what noise is.
 * Deterministic given the observations and the seed.
 */
export function createOfflinePlayer(): Player {
  return {
    async play(door: PlayerDoor, facts: PlayerFacts): Promise<void> {
      if (facts.competition.manifest.evaluation) return await untilEnded(() => playOwnEvaluation(door, facts));
      const game = new OfflineGame(door, facts);
      try {
        await game.play();
      } catch (error) {
        if (!(error instanceof RunEnded)) throw error;
        await game.select();
      }
    },
  };
}

async function untilEnded(play: () => Promise<void>): Promise<void> {
  try {
    await play();
  } catch (error) {
    if (!(error instanceof RunEnded)) throw error;
  }
}

class OfflineGame {
  private readonly task: Task;
  private readonly bench: Bench;
  private readonly finished: Finished[] = [];
  private readonly tried = { recipes: new Set<string>(), families: new Set<Family>() };
  private readonly pulls: Pull[] = [];
  private best: Finished | null = null;
  private readonly blended = new Set<string>();
  private keepsForBlend = true;

  constructor(
    private readonly door: PlayerDoor,
    private readonly facts: PlayerFacts,
  ) {
    this.task = describeTask(facts.competition, facts.libraries);
    this.bench = new Bench(door);
  }

  async play(): Promise<void> {
    await this.bench.step('competition_info');
    await this.bench.step('data_preview', { path: this.task.train });
    await this.baseline();
    if (this.task.why) await this.door.explain(null, this.task.why);
    await this.draft();
    for (let before = -1; before !== this.bench.attempts; ) {
      before = this.bench.attempts;
      await this.improve();
      await this.tune();
      await this.blend();
      await this.improveRunnerUp();
      await this.blend();
    }
    // What is left is too short for another blend: it need not be kept for one.
    this.keepsForBlend = false;
    await this.improve();
    await this.tune();
    await this.choose();
  }

  private async baseline(): Promise<void> {
    const plan = `The best constant for ${metricInSentence(this.task.metricLabel)}: a valid submission before anything else.`;
    const files = [{ path: script, text: toScript(baselineSolution(this.task)) }];
    const outcome = await this.bench.attempt({ operator: 'baseline', plan, from: null, parents: [] }, { kind: 'script', files }, this.timeLimit());
    if (!outcome.ok) {
      await this.door.explain(outcome.attempt || null, `The constant baseline failed: ${this.reason(outcome)}`);
      return;
    }
    const attempt = this.remember(outcome, 'baseline', { kind: 'constant' });
    this.best = attempt;
    const score = outcome.claim ? `${metricInSentence(this.task.metricLabel)} ${formatScore(outcome.claim.value)} in validation` : 'no validation score';
    await this.door.explain(attempt.id, `Constant baseline: ${score}. Every later attempt has to beat it.`);
  }

  private async draft(): Promise<void> {
    for (const move of untriedDrafts(this.task, this.tried).slice(0, firstDrafts)) {
      if (!this.roomFor(move.recipe)) continue;
      await this.make(move, this.tried.families.size === 0);
    }
  }

  /** Drafts of further families compete with changes of the best; what promises most for its time comes first. */
  private async improve(): Promise<void> {
    for (;;) {
      const best = this.bestRecipe();
      const changes = best ? untriedToggles(this.task, best, this.tried) : [];
      const move = this.choosePossible([...untriedDrafts(this.task, this.tried), ...changes]);
      if (!move) return;
      await this.make(move, false);
    }
  }

  private async tune(): Promise<void> {
    for (let trial = 0; trial < maxTunes; trial++) {
      const best = this.bestRecipe();
      if (!best) return;
      const move = this.choosePossible(untriedTunes(this.task, best, this.tried));
      if (!move) return;
      await this.make(move, false);
    }
  }

  /** A second lineage makes the blend better, since it errs in other places. */
  private async improveRunnerUp(): Promise<void> {
    const family = this.bestRecipe() && recipeOf(this.bestRecipe() as Finished)?.family;
    for (;;) {
      const second = this.ranking().find((attempt) => recipeOf(attempt)?.family !== family);
      if (!second) return;
      const move = this.choosePossible(untriedToggles(this.task, second, this.tried));
      if (!move) return;
      await this.make(move, false);
    }
  }

  /** Runs a move, with debugging, and says what came of it. */
  private async make(move: Move, asNotebook: boolean): Promise<void> {
    const reference = move.kind === 'draft' ? this.best : move.parent;
    if (move.kind === 'draft') this.tried.families.add(move.family);
    const done = await this.run(beginning(move), move.recipe, asNotebook);
    if (!done?.claim) {
      this.pulls.push({ id: armId(move), gain: 0 });
      return;
    }
    if (!reference?.claim || reference.content.kind === 'constant') {
      this.pulls.push({ id: armId(move), gain: 0 });
      this.keepIfBetter(done);
      await this.door.explain(done.id, explainDraft(this.task, recipeName(move.recipe), done.claim, null));
      return;
    }
    const comparison = this.compare(done, reference);
    this.pulls.push({ id: armId(move), gain: comparison.gain / Math.max(Math.abs(reference.claim.value), 1e-9) });
    const kept = this.keepIfBetter(done) || this.leads(done, reference);
    const text =
      move.kind === 'draft'
        ? explainDraft(this.task, recipeName(move.recipe), done.claim, { claim: reference.claim, comparison })
        : explainChange(this.task, changeName(move), reference.claim, done.claim, comparison, kept);
    await this.door.explain(done.id, text);
  }

  /** True when an attempt replaces its parent inside its own lineage. */
  private leads(attempt: Finished, parent: Finished): boolean {
    return parent !== this.best && judge(this.compare(attempt, parent), parent.claim?.value ?? 0) === 'better';
  }

  private async run(begin: NewAttempt, recipe: Recipe, asNotebook: boolean): Promise<Finished | null> {
    let [next, current, inNotebook] = [begin, recipe, asNotebook];
    const signatures = new Set<string>();
    for (let debug = 0; ; debug++) {
      this.tried.recipes.add(recipeKey(current));
      const outcome = await this.bench.attempt(next, this.entry(current, inNotebook), this.timeLimit());
      if (outcome.ok) return this.remember(outcome, next.operator, { kind: 'recipe', recipe: current, notebook: inNotebook });
      const trouble = { failure: outcome.failure, problems: outcome.problems, dataFiles: await this.dataFilesFor(outcome) };
      const signature = troubleSignature(trouble);
      const fix = fixFor(trouble, current, this.task) ?? (inNotebook ? { recipe: current, plan: 'The notebook did not run: the same as a script.' } : null);
      const why = this.giveUp(debug, signatures.has(signature), fix !== null, fix !== null && this.roomFor(fix.recipe));
      signatures.add(signature);
      if (why || !fix) {
        await this.door.explain(outcome.attempt || null, `${capital(recipeName(current))} failed: ${this.reason(outcome)} ${why ?? ''}`.trim());
        return null;
      }
      await this.door.explain(outcome.attempt || null, `${capital(recipeName(current))} failed: ${this.reason(outcome)} Next: ${fix.plan}`);
      const wasNotebook = inNotebook;
      inNotebook = false;
      current = fix.recipe;
      // A failed notebook is not carried along when the next try is a script.
      const from = outcome.attempt && inNotebook === wasNotebook && !inNotebook ? outcome.attempt : null;
      next = { operator: 'debug', plan: fix.plan, from, parents: outcome.attempt ? [outcome.attempt] : begin.parents };
    }
  }

  private giveUp(debug: number, repeated: boolean, hasFix: boolean, room: boolean): string | null {
    if (repeated) return 'The same error came back after a fix, so it is left alone.';
    if (!hasFix) return 'No rule knows a remedy, so it is left alone.';
    if (debug >= maxDebugs) return `${maxDebugs} fixes did not help, so it is left alone.`;
    return room ? null : 'There is no budget left to mend it.';
  }

  private async dataFilesFor(outcome: Outcome): Promise<string[]> {
    return outcome.failure?.type === 'FileNotFoundError' ? this.bench.dataFiles() : [];
  }

  private entry(recipe: Recipe, asNotebook: boolean): Entry {
    const solution = solutionOf(this.task, recipe, this.facts.seed);
    return asNotebook ? { kind: 'notebook', path: notebook, cells: toCells(solution) } : { kind: 'script', files: [{ path: script, text: toScript(solution) }] };
  }

  /** Blends the best attempts of different families, as many as the time allows. */
  private async blend(): Promise<void> {
    const members = this.affordableBlends()[0];
    const key = members?.map((member) => member.id).join(',') ?? '';
    if (!members || this.blended.has(key) || !this.attemptsLeft(1)) return;
    this.blended.add(key);
    const names = uniqueNames(members);
    const parts: BlendMember[] = members.map((member, i) => ({
      attempt: member.id,
      name: names[i] ?? `member${i}`,
      solution: solutionOf(this.task, recipeOf(member) as Recipe, this.facts.seed),
    }));
    const words = joinWords(members.map((member) => `#${member.id} (${recipeName(recipeOf(member) as Recipe)})`));
    const begin: NewAttempt = { operator: 'blend', plan: `Average ${words}: errors in different places cancel.`, from: null, parents: members.map((member) => member.id) };
    const outcome = await this.bench.attempt(begin, { kind: 'script', files: blendFiles(this.task, parts, this.facts.seed) }, this.timeLimit());
    if (!outcome.ok || !outcome.claim) {
      await this.door.explain(outcome.attempt || null, `The blend failed: ${this.reason(outcome)}`);
      return;
    }
    const reference = this.best;
    const done = this.remember(outcome, 'blend', { kind: 'blend', members: parts });
    const kept = this.keepIfBetter(done);
    const numbers = joinWords(members.map((member) => `#${member.id}`));
    const text = reference?.claim
      ? explainChange(this.task, `Blended ${numbers}`, reference.claim, outcome.claim, this.compare(done, reference), kept)
      : explainDraft(this.task, `blend of ${numbers}`, outcome.claim, null);
    await this.door.explain(done.id, text);
  }

  /** Blends that fit into the time, the most promising first. */
  private affordableBlends(): Finished[][] {
    const { splits, repeats } = foldPlan(this.task);
    const comparable = this.ranking().filter((attempt) => attempt.claim?.folds.length === splits * repeats);
    return blendCandidates(comparable, (attempt, best) => this.compare(attempt, best)).filter((members) => fits(this.bench.budget, blendSeconds(members), 'measured'));
  }

  /**
   * The best of the moves that fit into the time beside the most promising blend, which is worth
   * more than a late change. Nothing is kept back when no blend fits anyway.
   */
  private choosePossible(moves: readonly Move[]): Move | undefined {
    const [blend] = this.keepsForBlend ? this.affordableBlends() : [];
    const possible = moves.filter((move) => this.roomFor(move.recipe, blend ? blendSeconds(blend) : 0));
    return chooseMove(this.task, possible, this.pulls, this.measured());
  }

  private async choose(): Promise<void> {
    const chosen = await this.select();
    const which = chosen ? `Chosen: attempt ${chosen.id}.` : 'No attempt gave a valid submission.';
    await this.bench.step('finish', { reason: `${this.stopReason()} ${which}` });
  }

  /** Final choice: the incumbent, which only a gain beyond noise has replaced; a blend when it is no worse, being steadier. */
  async select(): Promise<Finished | null> {
    const kept = this.best ?? this.finished[0];
    if (!kept) return null;
    const level = this.finished.filter((attempt) => attempt !== kept && attempt.claim && judge(this.compare(attempt, kept), kept.claim?.value ?? 0) === 'within_noise');
    const blend = kept.content.kind === 'blend' ? undefined : level.filter((attempt) => attempt.content.kind === 'blend' && this.compare(attempt, kept).gain >= 0).sort((a, b) => this.order(a, b))[0];
    const chosen = blend ?? kept;
    const score = chosen.claim ? `${metricInSentence(this.task.metricLabel)} ${formatScore(chosen.claim.value)} in validation` : 'a valid submission';
    const doubt = level.length > 0 && !blend ? `; nothing later was better by more than one standard error, and ${level.length} came as close` : '';
    const how = blend ? 'A blend at least as good as the best single model, and steadier' : 'Best claim beyond noise';
    await this.door.select(chosen.id, `${how}: ${score}${doubt}.`);
    return chosen;
  }

  private stopReason(): string {
    if (!this.attemptsLeft(1)) return 'The attempts are used up.';
    if (this.task.form === 'other') return 'There is no template for this kind of data.';
    const best = this.bestRecipe();
    const untried = [...untriedDrafts(this.task, this.tried), ...(best ? [...untriedToggles(this.task, best, this.tried), ...untriedTunes(this.task, best, this.tried)] : [])];
    const left = secondsLeft(this.bench.budget);
    if (untried.length === 0 || left === null) return 'Nothing untried is left that promises a gain.';
    const shortest = Math.min(...untried.map((move) => expectedSeconds(this.task, move.recipe, this.finished)));
    if (fits(this.bench.budget, shortest)) return 'What is left to try promises too little.';
    return left < 5 ? 'The time is used up.' : `The ${Math.round(left)} s left are too short for what is untried: it takes about ${Math.round(shortest)} s and more.`;
  }

  private remember(outcome: Outcome, operator: Operator, content: Content): Finished {
    const attempt: Finished = { id: outcome.attempt, operator, content, claim: outcome.claim, public: outcome.public, seconds: outcome.seconds };
    this.finished.push(attempt);
    return attempt;
  }

  private keepIfBetter(attempt: Finished): boolean {
    const better = !this.best?.claim || judge(this.compare(attempt, this.best), this.best.claim.value) === 'better';
    if (better) this.best = attempt;
    return better;
  }

  /** Fold by fold where both have the same folds; the baseline's own folds are others. */
  private compare(candidate: Finished, incumbent: Finished): Comparison {
    const nothing: Comparison = { gain: candidate.claim ? Infinity : -Infinity, se: null, folds: 0 };
    if (!candidate.claim || !incumbent.claim) return nothing;
    const constant = [candidate, incumbent].some((attempt) => attempt.content.kind === 'constant');
    const other = constant ? { ...incumbent.claim, folds: [] } : incumbent.claim;
    return compareClaims(candidate.claim, other, this.task.direction, foldPlan(this.task).repeats);
  }

  private order(a: Finished, b: Finished): number {
    return signedGain(b.claim?.value ?? NaN, a.claim?.value ?? NaN, this.task.direction) || a.id - b.id;
  }

  /** Attempts made from recipes, best claim first. */
  private ranking(): Finished[] {
    return this.finished.filter((attempt) => attempt.claim && recipeOf(attempt)).sort((a, b) => this.order(a, b));
  }

  /** The incumbent if it is a recipe, else the best recipe. */
  private bestRecipe(): Finished | null {
    return this.best && recipeOf(this.best) ? this.best : (this.ranking()[0] ?? null);
  }

  /**
   * Attempts whose measured seconds may guide a decision: all in a run that is bounded by time,
   * none in another, which so does the same on a slow, a fast and a busy machine.
   */
  private measured(): readonly Finished[] {
    return this.bench.budget?.seconds ? this.finished : [];
  }

  /** True when an attempt fits into time, attempts and graded calls, beside what is kept back in seconds. */
  private roomFor(recipe: Recipe, keptBack = 0): boolean {
    const limit = this.facts.maxAttempts ?? this.bench.budget?.attempts?.limit ?? Infinity;
    const kept = keptBack > 0 && limit >= roomForBlend ? 1 : 0;
    return this.attemptsLeft(1 + kept) && fits(this.bench.budget, expectedSeconds(this.task, recipe, this.measured()), 'estimated', keptBack);
  }

  private attemptsLeft(count: number): boolean {
    const { budget, attempts } = this.bench;
    const own = (this.facts.maxAttempts ?? Infinity) - attempts;
    const given = budget?.attempts ? budget.attempts.limit - budget.attempts.used : Infinity;
    const graded = budget ? (budget.gradedCalls.limit ?? Infinity) - budget.gradedCalls.used : Infinity;
    return Math.min(own, given, graded) >= count;
  }

  private timeLimit(): number | null {
    return secondsLeft(this.bench.budget);
  }

  private reason(outcome: Outcome): string {
    if (outcome.failure) return `${outcome.failure.type}: ${outcome.failure.message.split('\n')[0] ?? ''}`.replace(/\.?$/, '.');
    return outcome.problems[0]?.message ?? 'it ended without a result.';
  }
}

function uniqueNames(members: readonly Finished[]): string[] {
  const families = members.map((member) => recipeOf(member)?.family ?? 'member');
  return families.map((family, i) => (families.indexOf(family) === i && families.lastIndexOf(family) === i ? family : `${family}${members[i]?.id ?? i}`));
}
