import { render } from 'preact';
import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { CataloguePage, FromCataloguePage, ToCataloguePage } from '../../src/protocol/catalogue';
import { panelProtocolVersion } from '../../src/protocol/panel';
import { Button, ExternalLink, Icon } from '../components/basics';
import { MessageBar, SectionHead } from '../components/parts';
import { formatPlain } from '../shared/format';
import type { Host } from '../shared/host';
import { Markdown } from '../shared/markdown';
import { MetricPane } from '../shared/metricPane';
import { saveIdentity } from '../shared/savedState';

export type CatalogueHost = Host<ToCataloguePage, FromCataloguePage>;

type Post = (message: FromCataloguePage) => void;

function Way({ way, first, post }: { readonly way: CataloguePage['ways'][number]; readonly first: boolean; readonly post: Post }): VNode {
  return (
    <section class="way" aria-label={way.title}>
      <div class="way-head">
        <h3>{way.title}</h3>
        {way.action === null ? null : <Button label={way.action} icon="cloud-download" primary={first} onPress={() => post({ type: 'get', from: way.from })} />}
      </div>
      <Markdown source={way.steps.map((step, index) => `${index + 1}. ${step}`).join('\n')} />
      {way.note ? <p class="muted small">{way.note}</p> : null}
    </section>
  );
}

function Medals({ medals }: { readonly medals: NonNullable<CataloguePage['medals']> }): VNode {
  const rows = [
    ['Gold', medals.gold],
    ['Silver', medals.silver],
    ['Bronze', medals.bronze],
    ['Median', medals.median],
  ] as const;
  return (
    <section class="pane" aria-label="Scores that earn a medal" data-region tabIndex={-1}>
      <SectionHead title="Medals">
        <span class="muted small digits">{`${formatPlain(medals.teams)} teams`}</span>
      </SectionHead>
      <dl class="limits">
        {rows.map(([label, score]) => (
          <div key={label}>
            <dt class="muted">{label}</dt>
            <dd class="digits">{String(Number(score.toPrecision(6))).replace('-', '−')}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function LoadedPage({ host, page }: { readonly host: CatalogueHost; readonly page: CataloguePage }): VNode {
  useEffect(() => saveIdentity(host, { catalogue: page.id }), [host, page.id]);
  const post: Post = (message) => host.post(message);
  const firstWithAction = page.ways.find((way) => way.action !== null)?.from;
  return (
    <main class="page competition">
      <div class="about">
        <header>
          <h1>{page.title}</h1>
          <p class="facts">
            {page.facts.map((fact) => (
              <span key={fact} class="muted">
                {fact}
              </span>
            ))}
            {page.url === null ? null : <ExternalLink href={page.url}>Competition page</ExternalLink>}
          </p>
        </header>
        {page.imported ? (
          <MessageBar tone="info" icon="check" title="It is imported" actions={<Button label="Open competition" primary onPress={() => post({ type: 'openCompetition' })} />}>
            It lies in this workspace and can be played.
          </MessageBar>
        ) : null}
        <section class="pane" aria-label="What is needed to get it" data-region tabIndex={-1}>
          <SectionHead title="Get it" />
          <p class="download">
            <Icon name="database" />
            <span>{page.download}</span>
          </p>
          {page.ways.map((way) => (
            <Way key={way.from} way={way} first={!page.imported && way.from === firstWithAction} post={post} />
          ))}
        </section>
      </div>
      <aside class="facts-column" aria-label="Rules, metric, medals">
        {page.rulesUrl === null ? null : (
          <div class="start">
            <Button label="Open rules" icon="law" onPress={() => post({ type: 'openRules' })} />
          </div>
        )}
        <MetricPane metric={page.metric} />
        {page.medals ? <Medals medals={page.medals} /> : null}
      </aside>
    </main>
  );
}

function Catalogue({ host }: { readonly host: CatalogueHost }): VNode | null {
  const [page, setPage] = useState<CataloguePage | null>(null);
  useEffect(() => {
    const stop = host.onMessage((message) => setPage(message.page));
    host.post({ type: 'ready', version: panelProtocolVersion });
    return stop;
  }, [host]);
  return page ? <LoadedPage host={host} page={page} /> : null;
}

/** Draws the page into an element and keeps it up to date. Returns a function that removes it. */
export function mountCataloguePage(root: Element, host: CatalogueHost): () => void {
  render(<Catalogue host={host} />, root);
  return () => render(null, root);
}
