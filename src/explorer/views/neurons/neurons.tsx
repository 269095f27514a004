/** The MLP neurons that contribute most, of all layers. */
import { useSignal } from '@preact/signals';
import { NeuronsDocument } from '../../../client/generated/graphql.ts';
import { throughLayers, tokensAlone } from '../../format/method.ts';
import { targetWords } from '../../format/target.ts';
import { visible } from '../../format/token.ts';
import { useLatest } from '../../parts/latest.ts';
import { Notice, ProblemNotice } from '../../parts/notice.tsx';
import { Panel } from '../../parts/panel.tsx';
import { Ranked } from '../../parts/ranked.tsx';
import { rankedPicture } from '../../parts/ranked-picture.ts';
import { TokenText } from '../../parts/token.tsx';
import { Unfinished, WithoutFigures } from '../../parts/unavailable.tsx';
import { pinned } from '../../state/selection.ts';
import type { ViewProps } from '../view.ts';
import { type NeuronRow, neuronCaption, neuronName, neuronRows, neuronTable, strongest } from './neurons.ts';
import './neurons.css';

const frame = { name: 'neurons', title: 'Neurons' };
/** As many as the schema allows. */
const mostOfAll = 1000;

export function NeuronsView({ explanation }: ViewProps) {
  const most = useSignal(20);
  const isNarrowed = useSignal(false);
  const { attribution, question } = explanation;
  const asked = { first: most.value };
  const { answer, detail } = useLatest(explanation.detail(NeuronsDocument, asked), asked);
  const completed = attribution.completed.value;
  if (!completed)
    return (
      <Panel {...frame}>
        <Unfinished explanation={explanation} what="The neurons" />
      </Panel>
    );
  if (!answer)
    return (
      <Panel {...frame}>
        {detail.status === 'failed' ? (
          <ProblemNotice problem={detail.problem} again={detail.again} />
        ) : (
          <Notice kind="waiting">Ranking the neurons …</Notice>
        )}
      </Panel>
    );
  if (!answer.layers)
    return (
      <Panel {...frame}>
        <WithoutFigures explanation={explanation}>
          {tokensAlone(question)} What neurons contribute is told by {throughLayers}.
        </WithoutFigures>
      </Panel>
    );
  const all = neuronRows(answer.layers);
  if (!all)
    return (
      <Panel {...frame}>
        <Notice kind="empty">This model has no MLPs, and so no neurons: attention writes everything.</Notice>
      </Panel>
    );
  const tokens = completed.tokens.map(({ token }) => token);
  const isChosen = pinned.value.layer !== undefined || pinned.value.position !== undefined;
  const only = isNarrowed.value && isChosen ? pinned.value : undefined;
  const shown = strongest(all, most.value, only);
  const words = targetWords(answer.target);
  const caption = neuronCaption(shown, tokens, words);
  return (
    <Panel
      {...frame}
      caption={caption}
      controls={
        <label class="narrow" title={isChosen ? undefined : 'Choose a layer or a position in any view'}>
          <input
            type="checkbox"
            checked={isNarrowed.value}
            disabled={!isChosen}
            onChange={({ currentTarget }) => {
              isNarrowed.value = currentTarget.checked;
            }}
          />{' '}
          only {whatIs(pinned.value) || 'what is chosen'}
        </label>
      }
      takeaway={{
        name: 'neurons',
        picture: (palette) =>
          rankedPicture(
            shown.map((row) => {
              const token = tokens[row.position];
              return {
                name: `${neuronName(row)} at ${token ? visible(token) : ''} (${row.position})`,
                value: row.total,
              };
            }),
            { title: `Neurons by what they bring to ${words.name}`, heading: `total (${words.unit})`, palette },
          ),
        tables: () => [neuronTable(shown, tokens, words.unit)],
        asked: () => [{ document: NeuronsDocument, variables: { input: question, ...asked } }],
      }}
    >
      {shown.length === 0 ? (
        <Notice kind="empty">
          None of the strongest {most.value} of each layer is at {whatIs(pinned.value)}.
        </Notice>
      ) : (
        <Ranked
          label={`The ${shown.length} neurons that contribute most in total`}
          rows={byLayer(shown)}
          by="total"
          heading="neuron"
          name={neuronName}
          selection={({ layer, position }) => ({ layer, position })}
          keyOf={({ layer, neuron, position }) => `${layer}.${neuron}.${position}`}
          columns={[
            {
              name: 'position',
              title: 'at',
              of: ({ position }) => position,
              place: true,
              cell: ({ position }) => {
                const token = tokens[position];
                return (
                  <>
                    {token && <TokenText token={token} />} <small>{position}</small>
                  </>
                );
              },
            },
            { name: 'activation', title: 'activation', of: ({ activation }) => activation },
            { name: 'direct', title: `direct (${words.unit})`, of: ({ direct }) => direct, bar: true },
            { name: 'total', title: `total (${words.unit})`, of: ({ total }) => total, bar: true },
          ]}
        />
      )}
      <p class="more">
        {detail.status === 'failed' && <ProblemNotice problem={detail.problem} again={detail.again} />}
        {all.length > shown.length || all.length >= most.value ? (
          <button
            type="button"
            disabled={detail.status !== 'ready' || most.value >= mostOfAll}
            onClick={() => {
              most.value = Math.min(mostOfAll, most.value * 2);
            }}
          >
            {detail.status === 'ready' || detail.status === 'failed' ? 'Show more' : 'Ranking more …'}
          </button>
        ) : null}{' '}
        The {shown.length} strongest in total{only ? `, ${whatIs(only)} alone` : ''}; a heading orders them anew.
      </p>
    </Panel>
  );
}

function byLayer(rows: readonly NeuronRow[]): NeuronRow[] {
  return rows.toSorted((one, other) => one.layer - other.layer || one.neuron - other.neuron);
}

function whatIs({ layer, position }: { readonly layer?: number; readonly position?: number }): string {
  return [layer !== undefined && `layer ${layer}`, position !== undefined && `position ${position}`]
    .filter(Boolean)
    .join(', ');
}
