/** Shapes that keys of well-known endpoints have, also when an endpoint echoes one in part. */
const keyShapes = /\b(?:sk|pk|rk|gsk|xai|or|hf)[-_][A-Za-z0-9_*.-]{6,}|\bBearer\s+\S+/gi;

/** A text from outside without secrets, on one line and short, for messages and logs. */
export function redact(text: string, secrets: readonly (string | undefined)[], max = 300): string {
  let clean = text;
  for (const secret of secrets) if (secret) clean = clean.split(secret).join('[key]');
  // Before it is cut: half a key must not stay at the end.
  clean = clean.replace(keyShapes, '[key]').replace(/\s+/g, ' ').trim();
  return clean.length > max ? `${clean.slice(0, max)}…` : clean;
}
