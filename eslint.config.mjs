// @ts-check
import tseslint from 'typescript-eslint';

/**
 * The layer rule: core → nothing; protocol → core; node → core, protocol; webview → protocol;
 * vscode and cli → everything. `test/unit/layers.test.ts` checks the same on the bundles.
 */
const forbid = (files, patterns, message) => ({
  files,
  rules: { 'no-restricted-imports': ['error', { patterns: [{ regex: patterns, message }] }] },
});

export default tseslint.config(
  { ignores: ['dist/**', 'node_modules/**', 'media/**', '**/*.mjs', '**/*.cjs', '.podium/**', 'test-results/**'] },
  ...tseslint.configs.recommended,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: false }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'no-console': 'error',
      'no-restricted-syntax': [
        'error',
        {
          selector: 'ImportDeclaration[source.value="zod"] ImportSpecifier[imported.name="z"]',
          message: "import * as z from 'zod': the object `z` holds the messages of fifty languages, 350 kB in every bundle",
        },
      ],
      complexity: ['error', 20],
      'max-lines': ['warn', { max: 500, skipBlankLines: true, skipComments: true }],
    },
  },
  forbid(
    ['src/core/**'],
    '^(vscode|node:|fs$|path$|crypto$|os$|child_process$|dockerode|openai|@vscode/)|/(node|vscode|cli|protocol)/',
    'core is pure: declare a port here and implement it in src/node or src/vscode',
  ),
  forbid(['src/protocol/**'], '^(vscode|node:|dockerode|openai)|/(node|vscode|cli)/', 'protocol holds types and zod schemas only'),
  forbid(['src/node/**'], '^vscode$|/(vscode|cli)/', 'src/node must run without VS Code'),
  forbid(['src/cli/**'], '^vscode$|/vscode/', 'the CLI must run without VS Code'),
  forbid(['webview/**'], '^(vscode|node:|dockerode|openai)|/src/(node|vscode|cli)/|/src/core/', 'a webview imports src/protocol only'),
  {
    files: ['webview/**'],
    ignores: ['webview/components/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            { regex: '@vscode/webview-ui-toolkit', message: 'use the components in webview/components' },
            { regex: '^(vscode|node:|dockerode|openai)|/src/(node|vscode|cli)/|/src/core/', message: 'a webview imports src/protocol only' },
          ],
        },
      ],
    },
  },
  { files: ['src/cli/**', 'test/**', 'bench/**'], rules: { 'no-console': 'off' } },
);
