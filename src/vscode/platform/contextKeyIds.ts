/**
 * Context keys that the extension sets, with type and value before it has set them. Every
 * `podium.*` key in a `when` or `enablement` of package.json is in this list (see the manifest
 * test). Only ContextKeys sets them.
 */
export const contextKeyDefaults = {
  /** The extension is active and its commands can act. */
  'podium.active': false,
  /** What the container engine answered: '' = not asked yet. */
  'podium.engine': '' as '' | 'ready' | 'no_engine' | 'engine_stopped' | 'permission_denied' | 'unusable',
  /** Whether the local sandbox can run code: '' = not asked yet. */
  'podium.local': '' as '' | 'ready' | 'unusable',
  /** A run goes on or waits (whatever is not ended). */
  'podium.hasActiveRun': false,
  /** A run goes on whose agent reads instructions. */
  'podium.canInstruct': false,
  'podium.hasPausedRun': false,
  'podium.hasInterruptedRun': false,
  /** A run waits because its model refuses the key. */
  'podium.hasStuckModel': false,
  /** The workspace holds at least one run. */
  'podium.hasRuns': false,
  /** A run waits until the person allows or refuses what its agent asks for. */
  'podium.approvalWaiting': false,
  /** An edit of the agent waits for accept or reject. */
  'podium.editWaiting': false,
  /** The file in front has changes of the agent that wait. */
  'podium.fileEditWaiting': false,
  /** An applied edit of the agent can be undone. */
  'podium.canUndoStep': false,
  /** A submission file was checked in this window. */
  'podium.submissionChecked': false,
  /** The catalogue in the Competitions view is filtered. */
  'podium.catalogueFiltered': false,
  /** Folders of the benches in the workspace, for `resourceDirname in podium.benchFolders`. */
  'podium.benchFolders': [] as readonly string[],
} as const;

export type ContextKey = keyof typeof contextKeyDefaults;
type Widen<T> = T extends boolean ? boolean : T;
export type ContextValue<K extends ContextKey> = Widen<(typeof contextKeyDefaults)[K]>;
export const contextKeys = Object.keys(contextKeyDefaults) as ContextKey[];
