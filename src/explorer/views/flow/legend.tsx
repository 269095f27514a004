/** What the colours and the arcs mean, with their units; which tokens are followed; how many moves are drawn. */
import { percent, rounded, signed } from '../../format/number.ts';
import type { TargetWords } from '../../format/target.ts';
import { quoted } from '../../format/token.ts';
import { TokenText } from '../../parts/token.tsx';
import type { Explanation } from '../../state/explanation.ts';
import { canFollow, mostFollowed } from '../../state/following.ts';
import { pinned } from '../../state/selection.ts';
import { palette } from '../../state/theme.ts';
import type { FlowScreen } from './screen.ts';
import { shareScale } from './shades.ts';

interface Props {
  readonly explanation: Explanation;
  readonly screen: FlowScreen;
}

const stops = [0, 0.05, 0.1, 0.25, 0.5, 0.75, 1];

export function Legend({ explanation, screen }: Props) {
  const sketch = screen.sketch.value;
  if (!sketch) return null;
  const { flow, scales, shown } = sketch;
  return (
    <div class="flow-legend">
      <Followed explanation={explanation} screen={screen} />
      <dl>
        {flow.followed.length > 0 && (
          <>
            <dt>
              <Hues of={flow.followed.length} /> cell
            </dt>
            <dd>its share of the stream; outlined where that is below 0 %, because it points against the stream</dd>
            {scales.made > 0 && (
              <>
                <dt>
                  <Hues of={flow.followed.length} /> line below
                </dt>
                <dd>what the MLP makes of it (longest: norm {rounded(scales.made)})</dd>
              </>
            )}
            {shown !== 'matters' && scales.carried > 0 && (
              <>
                <dt>
                  <Hues of={flow.followed.length} /> arc
                </dt>
                <dd>what attention carries of it (thickest: norm {rounded(scales.carried)})</dd>
              </>
            )}
          </>
        )}
        <Moves screen={screen} words={flow.words} />
        {sketch.geometry.hasWrites && scales.written > 0 && (
          <>
            <dt>writes</dt>
            <dd>
              what attention (above) and the MLP (below) add directly to the {flow.words.value} (longest:{' '}
              {flow.isFinal ? `${rounded(scales.written)} ${flow.words.unit}` : 'known at the end'})
            </dd>
          </>
        )}
      </dl>
      <WithoutMoves explanation={explanation} screen={screen} />
    </div>
  );
}

function Followed({ explanation, screen }: Props) {
  const flow = screen.flow.value;
  const tracked = explanation.tracked.value;
  const at = pinned.value.position;
  const token = at === undefined ? undefined : flow?.tokens[at];
  if (!flow) return null;
  return (
    <div class="followed">
      {tracked.map((position, index) => {
        const one = flow.tokens[position];
        if (!one) return null;
        const shade = shareScale(palette.value, index);
        return (
          <span class="chip" key={position}>
            <i class={`hue hue-${index % mostFollowed}`} />
            <TokenText token={one} />
            <small>0</small>
            <span class="shades" role="img" aria-label={`Shades: ${stops.map(percent).join(', ')}`}>
              {stops.map((share) => (
                <i key={share} title={percent(share)} style={{ background: shade(share) }} />
              ))}
            </span>
            <small>100 % of the stream</small>
            <button
              type="button"
              class="release"
              aria-label={`Follow ${quoted(one)} no longer`}
              onClick={() => explanation.track(tracked.filter((other) => other !== position))}
            >
              ×
            </button>
          </span>
        );
      })}
      {token && at !== undefined && canFollow(tracked, at, flow.position) && (
        <button type="button" class="follow" onClick={() => explanation.track([...tracked, at])}>
          + follow <TokenText token={token} />
        </button>
      )}
      {tracked.length === 0 && <small>Nothing is followed: choose a token, then follow it.</small>}
    </div>
  );
}

/** Whose it is. */
function Hues({ of }: { readonly of: number }) {
  return Array.from({ length: of }, (_, index) => <i key={index} class={`hue hue-${index % mostFollowed}`} />);
}

function Moves({ screen, words: { value, unit } }: Pick<Props, 'screen'> & { readonly words: TargetWords }) {
  const moves = screen.moves.value;
  if (!moves || screen.shown.value === 'flows') return null;
  const rest = moves.rest.reduce((sum, value) => sum + value, 0);
  return (
    <>
      <dt>
        <span class="for">blue</span>, <span class="against">red</span> arc
      </dt>
      <dd class="moves">
        what attention adds to the {value} or takes from it (thickest: {rounded(moves.largest)} {unit}); {moves.count}{' '}
        moves are drawn, {percent(moves.part)} of the magnitude of the {moves.known} strongest{' '}
        <input
          type="range"
          min={0}
          max={moves.known}
          value={moves.count}
          aria-label="Moves that are drawn"
          title="Fewer or more moves"
          onInput={({ currentTarget }) => {
            screen.count.value = Number(currentTarget.value);
          }}
        />
      </dd>
      <dt>faint band</dt>
      <dd>
        all other moves of a layer, together {signed(rest)} {unit}
      </dd>
    </>
  );
}

/** Why there are no moves. */
function WithoutMoves({ explanation: { attribution }, screen }: Props) {
  const detail = screen.detail.value?.value;
  if (screen.shown.value === 'flows') return null;
  if (attribution.started.value?.throughBlocks === false)
    return <p>This method scores tokens only: what moves between them is not attributed.</p>;
  if (detail?.status === 'failed')
    return (
      <p role="alert">
        The moves that matter are missing: {detail.problem.message}{' '}
        {detail.again && (
          <button type="button" onClick={detail.again}>
            Try again
          </button>
        )}
      </p>
    );
  if (screen.moves.value || attribution.problem.value) return null;
  return <p>{detail?.status === 'ready' ? 'This method has no moves.' : 'The moves that matter come afterwards …'}</p>;
}
