/** What the flow shows of an explanation, and how: its signals. */
import { batch, computed, signal } from '@preact/signals';
import { tensorValues } from '../../../client/client.ts';
import { MovesDocument } from '../../../client/generated/graphql.ts';
import { visible } from '../../format/token.ts';
import type { Explanation } from '../../state/explanation.ts';
import { connected } from '../../state/server.ts';
import { palette } from '../../state/theme.ts';
import type { Carried, Move } from './arcs.ts';
import { captionOf } from './caption.ts';
import { flowOf } from './figures.ts';
import { extent, type Geometry, geometryOf, largestZoom, positionX } from './geometry.ts';
import { defaultCount, drawnMoves, movesAsked } from './moves.ts';
import { pauses } from './replay.ts';
import { type Shown, type Sketch, scalesOf } from './sketch.ts';
import { statusOf } from './status.ts';

/** An arc, of one or the other kind. */
export type Arc = { readonly kind: 'carried'; readonly arc: Carried } | { readonly kind: 'move'; readonly arc: Move };

/** A cell, by its row: 0 is the embedding. */
export interface Cell {
  readonly row: number;
  readonly position: number;
}

export class FlowScreen {
  readonly #explanation: Explanation;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly width = signal(0);
  readonly shown = signal<Shown>('both');
  /** How many blocks a replay shows; undefined: all that are known, as they come. */
  readonly step = signal<number | undefined>(undefined);
  readonly isPlaying = signal(false);
  readonly zoom = signal(1);
  readonly offset = signal(0);
  /** How many moves that matter are drawn, where somebody said so. */
  readonly count = signal<number | undefined>(undefined);
  /** What the pointer is at. */
  readonly arc = signal<Arc | undefined>(undefined);
  readonly cell = signal<Cell | undefined>(undefined);

  constructor(explanation: Explanation) {
    this.#explanation = explanation;
  }

  readonly flow = computed(() => {
    const { attribution, circulation } = this.#explanation;
    const { started, passed, attributed, completed } = attribution;
    const followed = circulation.value;
    return flowOf({
      attribution: {
        started: started.value,
        passed: passed.value,
        attributed: attributed.value,
        completed: completed.value,
      },
      circulation: followed && { started: followed.started.value, layers: followed.layers.value },
    });
  });

  readonly #known = computed(() => this.flow.value?.passed ?? 0);
  /** Blocks that are shown, of those that what grows has passed. */
  readonly depth = computed(() => Math.min(this.step.value ?? Number.POSITIVE_INFINITY, this.#known.value));

  /** The strongest moves; undefined where they are not shown, or the method knows none. */
  readonly detail = computed(() => {
    const { attribution } = this.#explanation;
    if (this.shown.value === 'flows' || attribution.started.value?.throughBlocks === false) return undefined;
    return this.#explanation.detail(MovesDocument, { ...movesAsked, keep: [...movesAsked.keep] });
  });

  /** Strongest first; none until they are known. */
  readonly edges = computed<readonly Move[]>(() => {
    const known = this.detail.value?.value;
    return (known?.status === 'ready' && known.answer.edges) || none;
  });

  readonly moves = computed(() => {
    const known = this.detail.value?.value;
    if (known?.status !== 'ready' || !known.answer.moves || !known.answer.edges) return undefined;
    const { edges, moves } = known.answer;
    return drawnMoves(edges, tensorValues(moves), this.count.value ?? defaultCount(edges));
  });

  readonly #tokens = computed(() => this.flow.value?.tokens);
  readonly #layerCount = computed(() => this.flow.value?.layerCount ?? 0);
  readonly geometry = computed<Geometry | undefined>(() => {
    const tokens = this.#tokens.value;
    if (!tokens || this.width.value === 0) return undefined;
    return geometryOf({
      width: this.width.value,
      positions: tokens.length,
      layerCount: this.#layerCount.value,
      zoom: this.zoom.value,
      offset: this.offset.value,
      longest: Math.max(...tokens.map((token) => visible(token).length)),
    });
  });

  /** Of how many blocks anything is shown: what the attribution knows of those that are still to come, too, but in a replay. */
  readonly drawn = computed(() =>
    this.step.value === undefined ? (this.flow.value?.depths.length ?? 0) : this.depth.value,
  );

  readonly sketch = computed<Sketch | undefined>(() => {
    const [flow, geometry] = [this.flow.value, this.geometry.value];
    if (!flow || !geometry) return undefined;
    const shown = this.shown.value;
    const { value: moves } = this.moves;
    return { geometry, palette: palette.value, flow, depth: this.drawn.value, shown, moves, scales: scalesOf(flow) };
  });

  /** Of what is drawn. */
  readonly caption = computed(() => this.flow.value && captionOf(this.flow.value, this.depth.value, this.edges.value));

  readonly status = computed(() => {
    const { attribution, circulation } = this.#explanation;
    const followed = circulation.value;
    const isFollowed = followed !== undefined && followed.phase.value !== 'asking';
    const run = isFollowed ? followed : attribution;
    const { depths = [], layerCount = 0, passed = 0 } = this.flow.value ?? {};
    return statusOf({
      phase: run.phase.value,
      passed,
      layerCount,
      elapsed: depths.slice(0, passed).reduce((sum, { elapsed }) => sum + elapsed, 0),
      ahead: run.run.value?.queue?.ahead ?? undefined,
      isConnected: connected.value,
      what: isFollowed ? 'circulation' : 'attribution',
    });
  });

  /** Zooms in (more than 1) or out around a place of the picture, or around its middle. */
  zoomBy(factor: number, x?: number): void {
    const geometry = this.geometry.peek();
    if (!geometry) return;
    const { left, right, step, offset, positions } = geometry;
    const around = x ?? (left + right) / 2;
    const place = (around - left + offset) / step;
    const zoom = Math.min(largestZoom(geometry), Math.max(1, this.zoom.peek() * factor));
    const next = geometryOf({ ...this.#sizes(geometry), zoom, offset: 0 });
    const end = Math.max(0, extent(next) - (next.right - next.left));
    batch(() => {
      this.zoom.value = zoom;
      this.offset.value = Math.min(end, Math.max(0, Math.min(place, positions) * next.step - (around - left)));
    });
  }

  /** Scrolls so far that the position can be seen. */
  reveal(position: number): void {
    const geometry = this.geometry.peek();
    if (!geometry) return;
    const x = positionX(geometry, position);
    const { left, right, step, offset } = geometry;
    if (x - step / 2 < left) this.offset.value = Math.max(0, offset - (left - x) - step);
    else if (x + step / 2 > right) this.offset.value = offset + (x - right) + step;
  }

  /** Shows so many blocks; all that are known: whatever comes next, too. */
  goTo(step: number): void {
    this.#pause();
    this.step.value = step >= this.#known.peek() ? undefined : step;
  }

  /** Plays the blocks again as they came, slower; @param isStill one block a call, where nothing may move by itself */
  play(isStill: boolean): void {
    const known = this.#known.peek();
    const from = this.step.peek() ?? known;
    if (this.isPlaying.peek()) this.#pause();
    else if (isStill) this.goTo(from >= known ? 0 : from + 1);
    else {
      this.step.value = from >= known ? 0 : from;
      this.isPlaying.value = true;
      this.#playOn();
    }
  }

  dispose(): void {
    clearTimeout(this.#timer);
  }

  #playOn(): void {
    const step = this.step.peek() ?? 0;
    const { depths = [] } = this.flow.peek() ?? {};
    this.#timer = setTimeout(() => {
      if (step + 1 >= this.#known.peek()) this.goTo(step + 1);
      else {
        this.step.value = step + 1;
        this.#playOn();
      }
    }, pauses(depths).pauses[step] ?? 0);
  }

  #pause(): void {
    clearTimeout(this.#timer);
    this.isPlaying.value = false;
  }

  #sizes({ width, positions }: Geometry) {
    const tokens = this.#tokens.peek() ?? [];
    const longest = Math.max(...tokens.map((token) => visible(token).length));
    return { width, positions, layerCount: this.#layerCount.peek(), longest };
  }
}

const none: readonly Move[] = [];
