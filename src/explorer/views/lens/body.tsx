/** The lens of a prompt whose tokens are known. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { TokenInput } from '../../../client/generated/graphql.ts';
import { quoted } from '../../format/token.ts';
import { ProblemNotice } from '../../parts/notice.tsx';
import { Panel } from '../../parts/panel.tsx';
import type { AttributionStarted } from '../../state/attribution.ts';
import type { ChosenToken } from '../../state/draft.ts';
import { chosen, hovered, pin, pinned, within } from '../../state/selection.ts';
import type { ViewProps } from '../view.ts';
import { lensCaption, passingCaption } from './caption.ts';
import { type CellKind, mostEntropyOf } from './cells.ts';
import { CellControls } from './controls.tsx';
import { LensGrid, namesWidth } from './grid.tsx';
import { Legend } from './legend.tsx';
import { pagesOf, scrolledTo, seenColumns } from './pages.ts';
import { type Place, shownPlace } from './place.ts';
import type { RankScale } from './ranks.ts';
import { ReadingTable } from './reading.tsx';
import { columnsOf, depthsOf, liveColumn, type Series, seriesOf } from './readings.ts';
import { ThroughDepth } from './through-depth.tsx';
import { useFollowed, useLens } from './use-lens.ts';

/** Milliseconds without scrolling before what is seen then is asked for. */
const rest = 150;
/** CSS pixels that the likeliest tokens take beside the lines, where there is room for both. */
const readingWidth = 400;

interface LensBodyProps extends ViewProps {
  readonly started: AttributionStarted;
}

export function LensBody({ explanation, started, width }: LensBodyProps) {
  const { attribution } = explanation;
  const { tokens, layerCount } = started;
  const { position: target, token, against } = attribution.completed.value?.target ?? started.requested;
  const kind = useSignal<CellKind>('top');
  const isBetween = useSignal(false);
  const scale = useSignal<RankScale>('rank');
  const followed = useSignal<ChosenToken | undefined>(undefined);
  const pointed = useSignal<Place | undefined>(undefined);
  const kept = useSignal<Place | undefined>(undefined);
  const room = width - namesWidth;
  const toSee = within(pinned.value, tokens.length, layerCount).position ?? target;
  const begin = scrolledTo(toSee, seenColumns(0, room, tokens.length), 0, room);
  const scrolled = useSignal(begin);
  const settled = useSignal(begin);
  useEffect(() => {
    const timer = setTimeout(() => {
      settled.value = scrolled.value;
    }, rest);
    return () => clearTimeout(timer);
  }, [scrolled.value]);

  const wanted = attribution.completed.value && {
    pages: pagesOf(seenColumns(settled.value, room, tokens.length), target, tokens.length),
    target,
    count: tokens.length,
    tokens: [token, against].flatMap((one): TokenInput[] => (one ? [{ tokenId: one.tokenId }] : [])),
    afterAttention: isBetween.value,
  };
  const lens = useLens(explanation, wanted);
  const live = liveColumn(attribution.passed.value);
  const depths = depthsOf(layerCount, isBetween.value && lens.hasBetween !== false);
  const looking = { pointed: pointed.value, kept: kept.value, chosen: within(chosen.value, tokens.length, layerCount) };
  const place = shownPlace(looking, depths, target);
  const columns = tokens.map((of) => {
    const { position } = of;
    return { position, token: of, column: lens.columns.get(position) ?? (position === target ? live : undefined) };
  });
  const targetToken = token ?? attribution.passed.value.at(-1)?.target.token;
  const further = useFollowed(explanation, inputOf(followed.value), toSee, isBetween.value);
  const seriesAt = (position: number): Series[] => {
    const column = columns[position]?.column ?? new Map();
    const other = further?.status === 'ready' ? columnsOf(further.answer).get(toSee) : undefined;
    const named = other?.values().next().value?.tokens[0]?.token;
    return [
      ...(targetToken ? [seriesOf(role('target', targetToken), column, depths)] : []),
      ...(against ? [seriesOf(role('against', against), column, depths)] : []),
      ...(named ? [seriesOf(role('other', named), position === toSee && other ? other : column, depths)] : []),
    ];
  };
  const cells = { kind: kind.value, tokenId: targetToken?.tokenId ?? -1, mostEntropy: mostEntropyOf(lens.columns) };
  const [ofTarget, ofAgainst] = seriesAt(target);
  const seen = seenColumns(scrolled.value, room, tokens.length);
  const at = columns[place.position];
  const name = targetToken ? quoted(targetToken) : 'the target';
  const point = (to: Place | undefined) => {
    pointed.value = to;
    hovered.value = to ? selectionOf(to) : {};
  };
  const choose = (to: Place) => {
    kept.value = to;
    if (to.depth.layer === undefined) pinned.value = { position: to.position };
    else pin(selectionOf(to));
  };
  if (!at) return null;
  const series = seriesAt(place.position);
  const isWide = width >= 2 * readingWidth;
  return (
    <Panel
      name="lens"
      title="Lens"
      caption={
        wanted && ofTarget
          ? lensCaption(ofTarget, against ? ofAgainst : undefined, depths)
          : passingCaption(live, layerCount)
      }
      controls={<CellControls kind={kind} isBetween={isBetween} hasBetween={lens.hasBetween} name={name} />}
      takeaway={
        lens.columns.size > 0
          ? {
              name: 'lens',
              of: (more) =>
                more.lensTakeaway({
                  columns,
                  seen,
                  series,
                  depths,
                  cells,
                  place,
                  scale: scale.value,
                  asked: lens.asked,
                }),
            }
          : undefined
      }
    >
      <LensGrid
        width={width}
        columns={columns}
        seen={seen}
        scrolled={scrolled}
        depths={depths}
        cells={cells}
        againstId={against?.tokenId}
        target={target}
        shown={place}
        toSee={toSee}
        isBusy={lens.isBusy}
        point={point}
        choose={choose}
      />
      <Legend kind={kind.value} name={name} against={against ? quoted(against) : undefined} isBusy={lens.isBusy} />
      {lens.failed && <ProblemNotice problem={lens.failed.problem} again={lens.failed.again} />}
      <div class={isWide ? 'lens-depth wide' : 'lens-depth'}>
        <ReadingTable
          reading={at.column?.get(place.depth.name)}
          place={place}
          token={at.token}
          follow={({ text, tokenId }) => {
            followed.value = { text, tokenId };
          }}
        />
        <ThroughDepth
          width={isWide ? width - readingWidth : width}
          series={series}
          depths={depths}
          place={place}
          token={at.token}
          scale={scale}
          followed={followed}
          fault={further?.status === 'failed' ? further.problem.message : undefined}
        />
      </div>
    </Panel>
  );
}

function selectionOf({ depth: { layer }, position }: Place) {
  return { position, ...(layer !== undefined && { layer }) };
}

function inputOf(token: ChosenToken | undefined): TokenInput | undefined {
  return token && (token.tokenId === undefined ? { text: token.text } : { tokenId: token.tokenId });
}

function role(
  of: Series['role'],
  token: { readonly text: string; readonly tokenId: number; readonly special: boolean },
) {
  return { role: of, name: quoted(token), tokenId: token.tokenId };
}
