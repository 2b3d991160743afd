import { render } from 'preact';
import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { panelProtocolVersion } from '../../src/protocol/panel';
import type { FromSubmissionPage, Problem, SubmissionCheck, ToSubmissionPage } from '../../src/protocol/submission';
import { ActionLink, Button, Icon } from '../components/basics';
import { MessageBar, Skeleton } from '../components/parts';
import { counted, decimalsFor, directionWords, formatChange, formatError, formatScore, formatTime, ordinal } from '../shared/format';
import type { Host } from '../shared/host';
import { firstLine, Problems } from '../shared/problems';
import { saveIdentity } from '../shared/savedState';
import { standingAmong } from '../shared/standing';

export type SubmissionPageHost = Host<ToSubmissionPage, FromSubmissionPage>;

type Post = (message: FromSubmissionPage) => void;

/** `submission.csv was not graded: 3 errors, 1 warning`. */
function headline({ file, errors, warnings }: SubmissionCheck): string {
  const counts = [...(errors.length > 0 ? [counted(errors.length, 'error')] : []), ...(warnings.length > 0 ? [counted(warnings.length, 'warning')] : [])];
  return `${file} was not graded: ${counts.join(', ')}`;
}

function callWords({ calls }: SubmissionCheck): string {
  return `No graded call was used.${calls ? ` ${calls.left} of ${calls.of} left.` : ''}`;
}

/** The score of a valid file, with its doubt and its place. */
function Verdict({ check, score }: { readonly check: SubmissionCheck; readonly score: NonNullable<SubmissionCheck['public']> }): VNode {
  const { competition } = check;
  const decimals = decimalsFor([score.score]);
  const standing = standingAmong({ competition }, 'public', score);
  const next = standing?.next;
  return (
    <section class="strip verdict" aria-label="Score">
      <div class="best">
        <div class="k">Public score, {competition.metricLabel}</div>
        <div class="v">
          <b>{formatScore(score.score, decimals)}</b>
          <span class="muted">{formatError(score.se, decimals)}</span>
        </div>
        <div class="s">
          {standing ? `${ordinal(standing.place)} of ${standing.of}` : directionWords(competition.direction)}
          {next ? (
            <>
              , <span class="full-strength">{formatChange(next.distance, decimals)}</span> to {ordinal(next.place)}
              {next.withinNoise ? ', within noise' : ''}
            </>
          ) : null}
        </div>
      </div>
    </section>
  );
}

/** What one problem's certain repairs do, each to be pressed alone. */
function fixLinks(check: SubmissionCheck, post: Post): (problem: Problem) => VNode | null {
  return (problem) => {
    const fixes = check.fixes.filter((fix) => fix.code === problem.code && (fix.column === undefined || problem.column === undefined || fix.column === problem.column));
    if (fixes.length === 0) return null;
    return (
      <div class="fix-links">
        {fixes.map((fix) => (
          <ActionLink key={fix.label} onPress={() => post({ type: 'fix', kinds: [fix.kind] })}>
            {fix.label}
          </ActionLink>
        ))}
      </div>
    );
  };
}

function Repaired({ check, post }: { readonly check: SubmissionCheck; readonly post: Post }): VNode | null {
  if (check.repaired.length === 0) return null;
  return (
    <MessageBar tone="info" icon="lightbulb" title={`${check.file} was changed`} actions={<Button label="Undo" icon="discard" onPress={() => post({ type: 'undoFix' })} />}>
      <ul class="missed">
        {check.repaired.map((label) => (
          <li key={label}>{label}</li>
        ))}
      </ul>
    </MessageBar>
  );
}

function Page({ check, checking, post }: { readonly check: SubmissionCheck; readonly checking: boolean; readonly post: Post }): VNode {
  const { errors, warnings, competition } = check;
  const line = firstLine(errors, warnings);
  const fixable = check.fixes.length;
  return (
    <main class="page submission" aria-busy={checking}>
      <header class="head">
        <div class="head-words title">
          <h1>{competition.title}</h1>
          <span class="muted small">{checking ? `checking ${check.file}` : `${check.file}, checked in ${formatTime(Math.max(1, check.seconds))}`}</span>
        </div>
        <div class="head-actions">
          <Button label={check.again} icon="refresh" disabled={checking} onPress={() => post({ type: 'checkAgain' })} />
        </div>
      </header>
      {check.valid ? (
        <>
          <p class="valid">
            <Icon name="pass" class="passed-mark" />
            <b>{check.file} is valid</b>
          </p>
          {check.kept === null ? null : <p class="muted">{`Run ${check.kept} keeps public scores back until it has ended.`}</p>}
          {check.public ? <Verdict check={check} score={check.public} /> : null}
        </>
      ) : (
        <MessageBar tone="error" icon="error" title={headline(check)}>
          {callWords(check)}
        </MessageBar>
      )}
      <Repaired check={check} post={post} />
      {errors.length + warnings.length > 0 ? (
        <Problems errors={errors} warnings={warnings} onLine={(at) => post({ type: 'open', line: at })} fixFor={fixLinks(check, post)} />
      ) : null}
      <div class="actions">
        {fixable > 0 ? (
          <Button label={`Fix all that are certain (${fixable})`} icon="lightbulb" primary disabled={checking} onPress={() => post({ type: 'fix' })} />
        ) : null}
        <Button label={line === undefined ? `Open ${check.file}` : `Open at line ${line}`} onPress={() => post({ type: 'open', ...(line === undefined ? {} : { line }) })} />
      </div>
      <div class="spoken" aria-live="polite">
        {checking ? 'Checking' : check.valid ? `${check.file} is valid.` : `${headline(check)}.`}
      </div>
    </main>
  );
}

function SubmissionPage({ host }: { readonly host: SubmissionPageHost }): VNode | null {
  const [check, setCheck] = useState<SubmissionCheck | null>(null);
  const [checking, setChecking] = useState(false);
  useEffect(() => {
    const stop = host.onMessage((message) => {
      setChecking(message.type === 'checking');
      if (message.type !== 'check') return;
      setCheck(message.check);
      saveIdentity(host, { path: message.check.path, competition: message.check.competition.id });
    });
    host.post({ type: 'ready', version: panelProtocolVersion });
    return stop;
  }, [host]);
  if (!check) return checking ? <main class="page"><Skeleton spoken="Checking the submission" rows={3} /></main> : null;
  return <Page check={check} checking={checking} post={(message) => host.post(message)} />;
}

/** Draws the page into an element and keeps it up to date. Returns a function that removes it. */
export function mountSubmissionPage(root: Element, host: SubmissionPageHost): () => void {
  render(<SubmissionPage host={host} />, root);
  return () => render(null, root);
}
