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
      {flow.followed.length > 0 && (
        <p>
          Hollow: below 0 %, it points against the stream. Line under a cell: what the MLP makes of it (longest: norm{' '}
          {rounded(scales.made)}).
          {shown !== 'matters' && scales.carried > 0 && (
            <> Arc: what attention carries of it (thickest: norm {rounded(scales.carried)}).</>
          )}
        </p>
      )}
      {sketch.geometry.hasWrites && scales.written > 0 && (
        <p>
          Writes: straight to the {flow.words.value}, attention above, MLP below (longest:{' '}
          {flow.isFinal ? `${rounded(scales.written)} ${flow.words.unit}` : 'known at the end'}).
        </p>
      )}
      <Moves explanation={explanation} screen={screen} words={flow.words} />
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

function Moves({ explanation, screen, words }: Props & { readonly words: TargetWords }) {
  const detail = screen.detail.value?.value;
  const moves = screen.moves.value;
  if (screen.shown.value === 'flows') return null;
  if (explanation.attribution.started.value?.throughBlocks === false)
    return <p>This method knows tokens alone: what moves between them is not attributed.</p>;
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
  if (detail?.status === 'ready' && !moves) return <p>This method knows no moves.</p>;
  if (!moves) return explanation.attribution.problem.value ? null : <p>The moves that matter come afterwards …</p>;
  const rest = moves.rest.reduce((sum, of) => sum + of, 0);
  const { value, unit } = words;
  return (
    <p class="moves">
      <span class="for">Blue</span> adds to the {value}, <span class="against">red</span> takes away (thickest:{' '}
      {rounded(moves.largest)} {unit}). Drawn: {moves.count} moves, {percent(moves.part)} of the magnitude of the{' '}
      {moves.known} strongest. All others come to {signed(rest)}: the faint bands.{' '}
      <label>
        draw more{' '}
        <input
          type="range"
          min={0}
          max={moves.known}
          value={moves.count}
          aria-label="Moves that are drawn"
          onInput={({ currentTarget }) => {
            screen.count.value = Number(currentTarget.value);
          }}
        />
      </label>
    </p>
  );
}
