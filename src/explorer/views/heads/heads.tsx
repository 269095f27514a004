/** Heads: what each contributes, layer by layer; what one of them moves, from where to where. */
import { useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { targetWords } from '../../format/target.ts';
import { Choice } from '../../parts/choice.tsx';
import { Panel } from '../../parts/panel.tsx';
import { Unfinished, WithoutFigures } from '../../parts/unavailable.tsx';
import { modelNamed } from '../../state/models.ts';
import { pinned } from '../../state/selection.ts';
import type { ViewProps } from '../view.ts';
import { type AblationRequest, Ablations } from './ablations.tsx';
import { Circuits } from './circuits.tsx';
import { type Figures, figuresOf, type Reach, strongestHeads, sumOf, valueAt } from './figures.ts';
import { Grid, Readout } from './grid.tsx';
import { gridLayout } from './grid-layout.ts';
import { HeadDetail } from './head.tsx';
import { Legend } from './legend.tsx';
import { Multiples } from './multiples.tsx';
import { takeawayOf } from './taken.ts';
import { gridCaption, type Strongest } from './words.ts';
import './heads.css';

export function HeadsView({ explanation, width }: ViewProps) {
  const reach = useSignal<Reach>('total');
  const circuitsAsked = useSignal(false);
  const ablationsAsked = useSignal<AblationRequest | undefined>(undefined);
  const { started, passed, attributed, completed } = explanation.attribution;
  const { layerCount = 0, throughBlocks = true, tokens = [] } = started.value ?? {};
  const entry = modelNamed(explanation.question.model);
  const headCount = entry?.__typename === 'Model' ? entry.headCount : 0;
  const [total, direct] = useMemo(
    () =>
      (['total', 'direct'] as const).map((of) => figuresOf(layerCount, headCount, passed.value, attributed.value, of)),
    [layerCount, headCount, passed.value, attributed.value],
  ) as [Figures, Figures];
  if (!throughBlocks)
    return (
      <Panel name="heads" title="Heads">
        <WithoutFigures explanation={explanation}>
          This method scores tokens without going through the model’s heads: it has no figures of them.
        </WithoutFigures>
      </Panel>
    );
  if (!started.value)
    return (
      <Panel name="heads" title="Heads">
        <Unfinished explanation={explanation} what="The heads" />
      </Panel>
    );

  const figures = reach.value === 'total' ? total : direct;
  const largest = Math.max(explanation.attribution.largest.value, figures.largest);
  const answer = completed.value;
  const target = targetWords(answer?.target ?? started.value.requested);
  const shown = answer ? shownHead(figures) : undefined;
  const layout = gridLayout(width, layerCount, figures.headCount, figures.hasMlp);
  const what = reach.value === 'total' ? 'total contribution' : 'direct contribution';
  const read = answer ? tokens.slice(0, answer.target.position + 1) : [];
  const parts = { explanation, reach: reach.value, tokens: read, target, width };
  return (
    <Panel
      name="heads"
      title="Heads"
      caption={
        answer
          ? gridCaption(strongestHeads(figures, 2), reach.value === 'direct' ? sumOf(direct) : undefined, target)
          : liveCaption(figures)
      }
      controls={<Choice label="Contribution" values={{ total: 'Total', direct: 'Direct' }} chosen={reach} />}
      takeaway={
        answer &&
        takeawayOf({
          ...parts,
          total,
          direct,
          largest,
          layout,
          what,
          shown,
          circuits: circuitsAsked.value,
          ablations: ablationsAsked.value,
        })
      }
    >
      <Grid figures={figures} largest={largest} layout={layout} what={`${what}, ${target.unit}`} shown={shown} />
      <div class="under-grid">
        {figures.largest > 0 && <Legend largest={largest} unit={target.unit} />}
        <Readout total={total} direct={direct} target={target} />
      </div>
      {!answer && explanation.attribution.problem.value && <Unfinished explanation={explanation} what="The heads" />}
      {shown && (
        <section class="one-head" data-layer={shown.layer} data-head={shown.head}>
          <h3>
            Head {shown.head} of layer {shown.layer}
          </h3>
          <HeadDetail {...parts} head={shown} />
          <Multiples {...parts} head={shown} figures={figures} />
          <Circuits explanation={explanation} layer={shown.layer} head={shown.head} asked={circuitsAsked} />
          <Ablations explanation={explanation} target={target} asked={ablationsAsked} />
        </section>
      )}
    </Panel>
  );
}

/** The one that was chosen; of a layer that was chosen its strongest; else the strongest of all. */
function shownHead(figures: Figures): Strongest | undefined {
  const { layer, head } = pinned.value;
  const value = layer !== undefined && head !== undefined ? valueAt(figures, layer, head) : undefined;
  if (layer !== undefined && head !== undefined && value !== undefined) return { layer, head, value };
  return strongestHeads(figures, 1, layer)[0] ?? strongestHeads(figures, 1)[0];
}

function liveCaption({ rows }: Figures): string {
  const final = rows.filter(({ state }) => state === 'final').length;
  const provisional = rows.filter(({ state }) => state === 'provisional').length;
  if (final > 0) return `Told from the last layer down: ${final} of ${rows.length} layers so far.`;
  if (provisional > 0)
    return 'On the way up, only what heads write straight to the logit is known, and only up to a factor.';
  return 'Filled layer by layer as the model runs.';
}
