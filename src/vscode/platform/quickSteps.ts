import * as vscode from 'vscode';

export interface StepItem<T> extends vscode.QuickPickItem {
  readonly value: T;
  /** Picking it goes back to the step before. */
  readonly back?: boolean;
  /** Only to be read. */
  readonly inert?: boolean;
}
/** A heading between items. */
export interface StepHeading extends vscode.QuickPickItem {
  readonly kind: vscode.QuickPickItemKind.Separator;
}
export type StepEntry<T> = StepItem<T> | StepHeading;

/** One pick of a multi-step quick input. */
export interface QuickStep<T> {
  readonly title: string;
  readonly placeholder: string;
  readonly items: readonly StepEntry<T>[];
  /** Value that is marked first. */
  readonly active?: T;
  /** Accepts typed text that is no item: returns its value, or undefined when it does not fit. */
  readonly parse?: (text: string) => T | undefined;
  /** Replaces the items by ones that take time, also more than once. The signal fires when the step ends. */
  readonly fill?: (show: (items: readonly StepEntry<T>[]) => void, signal: AbortSignal) => Promise<void>;
  /** Several items may be checked: makes one value of theirs; undefined when they make none. */
  readonly many?: (values: readonly T[]) => T | undefined;
}

/** One line to type. */
export interface InputStep {
  readonly title: string;
  readonly prompt: string;
  readonly placeholder?: string;
  readonly value?: string;
  readonly password?: boolean;
  /** Why the text does not do; undefined when it does. */
  readonly validate?: (text: string) => string | undefined;
  /** What to mind about a text that does. */
  readonly warn?: (text: string) => string | undefined;
  /** As `validate`, by something that takes time, after Enter; the box stays open and shows that it waits. Never rejects. */
  readonly check?: (text: string, signal: AbortSignal) => Promise<string | undefined>;
}

export type StepResult<T> = { readonly kind: 'ok'; readonly value: T } | { readonly kind: 'back' } | { readonly kind: 'cancelled' };

/** Where a step stands among the others. */
export interface StepPlace {
  readonly number: number;
  readonly total: number;
  /** Whether there is a step to go back to. */
  readonly back: boolean;
}
export const onlyStep: StepPlace = { number: 1, total: 1, back: false };

/** A step that has been made for the values so far, ready to be shown. */
export type Step<V> = (place: StepPlace) => Promise<StepResult<V>>;

export const pickStep =
  <T, V>(step: QuickStep<T>, put: (value: T) => V): Step<V> =>
  async (place) =>
    mapped(await quickStep(step, place), put);

export const inputStep =
  <V>(step: InputStep, put: (text: string) => V): Step<V> =>
  async (place) =>
    mapped(await quickInput(step, place), put);

const isItem = <T>(entry: StepEntry<T>): entry is StepItem<T> => 'value' in entry;

const mapped = <T, V>(result: StepResult<T>, put: (value: T) => V): StepResult<V> => (result.kind === 'ok' ? { kind: 'ok', value: put(result.value) } : result);

/** Shows one pick. Never rejects: what `fill` throws it has to show itself. */
export function quickStep<T>(step: QuickStep<T>, place: StepPlace): Promise<StepResult<T>> {
  return new Promise((resolve) => {
    const pick = vscode.window.createQuickPick<StepEntry<T>>();
    const ended = new AbortController();
    let items = step.items;
    let settled = false;
    const finish = (result: StepResult<T>): void => {
      if (settled) return;
      settled = true;
      ended.abort();
      resolve(result);
      pick.hide();
    };
    const show = (): void => {
      const text = pick.value.trim();
      const typed = text === '' || items.some((item) => item.label === text) ? undefined : step.parse?.(text);
      pick.items = typed === undefined ? items : [{ label: text, value: typed, alwaysShow: true }, ...items];
    };
    // Without an active item Enter would do nothing.
    const activate = (...wanted: readonly (T | undefined)[]): void => {
      // What was typed is among them.
      const choices = pick.items.filter(isItem);
      const found = wanted.map((value) => choices.find((item) => item.value === value)).find((item) => item !== undefined);
      pick.activeItems = [found ?? choices[0]].filter((item) => item !== undefined);
    };
    dress(pick, step, place, finish);
    pick.placeholder = step.placeholder;
    pick.matchOnDescription = true;
    pick.canSelectMany = step.many !== undefined;
    show();
    if (step.many) pick.selectedItems = items.filter((item) => item.picked);
    activate(step.active);
    const known = items.some((item) => isItem(item) && item.value === step.active);
    if (step.parse) pick.onDidChangeValue(show);
    pick.onDidAccept(() => {
      const chosen = pick.selectedItems.filter(isItem).filter((item) => !item.inert);
      if (chosen[0]?.back) return finish({ kind: 'back' });
      const values = chosen.map((item) => item.value);
      const value = step.many ? step.many(values) : values[0];
      if (value !== undefined) finish({ kind: 'ok', value });
    });
    pick.onDidHide(() => {
      finish({ kind: 'cancelled' });
      pick.dispose();
    });
    pick.show();
    if (!step.fill) return;
    pick.busy = true;
    const update = (next: readonly StepEntry<T>[]): void => {
      if (settled) return;
      const [now] = pick.activeItems.filter(isItem);
      items = next;
      show();
      // What the person has moved to stays; what was wanted from the first is taken when it comes.
      if (known) activate(now?.value, step.active);
      else activate(step.active, now?.value);
    };
    void step.fill(update, ended.signal).finally(() => {
      if (!settled) pick.busy = false;
    });
  });
}

function quickInput(step: InputStep, place: StepPlace): Promise<StepResult<string>> {
  return new Promise((resolve) => {
    const box = vscode.window.createInputBox();
    const ended = new AbortController();
    let settled = false;
    const finish = (result: StepResult<string>): void => {
      if (settled) return;
      settled = true;
      ended.abort();
      resolve(result);
      box.hide();
    };
    const say = (text: string): void => {
      const warning = step.warn?.(text);
      // Said while typing only of what was typed: an empty box is no mistake yet.
      box.validationMessage = (text === '' ? undefined : step.validate?.(text)) ?? (warning === undefined ? undefined : { message: warning, severity: vscode.InputBoxValidationSeverity.Warning });
    };
    const accept = async (text: string): Promise<void> => {
      const wrong = step.validate?.(text);
      box.validationMessage = wrong;
      if (wrong !== undefined) return;
      if (step.check) {
        box.busy = true;
        const refused = await step.check(text, ended.signal);
        if (settled) return;
        box.busy = false;
        box.validationMessage = refused;
        if (refused !== undefined) return;
      }
      finish({ kind: 'ok', value: text });
    };
    dress(box, step, place, finish);
    box.prompt = step.prompt;
    box.placeholder = step.placeholder;
    box.value = step.value ?? '';
    box.password = step.password ?? false;
    say(box.value.trim());
    box.onDidChangeValue((text) => say(text.trim()));
    box.onDidAccept(() => {
      if (!box.busy) void accept(box.value.trim());
    });
    box.onDidHide(() => {
      finish({ kind: 'cancelled' });
      box.dispose();
    });
    box.show();
  });
}

function dress(input: vscode.QuickPick<vscode.QuickPickItem> | vscode.InputBox, { title }: { title: string }, { number, total, back }: StepPlace, finish: (result: { kind: 'back' }) => void): void {
  input.title = title;
  // "1/1" would promise steps that there are none of.
  if (total > 1) {
    input.step = number;
    input.totalSteps = total;
  }
  input.ignoreFocusOut = true;
  if (back) input.buttons = [vscode.QuickInputButtons.Back];
  input.onDidTriggerButton(() => finish({ kind: 'back' }));
}

/**
 * Runs steps in order; each sees the values so far and may be left out (undefined). Back returns to
 * the step before, from the first one to what `place` says came before it.
 * @param keeps a step that is gone back to begins from what was answered; steps then take away what depends on another answer
 */
export async function quickSteps<V>(start: V, steps: readonly ((values: V) => Step<V> | undefined)[], place: StepPlace = onlyStep, { keeps = false }: { readonly keeps?: boolean } = {}): Promise<StepResult<V>> {
  const history: { index: number; values: V }[] = [];
  let values = start;
  for (let index = 0; index < steps.length; ) {
    const step = steps[index]?.(values);
    if (!step) {
      index += 1;
      continue;
    }
    // The steps that these values leave out do not count.
    const later = steps.slice(index + 1).filter((one) => one(values) !== undefined).length;
    const number = place.number + history.length;
    const result = await step({ number, total: number + later + (place.total - place.number), back: place.back || history.length > 0 });
    if (result.kind === 'cancelled') return result;
    if (result.kind === 'back') {
      const previous = history.pop();
      if (!previous) return result;
      ({ index } = previous);
      if (!keeps) ({ values } = previous);
      continue;
    }
    history.push({ index, values });
    ({ value: values } = result);
    index += 1;
  }
  return { kind: 'ok', value: values };
}
