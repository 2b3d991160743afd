// Runs inside the extension host as its "test module": a small loopback server through which a
// browser test asks for API facts. `run()` stays pending until the test says it is finished.
const { createServer } = require('node:http');
const { writeFileSync } = require('node:fs');
const vscode = require('vscode');

exports.run = () =>
  new Promise((resolve) => {
    const token = process.env.PODIUM_EVALUATOR_TOKEN;
    const server = createServer((request, response) => {
      const chunks = [];
      request.on('data', (chunk) => chunks.push(chunk));
      request.on('end', async () => {
        if (request.headers.authorization !== `Bearer ${token}`) {
          response.writeHead(403).end();
          return;
        }
        if (request.url === '/finish') {
          response.end('{}');
          server.close();
          resolve();
          return;
        }
        try {
          const { source, argument } = JSON.parse(Buffer.concat(chunks).toString('utf8'));
          const value = await new Function('vscode', 'argument', `return (${source})(vscode, argument)`)(vscode, argument);
          response.end(JSON.stringify({ value: value ?? null }));
        } catch (error) {
          response.end(JSON.stringify({ error: error instanceof Error ? error.stack : String(error) }));
        }
      });
    });
    server.listen(0, '127.0.0.1', () => writeFileSync(process.env.PODIUM_EVALUATOR_FILE, String(server.address().port)));
  });
