/**
 * Text of a notification in which nothing is a link. The editor makes links of `[words](address)`,
 * and an address may be a command; the text may come from a model, an endpoint or a competition.
 */
export const withoutLinks = (text: string): string => text.replaceAll('](', '] (');
