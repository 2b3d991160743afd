/**
 * Which cells of an open notebook have to change so that it becomes another version of itself.
 * Pure. Cells are matched by id; a notebook without ids is matched by source.
 */
export interface PlanCell {
  readonly id: string | undefined;
  readonly kind: 'code' | 'markup';
  readonly language: string;
  readonly source: string;
  /** Equal for equal outputs. */
  readonly outputs: string;
}

/** An edit whose `index` counts cells of the notebook as it was; `target` counts those of the new version. */
export type CellEdit =
  | { readonly type: 'source'; readonly index: number; readonly target: number }
  /** Outputs, kind or language changed: the whole cell is replaced and keeps its id. */
  | { readonly type: 'replace'; readonly index: number; readonly target: number }
  | { readonly type: 'insert'; readonly index: number; readonly targets: readonly number[] }
  | { readonly type: 'delete'; readonly index: number; readonly count: number };

/** Edits in descending order of place, so that applying one does not move the next. Unchanged cells are not in it. */
export function planCellEdits(current: readonly PlanCell[], next: readonly PlanCell[]): CellEdit[] {
  const pairs = matchCells(current, next);
  const edits: CellEdit[] = [];
  let i = 0;
  let j = 0;
  for (const [a, b] of [...pairs, [current.length, next.length] as const]) {
    if (a > i) edits.push({ type: 'delete', index: i, count: a - i });
    // After the cells that go away at this place: the result is the same, and indexes stay simple.
    if (b > j) edits.push({ type: 'insert', index: a, targets: Array.from({ length: b - j }, (_, k) => j + k) });
    const [old, now] = [current[a], next[b]];
    if (old && now) {
      const whole = old.outputs !== now.outputs || old.kind !== now.kind || old.language !== now.language;
      if (whole) edits.push({ type: 'replace', index: a, target: b });
      else if (old.source !== now.source) edits.push({ type: 'source', index: a, target: b });
    }
    i = a + 1;
    j = b + 1;
  }
  return edits.reverse();
}

/** Longest common subsequence of the cells' keys, as pairs of indexes. */
function matchCells(current: readonly PlanCell[], next: readonly PlanCell[]): (readonly [number, number])[] {
  const key = (cell: PlanCell | undefined) => (cell === undefined ? '' : cell.id === undefined ? `source:${cell.kind}:${cell.source}` : `id:${cell.id}`);
  const [n, m] = [current.length, next.length];
  const lengths = Array.from({ length: n + 1 }, () => new Uint16Array(m + 1));
  const at = (i: number, j: number) => lengths[i]?.[j] ?? 0;
  for (let i = n - 1; i >= 0; i--) {
    const row = lengths[i];
    if (!row) continue;
    for (let j = m - 1; j >= 0; j--) row[j] = key(current[i]) === key(next[j]) ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  }
  const pairs: [number, number][] = [];
  for (let i = 0, j = 0; i < n && j < m; ) {
    if (key(current[i]) === key(next[j])) pairs.push([i++, j++]);
    else if (at(i + 1, j) >= at(i, j + 1)) i++;
    else j++;
  }
  return pairs;
}
