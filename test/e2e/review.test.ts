import { cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { offerEdits } from './support/offeredEdits';
import { Session } from './support/session';

/** With PODIUM_PICTURES the test writes the README's picture there; PODIUM_LOOK takes one more in each theme. */
const pictures = process.env.PODIUM_PICTURES;
const look = process.env.PODIUM_LOOK;

const base = `import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin

NUM = ["bill_depth_mm", "flipper_length_mm", "body_mass_g"]


class GroupMedian(BaseEstimator, TransformerMixin):
    def fit(self, X, y=None):
        self.fill_ = X[NUM].median()
        return self

    def transform(self, X):
        return X.fillna(self.fill_)


def ratio(X):
    return X.assign(ratio=X.body_mass_g / X.flipper_length_mm)
`;
const next = base
  .replace('        self.fill_ = X[NUM].median()\n', '        self.fill_ = X.groupby(["island", "sex"])[NUM].median()\n        self.rest_ = X[NUM].median()\n')
  .replace('        return X.fillna(self.fill_)\n', '        key = pd.MultiIndex.from_frame(X[["island", "sex"]])\n        fill = self.fill_.reindex(key).set_axis(X.index)\n        return X.fillna(fill).fillna(self.rest_)\n');
const notebook = (first: string, ...more: [string, string][]): string =>
  JSON.stringify({ cells: [['train', first], ...more].map(([id, source]) => ({ cell_type: 'code', id, metadata: {}, execution_count: null, outputs: [], source: (source ?? '').split(/(?<=\n)/) })), metadata: { language_info: { name: 'python' } }, nbformat: 4, nbformat_minor: 5 });
const cell = 'import pandas as pd\ntrain = pd.read_csv("data/train.csv")\ntrain.groupby("species").size()';

let session: Session;
let scratch: string;
const bench = (name: string): Promise<string> => readFile(join(session.workspace, 'penguins', name), 'utf8');
const lens = (name: RegExp) => session.page.locator('.codelens-decoration a').filter({ hasText: name });
const bar = (text: RegExp) => session.page.locator('.statusbar-item').filter({ hasText: text });
const soon = { timeout: 20_000 };

/** Opens the edits that wait; where there are several files, the one named. */
async function reviewEdits(file?: RegExp): Promise<void> {
  const { page } = session;
  const waiting = (): Promise<number> =>
    session.evaluate(async (api) => {
      const podium = api.extensions.all.find((extension) => extension.packageJSON.name === 'podium');
      return podium?.isActive ? (podium.exports as { edits: { reviews: { files: readonly unknown[] } } }).edits.reviews.files.length : 0;
    }, null);
  await expect.poll(waiting, { timeout: 60_000 }).toBeGreaterThan(0);
  await page.keyboard.press('F1');
  await page.locator('.quick-input-widget input').first().fill('>Podium: Review Edits of the Agent');
  await page.getByRole('option', { name: 'Podium: Review Edits of the Agent' }).first().click();
  if (file) await page.getByRole('option', { name: file }).first().click();
}

async function inEachTheme(name: string): Promise<void> {
  if (!look) return;
  await mkdir(look, { recursive: true });
  for (const theme of ['Default Light Modern', 'Default High Contrast', 'Default Dark Modern']) {
    await session.evaluate(async (api, value) => {
      await api.workspace.getConfiguration('workbench').update('colorTheme', value, api.ConfigurationTarget.Global);
    }, theme);
    await session.page.waitForTimeout(1500);
    await session.page.screenshot({ path: join(look, `${name}-${theme.split(' ')[1]}.png`) });
  }
}

describe('a person reviews an edit of the agent change by change', () => {
  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'podium-review-'));
    const [workspace, home] = [join(scratch, 'workspace'), join(scratch, 'home')];
    await cp(resolve(import.meta.dirname, '../fixtures/workspace'), workspace, { recursive: true });
    await offerEdits(workspace, home, [
      { path: 'train.py', base, next },
      { path: 'solution.ipynb', base: notebook(cell), next: notebook(cell.replace('"species"', '["island", "species"]'), ['folds', 'folds = 5']) },
    ]);
    session = await Session.start({ workspace, home, settings: { 'podium.runtime': 'local', 'workbench.colorTheme': 'Default Dark Modern', 'editor.minimap.enabled': false }, viewport: { width: 1280, height: 760 } });
  });
  afterAll(async () => {
    await session?.stop();
    await rm(scratch, { recursive: true, force: true });
  });
  afterEach(({ task }) => session.explain(task.name, task.result?.state));

  it('finds every change marked in the script, with what would come', async () => {
    await reviewEdits(/train\.py/);
    await lens(/^1 of 2, #2 improve$/).waitFor();
    await expect.poll(() => lens(/Accept$/).count(), soon).toBe(2);
    await bar(/Edit 1 of 2/).waitFor();
    await inEachTheme('script');
    expect(await bench('train.py')).toBe(base);
  });

  it('sees old and new lines together, with the same lenses', async () => {
    await lens(/Show change/).first().click();
    await session.page.locator('.monaco-diff-editor').first().waitFor();
    await session.page.locator('.monaco-diff-editor .codelens-decoration a').filter({ hasText: /^1 of 2/ }).waitFor();
    await session.page.waitForTimeout(1000);
    await inEachTheme('comparison');
    if (pictures) await session.page.screenshot({ path: join(pictures, 'review-hunks.png') });
  });

  it('accepts one there: it is written, and the comparison shows what is left', async () => {
    await session.page.locator('.monaco-diff-editor .codelens-decoration a').filter({ hasText: /Accept$/ }).first().click();
    await expect.poll(() => bench('train.py'), soon).toContain('self.rest_ = X[NUM].median()');
    await session.page.locator('.monaco-diff-editor .codelens-decoration a').filter({ hasText: /^1 of 1/ }).waitFor();
    expect(await bench('train.py')).toContain('        return X.fillna(self.fill_)\n');
  });

  it('finds the other one after a reload, and rejects it by key with words', async () => {
    await session.reload();
    await reviewEdits(/train\.py/);
    await lens(/^1 of 1/).first().waitFor();
    await session.page.keyboard.press('Control+Alt+N');
    const words = session.page.locator('.quick-input-widget input').first();
    await words.waitFor();
    await words.fill('the island is not known at test time');
    await words.press('Enter');
    await words.waitFor({ state: 'hidden' });
    await expect.poll(() => lens(/of 1/).count(), soon).toBe(0);
    expect(await bench('train.py')).toContain('        return X.fillna(self.fill_)\n');
  });

  it('takes the accepted change back', async () => {
    await session.command('Podium: Undo Agent Step');
    await expect.poll(() => bench('train.py'), soon).toBe(base);
  });

  it('decides the changes of a notebook in its cells, by keys', async () => {
    await reviewEdits();
    await lens(/^1 of 2/).waitFor();
    await inEachTheme('notebook');
    await session.page.keyboard.press('Control+Alt+Y');
    await expect.poll(async () => (JSON.parse(await bench('solution.ipynb')) as { cells: { source: string[] }[] }).cells[0]?.source.join(''), soon).toContain('["island", "species"]');
    await session.command('Podium: Accept All Edits of File');
    await expect.poll(async () => (JSON.parse(await bench('solution.ipynb')) as { cells: unknown[] }).cells.length, soon).toBe(2);
    await expect.poll(() => bar(/Edit \d/).count(), soon).toBe(0);
  });
});
