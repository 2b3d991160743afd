/** The webviews outside VS Code, served on the loopback address. */
export function startHarness(options?: { production?: boolean }): Promise<{
  /** Address of a page: `view`, `scene`, `theme`. */
  url(query: Record<string, string>): string;
  stop(): Promise<void>;
}>;
export const views: readonly string[];
