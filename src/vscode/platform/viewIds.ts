/** Ids of views and webview panels; the first two are contributed in package.json. */
export const viewIds = { competitions: 'podium.competitions', runs: 'podium.runs' } as const;
export const panelTypes = { run: 'podium.runPanel', competition: 'podium.competitionPage', submission: 'podium.submissionPage', catalogue: 'podium.cataloguePage', standings: 'podium.standingsPage' } as const;
/** Scheme of the virtual side of an edit that waits for review. */
export const editScheme = 'podium-edit';
/** Scheme of code as a model proposes it for the file in front. */
export const proposalScheme = 'podium-proposal';
