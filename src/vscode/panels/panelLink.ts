import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import type * as z from 'zod';
import type { Failures } from '../platform/failures';

type Bundle = 'runPanel' | 'competitionPage' | 'submissionPage' | 'cataloguePage' | 'standingsPage';

interface LinkOptions<In> {
  readonly extensionUri: vscode.Uri;
  readonly bundle: Bundle;
  readonly schema: z.ZodType<In>;
  readonly failures: Failures;
  /** What a person would call the panel, for the log. */
  readonly name: string;
  readonly receive: (message: In) => void;
}

/**
 * The host's end of a panel's view: draws it, checks what it says, and sends only while it can hear. The
 * document of a hidden panel is torn down; the new one says `ready` and is told everything again.
 */
export class PanelLink<In, Out> implements vscode.Disposable {
  private heard = false;
  private readonly subscriptions: vscode.Disposable[];

  constructor(
    private readonly panel: vscode.WebviewPanel,
    options: LinkOptions<In>,
  ) {
    this.subscriptions = [
      panel.webview.onDidReceiveMessage((raw: unknown) => {
        const parsed = options.schema.safeParse(raw);
        if (!parsed.success) return options.failures.record(parsed.error, `${options.name} sent a message that does not fit`);
        // Who speaks can hear.
        this.heard = true;
        options.receive(parsed.data);
      }),
      panel.onDidChangeViewState(() => {
        if (!panel.visible) this.heard = false;
      }),
    ];
    drawPanel(panel, options.extensionUri, options.bundle);
  }

  /** Whether the view has its document, which can hear. */
  get isReady(): boolean {
    return this.heard;
  }

  /** A view that is not ready gets nothing: it will ask. */
  post(message: Out): void {
    if (this.heard) void this.panel.webview.postMessage(message);
  }

  dispose(): void {
    this.heard = false;
    for (const subscription of this.subscriptions) subscription.dispose();
  }
}

function drawPanel(panel: vscode.WebviewPanel, extensionUri: vscode.Uri, bundle: Bundle): void {
  const icon = (name: string) => vscode.Uri.joinPath(extensionUri, 'media', 'icons', name);
  // The bundled webview files are the only local ones that a webview may load.
  const root = vscode.Uri.joinPath(extensionUri, 'dist', 'webview');
  panel.iconPath = { light: icon('podium-light.svg'), dark: icon('podium.svg') };
  panel.webview.options = { enableScripts: true, localResourceRoots: [root] };
  panel.webview.html = documentOf(panel.webview, root, bundle, panel.title);
}

/**
 * The document of a webview: a strict content policy (no inline code, no remote address), one
 * script with a nonce, the bundle's style sheet and the codicons. All content comes by messages.
 */
function documentOf(webview: vscode.Webview, root: vscode.Uri, bundle: Bundle, title: string): string {
  const nonce = randomBytes(18).toString('base64url');
  const uri = (file: string) => webview.asWebviewUri(vscode.Uri.joinPath(root, file)).toString();
  const policy = [
    `default-src 'none'`,
    `script-src 'nonce-${nonce}'`,
    // The hash is the empty sheet's: the toolkit adds one to learn whether :focus-visible is known.
    `style-src ${webview.cspSource} 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='`,
    `font-src ${webview.cspSource}`,
    `img-src ${webview.cspSource} data:`,
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>${title.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`)}</title>
<link rel="stylesheet" href="${uri('codicon.css')}">
<link rel="stylesheet" href="${uri(`${bundle}.css`)}">
</head>
<body>
<div id="root"></div>
<script nonce="${nonce}" src="${uri(`${bundle}.js`)}"></script>
</body>
</html>`;
}
