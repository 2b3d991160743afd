/** The value of a JSON text; undefined when it is none, for texts whose reader says itself what is wrong. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
