/** Under the picture: how far it is, the replay, what is followed, and what is drawn. */
import { Choice } from '../../parts/choice.tsx';
import type { Explanation } from '../../state/explanation.ts';
import { stop } from '../../state/stop.ts';
import type { FlowScreen } from './screen.ts';
import type { Shown } from './sketch.ts';

interface Props {
  readonly explanation: Explanation;
  readonly screen: FlowScreen;
}

const still = matchMedia('(prefers-reduced-motion: reduce)');

export function ReplayBar({ explanation, screen }: Props) {
  const { text, tone } = screen.status.value;
  const { passed = 0, layerCount = 0 } = screen.flow.value ?? {};
  const depth = screen.depth.value;
  const isPlaying = screen.isPlaying.value;
  return (
    <div class="replay">
      <span class={`status ${tone}`} role="status">
        {text}
      </span>
      {explanation.underWay.length > 0 && (
        <button type="button" onClick={() => void stop(explanation)} title="Ends the run, for all who follow it">
          Stop
        </button>
      )}
      <button
        type="button"
        disabled={passed === 0}
        onClick={() => screen.play(still.matches)}
        title={isPlaying ? 'Pauses' : 'Plays the layers again in proportion to the time that each took, slower'}
      >
        {isPlaying ? '❚❚ pause' : still.matches ? '▷ next layer' : '▶ replay'}
      </button>
      <input
        type="range"
        min={0}
        max={passed}
        value={depth}
        disabled={passed === 0}
        aria-label="Layers that are shown"
        aria-valuetext={depth === 0 ? 'the embedding alone' : `up to layer ${depth - 1}, ${depth} of ${layerCount}`}
        onInput={({ currentTarget }) => screen.goTo(Number(currentTarget.value))}
      />
      <output>
        {depth} / {layerCount}
      </output>
    </div>
  );
}

const ways: Readonly<Record<Shown, string>> = { flows: 'what flows', matters: 'what matters', both: 'both' };

export function ShownToggle({ screen }: { readonly screen: FlowScreen }) {
  return <Choice label="What the arcs show" values={ways} chosen={screen.shown} />;
}

export function Zoom({ screen }: { readonly screen: FlowScreen }) {
  return (
    <fieldset class="segmented" aria-label="Zoom">
      <button
        type="button"
        aria-label="Zoom out"
        disabled={screen.zoom.value <= 1}
        onClick={() => screen.zoomBy(1 / 1.6)}
      >
        −
      </button>
      <button type="button" aria-label="Zoom in" onClick={() => screen.zoomBy(1.6)}>
        +
      </button>
    </fieldset>
  );
}
