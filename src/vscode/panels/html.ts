import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';

type Bundle = 'runPanel' | 'competitionPage' | 'submissionPage' | 'cataloguePage' | 'standingsPage';

/** Draws a view in a panel, new or restored. Whoever listens to its messages has to do so before. */
export function drawPanel(panel: vscode.WebviewPanel, extensionUri: vscode.Uri, bundle: Bundle): void {
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
