/** All heads of a layer as small maps, on one scale; one of them is opened by a click. */
import { useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { HeadMovesDocument, type TensorPartsFragment } from '../../../client/generated/graphql.ts';
import { contributionScale, largestOf } from '../../drawing/colour.ts';
import { signed } from '../../format/number.ts';
import { Canvas } from '../../parts/canvas.tsx';
import { Answered } from '../../parts/detail.tsx';
import { Notice } from '../../parts/notice.tsx';
import { pin } from '../../state/selection.ts';
import { palette } from '../../state/theme.ts';
import { type Figures, valueAt } from './figures.ts';
import { Folded } from './folded.tsx';
import type { HeadProps } from './head.tsx';
import { Legend } from './legend.tsx';
import type { HeadMap } from './map-layout.ts';
import { thumbnailScene } from './map-scene.ts';
import { mapOf, pathOf } from './maps.ts';

interface MultiplesProps extends HeadProps {
  readonly figures: Figures;
}

export function Multiples(props: MultiplesProps) {
  const { explanation, head, reach, figures } = props;
  const isOpen = useSignal(false);
  if (figures.headCount < 2) return null;
  return (
    <Folded title={`All ${figures.headCount} heads of layer ${head.layer}`} open={isOpen}>
      {() => (
        <Answered
          detail={explanation.detail(HeadMovesDocument, {
            layers: [head.layer],
            path: pathOf(reach),
          })}
          what={`what the heads of layer ${head.layer} move`}
        >
          {({ moves }) =>
            moves ? <Thumbnails {...props} moves={moves} /> : <Notice kind="empty">This method has no moves.</Notice>
          }
        </Answered>
      )}
    </Folded>
  );
}

const side = 72;

function Thumbnails({
  head,
  figures,
  tokens,
  target,
  moves,
}: MultiplesProps & { readonly moves: TensorPartsFragment }) {
  const maps = useMemo(
    () => Array.from({ length: moves.shape[1] ?? 0 }, (_, place) => mapOf(moves, place, tokens.length)),
    [moves, tokens.length],
  );
  const largest = useMemo(() => Math.max(...maps.map(({ scores }) => largestOf(scores))), [maps]);
  return (
    <>
      <p class="key-line">
        Rows read columns, all on one scale: <Legend largest={largest} unit={target.unit} />
      </p>
      <ul class="thumbnails">
        {maps.map((map, index) => (
          <li key={index}>
            <button
              type="button"
              aria-pressed={index === head.head}
              onClick={() => index !== head.head && pin({ layer: head.layer, head: index })}
            >
              <Thumbnail map={map} largest={largest} />
              <span>
                {head.layer}.{index} <b>{signed(valueAt(figures, head.layer, index) ?? 0)}</b>
              </span>
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}

function Thumbnail({ map, largest }: { readonly map: HeadMap; readonly largest: number }) {
  const colours = palette.value;
  const scene = useMemo(
    () => thumbnailScene(map, side, colours, contributionScale(colours, largest)),
    [map, colours, largest],
  );
  return <Canvas scene={scene} />;
}
