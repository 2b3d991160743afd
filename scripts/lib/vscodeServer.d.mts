export interface VscodeServer {
  readonly port: number;
  readonly url: string;
  readonly dataFolder: string;
  log(): string;
  stop(): Promise<void>;
}
export function ensureVscodeServer(): Promise<{ node: string; server: string }>;
export function startVscodeServer(options?: {
  developer?: boolean;
  trusted?: boolean;
  settings?: Record<string, unknown>;
  env?: Record<string, string>;
  dataFolder?: string;
  vsix?: string | string[];
  extensions?: readonly string[];
}): Promise<VscodeServer>;
