import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { commandIds } from '../../../src/vscode/platform/commandIds';
import { contextKeyDefaults } from '../../../src/vscode/platform/contextKeyIds';
import { restrictedSettings, settingTable } from '../../../src/vscode/platform/settingIds';
import { editScheme, panelTypes, viewIds } from '../../../src/vscode/platform/viewIds';

const root = resolve(import.meta.dirname, '..', '..', '..');
const menuItem = z.object({ command: z.string(), when: z.string().optional(), group: z.string().optional() });
const manifest = z
  .object({
    icon: z.string(),
    activationEvents: z.array(z.string()),
    capabilities: z.object({ untrustedWorkspaces: z.object({ supported: z.literal('limited'), restrictedConfigurations: z.array(z.string()) }) }),
    contributes: z.object({
      commands: z.array(z.object({ command: z.string(), title: z.string(), category: z.string(), icon: z.string().optional(), enablement: z.string().optional() })),
      configuration: z.object({
        properties: z.record(z.string(), z.object({ default: z.json(), scope: z.string(), markdownDescription: z.string().min(1), order: z.number(), enum: z.array(z.string()).optional(), enumDescriptions: z.array(z.string()).optional() })),
      }),
      views: z.object({ podium: z.array(z.object({ id: z.string(), name: z.string(), icon: z.string() })) }),
      viewsContainers: z.object({ activitybar: z.array(z.object({ id: z.string(), icon: z.string() })) }),
      viewsWelcome: z.array(z.object({ view: z.string(), contents: z.string(), when: z.string() })),
      menus: z.record(z.string(), z.array(menuItem)),
      keybindings: z.array(z.object({ command: z.string(), key: z.string(), mac: z.string(), when: z.string() })),
      walkthroughs: z.array(z.object({ steps: z.array(z.object({ description: z.string(), media: z.object({ markdown: z.string() }), completionEvents: z.array(z.string()) })) })),
    }),
  })
  .parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')));
const { contributes } = manifest;
const { menus } = contributes;

/** Every condition of the manifest, with where it stands. */
const conditions = [
  ...contributes.commands.map((command) => [command.command, command.enablement] as const),
  ...Object.entries(menus).flatMap(([menu, items]) => items.map((item) => [`${menu} ${item.command}`, item.when] as const)),
  ...contributes.viewsWelcome.map((welcome) => [welcome.contents.slice(0, 30), welcome.when] as const),
  ...contributes.keybindings.map((binding) => [binding.key, binding.when] as const),
].flatMap(([where, when]) => (when === undefined ? [] : [{ where, when }]));

function sources(folder: string): string {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
    .join('\n');
}
const code = sources(join(root, 'src', 'vscode'));

describe('commands', () => {
  it('are the same in package.json and in the typed list', () => {
    expect(contributes.commands.map((command) => command.command).sort()).toEqual([...commandIds].sort());
  });

  it('have the category and no product name in the title', () => {
    for (const { category, title } of contributes.commands) {
      expect(category).toBe('Podium');
      expect(title).not.toMatch(/podium/i);
    }
  });

  it('are each registered exactly once', () => {
    for (const id of commandIds) expect(code.split(`register('${id}'`).length - 1, id).toBe(1);
  });

  it('can be reached: none is hidden from the palette for ever', () => {
    const hidden = new Set((menus['commandPalette'] ?? []).filter((item) => item.when === 'false').map((item) => item.command));
    for (const id of commandIds) {
      const elsewhere = Object.entries(menus).some(([menu, items]) => menu !== 'commandPalette' && items.some((item) => item.command === id));
      expect(!hidden.has(id) || elsewhere, id).toBe(true);
    }
  });

  it('named by menus, keys, links and the walkthrough exist', () => {
    const known = new Set<string>(commandIds);
    const named = [
      ...Object.values(menus).flatMap((items) => items.map((item) => item.command)),
      ...contributes.keybindings.map((binding) => binding.command),
      ...[...contributes.viewsWelcome.map((welcome) => welcome.contents), ...contributes.walkthroughs.flatMap((one) => one.steps.map((step) => step.description))].flatMap((text) =>
        [...text.matchAll(/command:([\w.]+)/g)].map((match) => match[1] ?? ''),
      ),
      ...contributes.walkthroughs.flatMap((one) => one.steps.flatMap((step) => step.completionEvents.flatMap((event) => (event.startsWith('onCommand:') ? [event.slice(10)] : [])))),
    ].filter((id) => id.startsWith('podium.') && !id.endsWith('.focus'));
    for (const id of named) expect(known.has(id), id).toBe(true);
  });

  it('shown inline or in a title bar have an icon', () => {
    const icons = new Map(contributes.commands.map((command) => [command.command, command.icon]));
    for (const [menu, items] of Object.entries(menus)) {
      for (const item of items) {
        if (/^(inline|navigation)/.test(item.group ?? '')) expect(icons.get(item.command), `${menu} ${item.command}`).toMatch(/^\$\([\w-]+\)$/);
      }
    }
  });
});

describe('settings', () => {
  it('are the same in package.json and in the typed list', () => {
    expect(Object.keys(contributes.configuration.properties).sort()).toEqual(Object.keys(settingTable).sort());
  });

  it.each(Object.entries(settingTable))('%s has the same scope and default, and the default fits its schema', (key, entry) => {
    const property = contributes.configuration.properties[key];
    expect(property?.scope).toBe(entry.scope);
    expect(property?.default).toEqual(entry.default);
    expect(entry.schema.safeParse(entry.default).success).toBe(true);
  });

  it('have a description for every choice', () => {
    for (const [key, property] of Object.entries(contributes.configuration.properties)) {
      if (property.enum) expect(property.enumDescriptions?.length, key).toBe(property.enum.length);
    }
  });

  it('that become command lines, images or addresses do not count in an untrusted workspace', () => {
    expect([...manifest.capabilities.untrustedWorkspaces.restrictedConfigurations].sort()).toEqual([...restrictedSettings].sort());
  });
});

describe('conditions', () => {
  it('name only context keys of the typed list', () => {
    const known = new Set([...Object.keys(contextKeyDefaults), ...Object.values(viewIds), ...Object.values(panelTypes), ...Object.keys(settingTable).map((key) => `config.${key}`)]);
    for (const { where, when } of conditions) {
      for (const [key] of when.matchAll(/(?:config\.)?podium\.[\w.]+/g)) expect(known.has(key), `${where}: ${key}`).toBe(true);
    }
  });

  it('use every context key of the typed list, and the code sets each', () => {
    for (const key of Object.keys(contextKeyDefaults)) {
      expect(conditions.some(({ when }) => when.includes(key)), key).toBe(true);
      expect(code.includes(`set('${key}'`), key).toBe(true);
    }
  });
});

describe('views and panels', () => {
  it('are the same in package.json and in the typed list', () => {
    expect(contributes.views.podium.map((view) => view.id).sort()).toEqual(Object.values(viewIds).sort());
    for (const welcome of contributes.viewsWelcome) expect(Object.values(viewIds)).toContain(welcome.view);
  });

  it('are activated when they are restored', () => {
    for (const type of Object.values(panelTypes)) expect(manifest.activationEvents).toContain(`onWebviewPanel:${type}`);
    expect(manifest.activationEvents).toContain(`onFileSystem:${editScheme}`);
  });

  it('never activate at start-up or for a language', () => {
    for (const event of manifest.activationEvents) expect(event).not.toMatch(/^(\*|onStartupFinished|onLanguage)/);
  });
});

describe('files', () => {
  it('named by the manifest exist', () => {
    const files = [manifest.icon, ...contributes.viewsContainers.activitybar.map((one) => one.icon), ...contributes.walkthroughs.flatMap((one) => one.steps.map((step) => step.media.markdown))];
    for (const file of files) expect(existsSync(join(root, file)), file).toBe(true);
  });

  it('have an icon of 128 pixels', () => {
    const bytes = readFileSync(join(root, manifest.icon));
    expect([bytes.readUInt32BE(16), bytes.readUInt32BE(20)]).toEqual([128, 128]);
  });
});

describe('the managers', () => {
  it('alone touch commands, context keys, settings, mementos and secrets', () => {
    const allowed: Record<string, string | readonly string[]> = {
      'vscode.commands.registerCommand': 'platform/commandManager.ts',
      "'setContext'": 'platform/contextKeys.ts',
      'vscode.workspace.getConfiguration': 'platform/settings.ts',
      'this.memento.': 'platform/storage.ts',
      'context.secrets': 'container.ts',
      'this.secrets.': ['models/modelKeys.ts', 'kaggle/kaggleAccess.ts'],
    };
    const folder = join(root, 'src', 'vscode');
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath, entry.name);
      const text = readFileSync(path, 'utf8');
      for (const [call, owner] of Object.entries(allowed)) if (![owner].flat().some((one) => path.endsWith(one))) expect(text.includes(call), `${path}: ${call}`).toBe(false);
    }
  });
});
