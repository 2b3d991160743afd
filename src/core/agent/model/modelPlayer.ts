import type { RawAction } from '../../environment/actions';
import type { Image, Observation } from '../../environment/observation';
import { cutMiddle } from '../../environment/outputText';
import type { Player, PlayerDoor, PlayerFacts } from '../player';
import type { Reply, ToolCall } from './chat';
import { Conversation } from './conversation';
import { budgetText, observationText } from './observationText';
import { fill, prompts } from './prompts';
import { toolDefinitions } from './tools';

export interface ModelPlayerOptions {
  /** Tokens that the model can read; unknown ones are taken as `defaultWindow`. */
  readonly contextWindow?: number;
  /** Whether pictures are put before the model; false for one that is known to take none. Default: true. */
  readonly images?: boolean;
}

const defaultWindow = 128_000;
/** The conversation is shortened from this length on, or from this share of the window. */
const longTokens = 80_000;
const longShare = 0.6;
/** How often the conversation of one attempt is replaced by facts; then the attempt is given up. */
const maxCompactions = 2;
/** Characters of the competition's own text. */
const maxDescription = 12_000;
/** Tool calls of one message; more are answered, not run. */
const maxCalls = 32;

/** A player whose moves a model chooses with native tool calls. Pure: the same answers give the same moves. */
export function createModelPlayer(options: ModelPlayerOptions = {}): Player {
  return { play: (door, facts) => new ModelPlay(door, facts, options).play() };
}

class ModelPlay {
  private readonly conversation: Conversation;
  private attempt: number | null = null;
  private window: number;
  private compactions = 0;
  private nudged = false;
  private overflows = 0;
  private ended = false;
  /** Pictures of the results of one message. */
  private pictures: { readonly from: string; readonly images: readonly Image[] }[] = [];

  constructor(
    private readonly door: PlayerDoor,
    facts: PlayerFacts,
    private readonly options: ModelPlayerOptions,
  ) {
    this.window = options.contextWindow ?? defaultWindow;
    const pinned = [
      { role: 'system' as const, content: prompts.system.text },
      { role: 'user' as const, content: taskText(facts) },
    ];
    this.conversation = new Conversation(pinned, toolDefinitions(facts.isolation));
  }

  async play(): Promise<void> {
    while (!this.ended) {
      await this.makeRoom();
      if (this.ended) return;
      const asked = await this.door.ask((news) => {
        for (const line of news) this.conversation.say(line);
        return this.conversation.request();
      });
      switch (asked.kind) {
        case 'over':
          return;
        case 'overflow':
          await this.tooMuch();
          break;
        case 'answer':
          this.overflows = 0;
          this.conversation.measure(this.conversation.request(), asked.usage);
          await this.take(asked.reply);
      }
    }
  }

  private async take(reply: Reply): Promise<void> {
    const { content, toolCalls } = reply;
    if (toolCalls.length === 0) return await this.idle(reply);
    this.nudged = false;
    this.conversation.reply(reply);
    const words = content.trim();
    if (words !== '') await this.door.explain(this.attempt, cutMiddle(words, 400));
    for (const [at, call] of toolCalls.entries()) {
      if (at >= maxCalls) {
        this.conversation.result(call.id, `Not run: at most ${maxCalls} tool calls in one message.`);
        continue;
      }
      const last = at === Math.min(toolCalls.length, maxCalls) - 1;
      if (await this.call(call, last)) return;
    }
    this.showPictures();
  }

  private showPictures(): void {
    const shown = this.pictures.splice(0);
    if (shown.length === 0) return;
    const words = shown.map(({ from, images }) => `${from}: ${images.map((image) => image.name).join(', ')}`);
    this.conversation.show(`Pictures of the results above. ${words.join('; ')}.`, shown.flatMap(({ images }) => images.map(({ hash, mime, width, height }) => ({ hash, mime, width, height }))));
  }

  /** One tool call; true when the run has ended with it. */
  private async call(call: ToolCall, last: boolean): Promise<boolean> {
    const { action, trouble } = actionOf(call);
    const observation = await this.step(action);
    if (observation.done) return (this.ended = true);
    const { images = [] } = observation;
    const shown = images.length > 0 && this.options.images !== false;
    if (shown) this.pictures.push({ from: observation.action, images });
    const told = observationText(observation, shown);
    const text = trouble === undefined ? told : `[error] ${trouble}\n${told}`;
    this.conversation.result(call.id, last ? `${text}\n${budgetText(observation.budget)}` : text);
    return false;
  }

  /** An answer without a tool call moves nothing: it is told so once, then the run ends. */
  private async idle(reply: Reply): Promise<void> {
    if (this.nudged) {
      const words = reply.content.trim();
      const why = reply.finish === 'too_long' ? 'The model\'s answers were too long twice.' : words === '' ? 'The model gave no answer twice.' : `The model called no tool twice. Its last words: ${cutMiddle(words, 300)}`;
      await this.step({ name: 'finish', params: { reason: why } });
      this.ended = true;
      return;
    }
    this.nudged = true;
    // Some endpoints refuse an assistant message that holds nothing.
    this.conversation.reply({ ...reply, content: reply.content.trim() === '' ? '(no answer)' : cutMiddle(reply.content, 4_000) });
    this.conversation.say(reply.finish === 'too_long' || reply.finish === 'length' ? prompts.tooLong.text : prompts.nudge.text);
  }

  private async step(action: RawAction): Promise<Observation> {
    const observation = await this.door.step(action);
    if (observation.attempt !== null && observation.attempt !== this.attempt) {
      this.attempt = observation.attempt;
      this.compactions = 0;
    }
    if (observation.done) this.ended = true;
    return observation;
  }

  /** Keeps the next request below the length from which models lose the thread. */
  private async makeRoom(): Promise<void> {
    const limit = Math.min(longTokens, this.window * longShare);
    if (this.conversation.tokens() <= limit) return;
    this.conversation.cutOldResults();
    if (this.conversation.tokens() > limit) await this.compact();
  }

  /** The model itself says that the request is too long: the window is smaller than was thought. */
  private async tooMuch(): Promise<void> {
    this.overflows += 1;
    this.window = Math.max(4_000, Math.min(this.window, this.conversation.tokens()) * 0.7);
    if (this.overflows === 1 && this.conversation.cutOldResults()) return;
    if (this.overflows <= 3) return await this.compact();
    await this.step({ name: 'finish', params: { reason: 'The model cannot read even the shortened conversation; it needs a larger context window.' } });
    this.ended = true;
  }

  /** Facts of the journal in place of the conversation; an attempt that needs it too often is given up. */
  private async compact(): Promise<void> {
    if (this.compactions >= maxCompactions && this.attempt !== null) {
      await this.step({ name: 'reset', params: { from: this.attempt, operator: 'backtrack', plan: 'Begun anew: the attempt before took more room than the model can keep in mind.' } });
      if (this.ended) return;
    }
    const history = await this.step({ name: 'history', params: {} });
    if (this.ended) return;
    const files = await this.step({ name: 'list_files', params: {} });
    if (this.ended) return;
    this.compactions += 1;
    const facts = { history: observationText(history), files: cutMiddle(observationText(files), 3_000), recent: cutMiddle(this.conversation.recent(), 6_000) };
    this.conversation.replace(`${fill(prompts.compacted, facts)}\n${budgetText(files.budget)}`);
  }
}

/** A tool call as an action. Broken arguments go to the environment as they are: it refuses them, and the journal shows it. */
function actionOf(call: ToolCall): { action: RawAction; trouble?: string } {
  const text = call.arguments.trim();
  if (text === '') return { action: { name: call.name, params: {} } };
  try {
    return { action: { name: call.name, params: JSON.parse(text) as unknown } };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { action: { name: call.name, params: text.slice(0, 1_000) }, trouble: `The arguments of ${call.name} are no valid JSON (${why.slice(0, 200)}). Send one JSON object.` };
  }
}

function taskText({ competition, isolation, libraries, maxAttempts }: PlayerFacts): string {
  const { manifest, direction, metricLabel, profiles } = competition;
  const rows = (path: string): string => {
    const profile = profiles.find((one) => one.path === path);
    return profile ? ` (${profile.rows} rows: ${cutMiddle(profile.columns.map((column) => column.name).join(', '), 1_500)})` : '';
  };
  const { submission, limits } = manifest;
  const shared = {
    title: manifest.title,
    id: manifest.id,
    summary: manifest.summary,
    metric: metricLabel,
    direction: direction === 'maximize' ? 'higher is better' : 'lower is better',
    libraries: Object.entries(libraries).map(([name, version]) => `${name} ${version}`).join(', ') || 'the standard library only',
    isolation: isolation === 'none' ? 'none, so there is no shell' : isolation,
    description: cutMiddle(competition.description, maxDescription),
  };
  const attempts = maxAttempts === null ? '' : `, ${maxAttempts} attempts`;
  if (manifest.evaluation) {
    const { solution, fixed } = competition.evaluationFiles ?? { solution: new Map(), fixed: new Map() };
    const names = (files: ReadonlyMap<string, unknown>): string => cutMiddle([...files.keys()].join(', '), 2_000) || 'none';
    const { command, seconds } = manifest.evaluation;
    return fill(prompts.evaluation, { ...shared, command, solution: names(solution), fixed: names(fixed), limits: `${seconds ?? limits.stepSeconds} s per evaluation${attempts}` });
  }
  return fill(prompts.task, {
    ...shared,
    metricName: manifest.metric.name,
    submission: `${submission.file} with the columns ${[...submission.id, ...submission.target].join(', ')}, one row per row of the sample`,
    files: manifest.files.map((file) => `- ${file.path}: ${file.description}${rows(file.path)}`).join('\n'),
    sample: cutMiddle(competition.sample, 600).trim(),
    limits: `${limits.stepSeconds} s per step, ${limits.submissions} graded calls${attempts}`,
  });
}
