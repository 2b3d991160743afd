import { afterAll, afterEach, beforeEach } from 'vitest';

/** The place of a webview in jsdom, new for each test of the file that makes it. */
export interface TestPage {
  readonly root: HTMLElement;
  /** Says how the view goes: when the test has ended, or by `unmount`. */
  mounted(unmount: () => void): void;
  unmount(): void;
  all(selector: string, within?: ParentNode): HTMLElement[];
  /** The first match; throws when there is none. */
  one(selector: string): HTMLElement;
  /** The toolkit's button of this name. */
  button(name: string): HTMLElement;
}

export function testPage(): TestPage {
  let root = document.createElement('div');
  const unmounts: (() => void)[] = [];
  beforeEach(() => {
    root = document.createElement('div');
    document.body.append(root);
  });
  const leave = (): void => {
    for (const unmount of unmounts.splice(0)) unmount();
  };
  afterEach(() => {
    leave();
    root.remove();
  });
  // What was drawn last may have effects to come: preact runs them within 35 ms, and they need the window that jsdom takes away.
  afterAll(() => new Promise<void>((resolve) => setTimeout(resolve, 100)));
  const all = (selector: string, within: ParentNode = root): HTMLElement[] => [...within.querySelectorAll<HTMLElement>(selector)];
  const one = (selector: string): HTMLElement => {
    const [found] = all(selector);
    if (!found) throw new Error(`nothing matches ${selector}`);
    return found;
  };
  return {
    get root() {
      return root;
    },
    mounted: (end) => void unmounts.push(end),
    unmount: leave,
    all,
    one,
    button: (name) => one(`vscode-button[aria-label="${name}"]`),
  };
}
