import type { VNode } from 'preact';
import type { AttemptView } from '../../../src/protocol/panel';
import { Select } from '../../components/basics';
import type { AttemptDetail } from '../model';
import { DiffBlock } from './codeView';
import { comparedFiles, comparisons } from './compare';
import type { Against, Target } from './compare';
import { scriptsFirst } from './scriptsFirst';

/** What the attempt changed against its parent, or against the best or the baseline. */
export function DiffTab(props: {
  readonly attempt: AttemptView;
  readonly detail: AttemptDetail;
  /** Files of the attempt that it is compared with, once they are known. */
  readonly other: AttemptDetail | undefined;
  readonly targets: readonly Target[];
  readonly against: Against;
  readonly onAgainst: (against: Against) => void;
}): VNode | null {
  const { attempt, detail, targets } = props;
  const target = targets.find((one) => one.against === props.against) ?? targets[0];
  if (!target) return null;
  const files = comparedFiles(detail, target, props.other);
  const changed = files && scriptsFirst(files).filter((file) => file.before !== file.text);
  const choice =
    targets.length > 1 ? (
      <Select
        label="Compare with"
        options={targets.map(({ against, label }) => ({ id: against, label }))}
        value={target.against}
        onChoose={(id) => {
          const chosen = comparisons.find((one) => one === id);
          if (chosen) props.onAgainst(chosen);
        }}
      />
    ) : (
      <b>{target.label}</b>
    );
  return (
    <div>
      {attempt.explanation && target.against === 'parent' ? <p class="explanation">{attempt.explanation}</p> : null}
      {changed === null ? <p class="muted compare-line">Reading the files of #{target.attempt}. {choice}</p> : null}
      {changed?.length === 0 ? <p class="muted compare-line">The files are the same as in {choice}</p> : null}
      {changed?.map((file, index) => (
        <DiffBlock key={file.path} path={file.path} before={file.before} after={file.text} against={index === 0 ? choice : <b>{target.label}</b>} />
      ))}
    </div>
  );
}
