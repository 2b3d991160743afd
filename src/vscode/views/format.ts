/** Numbers as every surface shows them. Pure: the webviews have the same rules in their own code. */

const minus = '\u2212';

/** A score with 4 decimals; a sign that is U+2212. */
export function formatScore(score: number): string {
  return score.toFixed(4).replace('-', minus);
}

/** A signed change: `+0.0082`, `−0.0055`. */
export function formatChange(change: number): string {
  return `${change < 0 ? minus : '+'}${Math.abs(change).toFixed(4)}`;
}

/** Seconds as `m:ss`, from an hour on as `h:mm:ss`. */
export function formatTime(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (value: number) => String(value).padStart(2, '0');
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** `1 attempt`, `2 attempts`. */
export function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}

/** Text that is safe inside a MarkdownString: markdown and HTML characters lose their meaning. */
export function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_{}[\]()#+\-.!|<>~&$]/g, (char) => (char === '<' ? '&lt;' : char === '>' ? '&gt;' : char === '&' ? '&amp;' : `\\${char}`)).replace(/\s+/g, ' ');
}
