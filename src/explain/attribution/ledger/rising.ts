/** The ledger on the way up: what is told of each block as the forward pass has passed it. */
import type { Gate } from '../../../inference/gate.ts';
import type { LoadedModel } from '../../../inference/loaded-model.ts';
import { at, Rows } from '../../../inference/rows.ts';
import { type TargetRequest, unscaledDirections } from '../../../inference/target.ts';
import { floatsOf, integers, rowOf, rowsOf, stacked, type Tensor, type Tensors } from '../../../inference/tensor.ts';
import { isDue, lensToken, readLens, type Timed } from '../../held-lens.ts';
import type { BatchPrompt, TellInBatch } from '../batch-request.ts';
import type { AttributionSelection } from '../result.ts';
import { isForeseen, ledgerKey, tells } from './ledger.ts';
import type { ProvisionalResult } from './step.ts';

/** A target, and which prompt it is of: which row of the batch. */
interface Asked {
  readonly row: number;
  /** Its number among the prompt's. */
  readonly number: number;
  readonly target: TargetRequest;
}

interface Passed extends Timed {
  readonly layer: number;
  /** Of each target; null where nothing can be said yet, undefined where nothing is asked. */
  readonly provisional: readonly (ProvisionalResult | null)[] | undefined;
  /** The stream after the block at the position of each target, [width] each; where the lens is told. */
  readonly rows: readonly Float32Array[];
}

export class Rising {
  readonly #model: LoadedModel;
  readonly #asked: readonly Asked[];
  readonly #selection: AttributionSelection;
  readonly #gate: Gate;
  readonly #tell: TellInBatch;
  /** Places among those asked of the targets that can be foreseen, and their directions: [targets, 1, width]. */
  readonly #foreseen: readonly number[];
  readonly #directions: Tensor | undefined;
  readonly #untold: Passed[] = [];
  #since = performance.now();
  #stood: number;

  private constructor(
    model: LoadedModel,
    asked: readonly Asked[],
    selection: AttributionSelection,
    gate: Gate,
    tell: TellInBatch,
    foreseen: readonly number[],
    directions: Tensor | undefined,
  ) {
    this.#model = model;
    this.#asked = asked;
    this.#selection = selection;
    this.#gate = gate;
    this.#tell = tell;
    this.#foreseen = foreseen;
    this.#directions = directions;
    this.#stood = gate.stood;
  }

  /** @param prompts each a row of the pass @param tell by its number */
  static async from(
    model: LoadedModel,
    prompts: readonly Pick<BatchPrompt, 'targets'>[],
    selection: AttributionSelection,
    gate: Gate,
    tell: TellInBatch,
  ): Promise<Rising> {
    const asked = prompts.flatMap(({ targets }, row) => targets.map((target, number) => ({ row, number, target })));
    const foreseen = tells(selection, 'PROVISIONAL')
      ? asked.flatMap(({ target }, place) => (isForeseen(model.specification, target) ? [{ place, target }] : []))
      : [];
    const named = foreseen.map(({ target }) => target);
    const directions =
      named.length > 0 ? stacked(await unscaledDirections(model, named), 1, model.specification.width) : undefined;
    const places = foreseen.map(({ place }) => place);
    return new Rising(model, asked, selection, gate, tell, places, directions);
  }

  /** @param before what the forward pass has made of the block @param post the stream after it, [batch, position, width] */
  async passed(layer: number, before: Tensors, post: Tensor): Promise<void> {
    const now = performance.now();
    const elapsed = now - this.#since - (this.#gate.stood - this.#stood);
    const withLens = tells(this.#selection, 'LENS');
    const streamAt = ({ row, target: { position } }: Asked) => rowsOf(rowOf(post, row)).row(position).slice();
    this.#untold.push({
      layer,
      elapsed,
      passedAt: now,
      provisional: tells(this.#selection, 'PROVISIONAL') ? await this.#provisional(layer, before) : undefined,
      rows: withLens ? this.#asked.map(streamAt) : [],
    });
    const last = layer === this.#model.specification.layerCount - 1;
    if (!withLens || last || isDue(this.#untold) || this.#gate.holds(layer + 1)) await this.#tellAll();
    this.#since = performance.now();
    this.#stood = this.#gate.stood;
  }

  async #tellAll(): Promise<void> {
    const told = this.#untold.splice(0);
    if (!tells(this.#selection, 'PROVISIONAL') && !tells(this.#selection, 'LENS')) {
      for (const { layer, elapsed } of told)
        await this.#tell({ prompt: undefined, step: { type: 'FORWARD', layer, elapsed } });
      return;
    }
    const top = this.#selection[ledgerKey('LENS')] ?? 0;
    const rows = told.flatMap(({ rows }) => rows);
    // What is explained of a target is no matter of the lens, and of a span it shows the last token.
    const asked = told.flatMap(() =>
      this.#asked.map(({ target: { position, token, against } }) => ({ position, token, against })),
    );
    const readings = top > 0 ? await readLens(this.#model, rows, asked, top) : [];
    for (const [index, { layer, elapsed, provisional }] of told.entries()) {
      for (const [place, { row, number }] of this.#asked.entries()) {
        const reading = readings[index * this.#asked.length + place];
        await this.#tell({
          prompt: row,
          target: number,
          step: {
            type: 'FORWARD',
            layer,
            elapsed,
            ...(provisional && { provisional: provisional[place] ?? null }),
            ...(reading && { lens: reading.lens, target: lensToken(reading) }),
          },
        });
      }
    }
  }

  /** Of each target; null of those that cannot be foreseen. */
  async #provisional(layer: number, before: Tensors): Promise<(ProvisionalResult | null)[]> {
    const all: (ProvisionalResult | null)[] = this.#asked.map(() => null);
    const directions = this.#directions;
    if (!directions) return all;
    const places = this.#foreseen.flatMap((place) => {
      const { row, target } = this.#asked[place] as Asked;
      return [row, target.position];
    });
    const feeds = { ...before, direct: directions, at: integers(places, this.#foreseen.length, 2) };
    const out = await this.#model.runBlock('direct', layer, feeds);
    const heads = new Rows(floatsOf(out, 'heads'), this.#model.specification.headCount);
    for (const [row, place] of this.#foreseen.entries()) {
      all[place] = {
        attention: at(floatsOf(out, 'attention'), row),
        mlp: out.mlp ? at(floatsOf(out, 'mlp'), row) : null,
        attentionBias: at(floatsOf(out, 'attention_bias'), row),
        heads: heads.row(row).slice(),
      };
    }
    return all;
  }
}
