/**
 * Every command of the extension. `contributes.commands` in package.json holds the same ids;
 * test/unit/vscode/manifest.test.ts compares both. Only CommandManager registers commands.
 */
export const commandIds = [
  'podium.acceptEdit',
  'podium.attachAgain',
  'podium.changeDefaults',
  'podium.checkEngine',
  'podium.chooseGpu',
  'podium.cleanUp',
  'podium.copyScore',
  'podium.doctor',
  'podium.gradeFile',
  'podium.instruct',
  'podium.newRun',
  'podium.openAttempt',
  'podium.openCompetition',
  'podium.openNotebook',
  'podium.openRunPanel',
  'podium.openScript',
  'podium.openSubmission',
  'podium.pauseRun',
  'podium.refresh',
  'podium.rejectEdit',
  'podium.resumeFromJournal',
  'podium.resumeRun',
  'podium.revealPrivate',
  'podium.reviewEdits',
  'podium.runActions',
  'podium.runOnCpu',
  'podium.showLog',
  'podium.startAlone',
  'podium.startWithAgent',
  'podium.stopRun',
  'podium.submitFile',
  'podium.suggestHere',
  'podium.toggleSuggestions',
  'podium.undoAgentStep',
  'podium.useLocalSandbox',
] as const;

export type CommandId = (typeof commandIds)[number];
