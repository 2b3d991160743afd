import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { ModelServer } from '../../fakes/modelServer';
import { podium } from './support';

const settings = (): vscode.WorkspaceConfiguration => vscode.workspace.getConfiguration();
const set = (key: string, value: string | undefined): Thenable<void> => settings().update(key, value, vscode.ConfigurationTarget.Global);

describe('models', () => {
  afterEach(async () => {
    await set('podium.agent', undefined);
    await set('podium.model.baseUrl', undefined);
  });

  it('of the window: none while the agent is offline, then the chosen one, asked without any key of the environment', async () => {
    const { models } = await podium();
    assert.equal(await models.current(), undefined);
    const server = await ModelServer.start({ turns: [{ text: 'Yes.', usage: [10, 2] }] });
    let news = 0;
    const subscription = models.onDidChange(() => (news += 1));
    process.env['OPENAI_API_KEY'] = 'sk-of-the-environment';
    try {
      await set('podium.model.baseUrl', server.url);
      await set('podium.agent', 'scripted');
      const model = await models.current();
      assert.equal(model?.name, 'scripted');
      assert.deepEqual(model.price, { input: 0, output: 0 }, 'an endpoint of this machine costs nothing');
      const answer = await model.answer({ messages: [{ role: 'user', content: 'Well?' }], tools: [] }, { signal: new AbortController().signal });
      assert.equal(answer.reply.content, 'Yes.');
      assert.doesNotMatch(server.requests[0]?.authorization ?? '', /environment/);
      assert.ok(news >= 2);
    } finally {
      delete process.env['OPENAI_API_KEY'];
      subscription.dispose();
      await server.close();
    }
  });
});
