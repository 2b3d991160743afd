/** Names of `candidates` that a person may have meant by `name`: same but for case or spaces, or a typing slip away. */
export function nearMatches(name: string, candidates: readonly string[]): string[] {
  const plain = (text: string): string => text.trim().toLowerCase().replace(/[\s_-]+/g, '');
  const close = candidates.filter((candidate) => Math.abs(candidate.length - name.length) < 50).filter((candidate) => plain(candidate) === plain(name) || editDistance(plain(candidate), plain(name)) <= slips(name));
  return close.slice(0, 3);
}

const slips = (name: string): number => (name.length < 4 ? 0 : name.length < 8 ? 1 : 2);

/** Levenshtein distance over UTF-16 units; names are short. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      current[j] = Math.min(previous[j]! + 1, current[j - 1]! + 1, previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    previous = current;
  }
  return previous[b.length]!;
}
