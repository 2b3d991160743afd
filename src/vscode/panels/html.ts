import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';

/** Folder of the bundled webview files, the only local files that a webview may load. */
export function webviewRoot(extensionUri: vscode.Uri): vscode.Uri {
  return vscode.Uri.joinPath(extensionUri, 'dist', 'webview');
}

/** Icon of a panel's tab, for light and dark themes. */
export function panelIcon(extensionUri: vscode.Uri): { light: vscode.Uri; dark: vscode.Uri } {
  const icon = (name: string) => vscode.Uri.joinPath(extensionUri, 'media', 'icons', name);
  return { light: icon('podium-light.svg'), dark: icon('podium.svg') };
}

/**
 * The document of a webview: a strict content policy (no inline code, no remote address), one
 * script with a nonce, the bundle's style sheet and the codicons. All content comes by messages.
 */
export function webviewHtml(webview: vscode.Webview, extensionUri: vscode.Uri, bundle: 'runPanel' | 'competitionPage' | 'submissionPage' | 'cataloguePage' | 'standingsPage', title: string): string {
  const nonce = randomBytes(18).toString('base64url');
  const uri = (file: string) => webview.asWebviewUri(vscode.Uri.joinPath(webviewRoot(extensionUri), file)).toString();
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
