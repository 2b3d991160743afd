import * as vscode from 'vscode';

export interface StepItem<T> extends vscode.QuickPickItem {
  readonly value: T;
  /** It explains something and cannot be chosen. */
  readonly inert?: boolean;
}

/** One step of a multi-step quick pick. */
export interface QuickStep<T> {
  readonly title: string;
  readonly placeholder: string;
  readonly items: readonly StepItem<T>[];
  /** Value that is marked first. */
  readonly active?: T;
  /** Accepts typed text that is no item: returns its value, or undefined when it does not fit. */
  readonly parse?: (text: string) => T | undefined;
  /** Items that take a moment to find; they follow the others when they are there. Never rejects. */
  readonly later?: () => Promise<readonly StepItem<T>[]>;
  /** Several items may be checked: makes one value of theirs; undefined when they make none. */
  readonly many?: (values: readonly T[]) => T | undefined;
}

export type StepResult<T> = { readonly kind: 'ok'; readonly value: T } | { readonly kind: 'back' } | { readonly kind: 'cancelled' };

/** Shows step `number` of `total` with a back button from the second on. Never rejects. */
export function quickStep<T>(step: QuickStep<T>, number: number, total: number): Promise<StepResult<T>> {
  return new Promise((resolve) => {
    const pick = vscode.window.createQuickPick<StepItem<T>>();
    const known = step.items.some((item) => item.value === step.active);
    let settled = false;
    let items = step.items;
    const finish = (result: StepResult<T>): void => {
      if (settled) return;
      settled = true;
      resolve(result);
      pick.hide();
    };
    pick.title = step.title;
    pick.placeholder = step.placeholder;
    // "1/1" would promise steps that there are none of.
    if (total > 1) {
      pick.step = number;
      pick.totalSteps = total;
    }
    pick.canSelectMany = step.many !== undefined;
    pick.items = [...items];
    if (step.many) pick.selectedItems = items.filter((item) => item.picked);
    pick.matchOnDescription = true;
    pick.ignoreFocusOut = true;
    // Without an active item Enter would do nothing.
    pick.activeItems = step.items.filter((item, i) => (known ? item.value === step.active : i === 0));
    if (number > 1) pick.buttons = [vscode.QuickInputButtons.Back];
    const { parse } = step;
    if (parse) {
      pick.onDidChangeValue((text) => {
        const value = text.trim() === '' ? undefined : parse(text.trim());
        pick.items = value === undefined ? [...items] : [{ label: text.trim(), value, alwaysShow: true }, ...items];
      });
    }
    if (step.later) {
      pick.busy = true;
      void step.later().then((more) => {
        if (settled) return;
        const active = pick.activeItems;
        items = [...step.items, ...more];
        if (pick.value === '') pick.items = [...items];
        pick.activeItems = items.filter((item) => (known ? active.includes(item) : item.value === step.active || active.includes(item))).slice(-1);
        pick.busy = false;
      });
    }
    pick.onDidTriggerButton(() => finish({ kind: 'back' }));
    pick.onDidAccept(() => {
      const chosen = pick.selectedItems.filter((item) => !item.inert).map((item) => item.value);
      const value = step.many ? step.many(chosen) : chosen[0];
      if (value !== undefined) finish({ kind: 'ok', value });
    });
    pick.onDidHide(() => {
      finish({ kind: 'cancelled' });
      pick.dispose();
    });
    pick.show();
  });
}

/**
 * Runs steps in order; each sees the values so far and may be left out (undefined). Back returns to the step
 * before. Resolves undefined when the person leaves.
 */
export async function quickSteps<V>(start: V, steps: readonly ((values: V) => { step: QuickStep<unknown>; put: (value: unknown) => V } | undefined)[]): Promise<V | undefined> {
  const history: { index: number; values: V }[] = [];
  let values = start;
  for (let index = 0; index < steps.length; ) {
    const made = steps[index]?.(values);
    if (!made) {
      index += 1;
      continue;
    }
    // The steps that these values leave out do not count.
    const later = steps.slice(index + 1).filter((step) => step(values) !== undefined).length;
    const result = await quickStep(made.step, history.length + 1, history.length + 1 + later);
    if (result.kind === 'cancelled') return undefined;
    if (result.kind === 'back') {
      const previous = history.pop();
      if (!previous) return undefined;
      ({ index, values } = previous);
      continue;
    }
    history.push({ index, values });
    values = made.put(result.value);
    index += 1;
  }
  return values;
}
