/** The ways on which the embeddings reach what is explained: straight, through one component, through two. */
import { useSignal } from '@preact/signals';
import { PathsDocument } from '../../../client/generated/graphql.ts';
import { componentName } from '../../format/component.ts';
import { methodName, methodOf } from '../../format/method.ts';
import { targetWords } from '../../format/target.ts';
import { quoted } from '../../format/token.ts';
import { Balance } from '../../parts/balance.tsx';
import { useLatest } from '../../parts/latest.ts';
import { Notice, ProblemNotice } from '../../parts/notice.tsx';
import { Panel } from '../../parts/panel.tsx';
import { Ranked } from '../../parts/ranked.tsx';
import { rankedPicture } from '../../parts/ranked-picture.ts';
import type { Handle } from '../../parts/ranking.ts';
import { Unfinished, WithoutFigures } from '../../parts/unavailable.tsx';
import { pin, pinned } from '../../state/selection.ts';
import type { ViewProps } from '../view.ts';
import { type PathRow, pathCaption, pathName, pathRows, pathTables, pathTerms } from './paths.ts';
import './paths.css';

const frame = { name: 'paths', title: 'Paths' };
/** As many as the schema allows. */
const mostOfAll = 1000;

export function PathsView({ explanation }: ViewProps) {
  const most = useSignal(20);
  const { attribution, question } = explanation;
  const completed = attribution.completed.value;
  const chosen = completed?.tokens.find(({ token }) => token.position === pinned.value.position);
  const asked = { first: most.value, ...(chosen && { from: chosen.token.position }) };
  const { answer, answered, detail } = useLatest(explanation.detail(PathsDocument, asked), asked);
  if (!completed)
    return (
      <Panel {...frame}>
        <Unfinished explanation={explanation} what="The paths" />
      </Panel>
    );
  if (detail.status === 'failed')
    return (
      <Panel {...frame}>
        <ProblemNotice problem={detail.problem} again={detail.again} />
      </Panel>
    );
  if (!answer)
    return (
      <Panel {...frame}>
        <Notice kind="waiting">Expanding the paths …</Notice>
      </Panel>
    );
  if (!answer.paths)
    return (
      <Panel {...frame}>
        <WithoutFigures explanation={explanation}>
          Only {methodName('FROZEN')} has paths: it alone is linear in the embeddings. This is{' '}
          {methodName(methodOf(question))}.
        </WithoutFigures>
      </Panel>
    );
  const { paths, bias, audit } = answer;
  const words = targetWords(completed.target);
  const rows = pathRows(paths, answered.first);
  const from = completed.tokens.find(({ token }) => token.position === answered.from);
  const begin = from ? quoted(from.token) : 'all tokens';
  const end = words.value.replace(' difference', '');
  const terms = pathTerms(
    paths,
    from
      ? []
      : [
          { name: 'biases, no path', value: bias },
          { name: 'intercept', value: completed.intercept },
        ],
  );
  const whole = from ? { name: `score of ${begin}`, value: from.score } : { name: words.value, value: audit.logit };
  return (
    <Panel
      {...frame}
      caption={pathCaption(rows, paths, begin, words)}
      controls={
        chosen ? (
          <button type="button" onClick={() => pin({ position: chosen.token.position })}>
            From {quoted(chosen.token)} ({chosen.token.position}) alone ✕
          </button>
        ) : (
          <span class="hint">from all tokens; choose one to see its own</span>
        )
      }
      takeaway={{
        name: 'paths',
        picture: (palette) =>
          rankedPicture(
            rows.map((row) => ({ name: pathName(row, 'embedding', words.value), value: row.score })),
            { title: `Paths from ${begin} to ${words.name}`, heading: `score (${words.unit})`, palette },
          ),
        tables: () => pathTables(rows, terms, words.unit),
        asked: () => [{ document: PathsDocument, variables: { input: question, ...answered } }],
      }}
    >
      <div class={detail.status === 'ready' ? undefined : 'stale'} aria-busy={detail.status !== 'ready'}>
        <Balance bars terms={terms} whole={whole} tolerance={audit.tolerance} />
        <Ranked
          label={`The ${rows.length} strongest paths through at most two parts`}
          rows={rows}
          by="score"
          heading="path (layer.head, or MLP of a layer)"
          handles={(row) => chips(row, end)}
          keyOf={(row) => pathName(row, 'embedding', 'logit')}
          columns={[{ name: 'score', title: `score (${words.unit})`, of: ({ score }) => score, bar: true }]}
        />
      </div>
      <p class="more">
        <button
          type="button"
          disabled={detail.status !== 'ready' || most.value >= mostOfAll || rows.length < most.value}
          onClick={() => {
            most.value = Math.min(mostOfAll, most.value * 2);
          }}
        >
          {detail.status === 'ready' ? 'Show more' : 'Expanding …'}
        </button>{' '}
        The {rows.length} strongest of all paths through at most two parts.
      </p>
    </Panel>
  );
}

function chips({ components }: PathRow, end: string): Handle[] {
  const through = components.map((component): Handle => {
    const { layer, head } = component;
    return { label: componentName(layer, head), selection: { layer, ...(head !== null && { head }) } };
  });
  return [{ label: 'embedding' }, ...through, { label: end }];
}
