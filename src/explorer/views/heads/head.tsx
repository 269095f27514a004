/** One head in depth: what it moves from where to where, where it looks, and its strongest moves in words. */
import { type Signal, useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import {
  AttentionPatternsDocument,
  HeadMovesDocument,
  type TensorPartsFragment,
} from '../../../client/generated/graphql.ts';
import { largestOf } from '../../drawing/colour.ts';
import { exact, rounded, signed } from '../../format/number.ts';
import type { TargetWords } from '../../format/target.ts';
import { Choice } from '../../parts/choice.tsx';
import { Answered } from '../../parts/detail.tsx';
import { Notice } from '../../parts/notice.tsx';
import { Prose } from '../../parts/prose.tsx';
import { SignedBar } from '../../parts/ranked.tsx';
import { TokenText } from '../../parts/token.tsx';
import type { Explanation } from '../../state/explanation.ts';
import { hovered, pin } from '../../state/selection.ts';
import type { Reach } from './figures.ts';
import { Legend } from './legend.tsx';
import { MoveMap, type Place } from './map.tsx';
import { around, type MapCell, showing, strongestMoves } from './map-layout.ts';
import type { MapLayer } from './map-scene.ts';
import { askedOf, mapOf } from './maps.ts';
import { headCaption, isAlone, moveWords, type PlacedToken, type Strongest } from './words.ts';

export interface HeadProps {
  readonly explanation: Explanation;
  readonly head: Strongest;
  readonly reach: Reach;
  /** As far as the target's position. */
  readonly tokens: readonly PlacedToken[];
  readonly target: TargetWords;
  readonly width: number;
}

export function HeadDetail(props: HeadProps) {
  const { explanation, head, reach } = props;
  const layer = useSignal<MapLayer>('moves');
  const asked = askedOf(explanation.question, head.layer, head.head, reach);
  const moves = explanation.detail(HeadMovesDocument, asked.moves);
  const pattern = explanation.ask(AttentionPatternsDocument, asked.pattern).value;
  return (
    <Answered detail={moves} what={`what head ${head.layer}.${head.head} moves`}>
      {({ moves: tensor }) =>
        tensor ? (
          <Shown
            key={`${head.layer}.${head.head} ${reach}`}
            {...props}
            layer={layer}
            moves={tensor}
            pattern={pattern.status === 'ready' ? pattern.answer.layers[0]?.pattern : undefined}
          />
        ) : (
          <Notice kind="empty">This method has no moves.</Notice>
        )
      }
    </Answered>
  );
}

interface ShownProps extends HeadProps {
  readonly moves: TensorPartsFragment;
  readonly pattern: TensorPartsFragment | undefined;
  readonly layer: Signal<MapLayer>;
}

function Shown({ head, tokens, target, width, moves, pattern, layer }: ShownProps) {
  const cursor = useSignal<Place | undefined>(undefined);
  const map = useMemo(() => mapOf(moves, 0, tokens.length, pattern), [moves, pattern, tokens.length]);
  const largest = useMemo(() => largestOf(map.scores), [map]);
  const strongest = useMemo(() => strongestMoves(map, 8), [map]);
  const start = strongest[0] ?? { to: 0, from: 0 };
  const view = useSignal(around(start, map.length));
  const name = `${head.layer}.${head.head}`;
  return (
    <>
      <p class="caption">
        <Prose text={headCaption(head, strongest[0], target.name, tokens)} />
      </p>
      <div class="bar-of-map">
        <Choice
          label={`What is shown of head ${name}`}
          values={{ moves: 'What it moves', pattern: 'Its attention' }}
          chosen={layer}
        />
        {layer.value === 'moves' && <Legend largest={largest} unit={target.unit} />}
        <span class="key">
          <i aria-hidden="true" /> attention weight, by its area
        </span>
      </div>
      <MoveMap
        map={map}
        tokens={tokens}
        width={width}
        layer={layer.value}
        largest={largest}
        cursor={cursor}
        view={view}
        start={start}
        label={`Head ${name}: rows read columns. Arrow keys walk the cells, plus and minus zoom.`}
        target={target.name}
      />
      {strongest.length > 0 && (
        <MoveList
          moves={strongest}
          tokens={tokens}
          target={target}
          cursor={cursor}
          show={(move) => (view.value = showing(view.value, move, map.length))}
        />
      )}
    </>
  );
}

interface MoveListProps extends Pick<HeadProps, 'tokens' | 'target'> {
  readonly moves: readonly MapCell[];
  readonly cursor: Signal<Place | undefined>;
  /** Moves the map to it. */
  readonly show: (move: Place) => void;
}

function MoveList({ moves, tokens, target, cursor, show }: MoveListProps) {
  const go = (move: MapCell | undefined) => {
    cursor.value = move && { to: move.to, from: move.from };
    hovered.value = move ? { position: move.from } : {};
  };
  const largest = Math.abs(moves[0]?.score ?? 0);
  return (
    <>
      <p class="move-head">
        <b>Its strongest moves</b> <span>{target.unit}</span> <span>attention</span>
      </p>
      <ol class="move-list">
        {moves.map((move) => {
          const [reader, read] = [tokens[move.to], tokens[move.from]];
          if (!reader || !read) return null;
          return (
            <li key={`${move.to} ${move.from}`}>
              <button
                type="button"
                data-to={move.to}
                data-from={move.from}
                data-score={move.score}
                data-weight={move.weight}
                title={`${moveWords(move, target.name, tokens)} (exactly ${exact(move.score)}, weight ${exact(move.weight ?? 0)})`}
                onPointerEnter={() => go(move)}
                onPointerLeave={() => go(undefined)}
                onFocus={() => go(move)}
                onBlur={() => go(undefined)}
                onClick={() => {
                  pin({ position: move.from });
                  show(move);
                }}
              >
                <span class="words">
                  <Placed token={reader} tokens={tokens} /> reads{' '}
                  {move.to === move.from ? 'itself' : <Placed token={read} tokens={tokens} />}
                </span>
                <SignedBar value={move.score} largest={largest} />
                <b>{signed(move.score)}</b>
                <small class="weight">{move.weight === undefined ? '…' : rounded(move.weight)}</small>
              </button>
            </li>
          );
        })}
      </ol>
    </>
  );
}

/** With its position, where its text is not enough. */
function Placed({ token, tokens }: { readonly token: PlacedToken } & Pick<HeadProps, 'tokens'>) {
  return (
    <>
      <TokenText token={token} />
      {!isAlone(token, tokens) && <small> at {token.position}</small>}
    </>
  );
}
