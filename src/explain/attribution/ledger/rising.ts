/** The ledger on the way up: what is told of each block as the forward pass has passed it. */
import type { Gate } from '../../../inference/gate.ts';
import type { LoadedModel } from '../../../inference/loaded-model.ts';
import { at, Rows } from '../../../inference/rows.ts';
import { unscaledDirections } from '../../../inference/target.ts';
import { floatsOf, integers, rowsOf, stacked, type Tensor, type Tensors } from '../../../inference/tensor.ts';
import { isDue, lensToken, readLens, type Timed } from '../../held-lens.ts';
import type { AttributionRequest } from '../result.ts';
import { isForeseen, ledgerKey, tells } from './ledger.ts';
import type { ProvisionalResult, Tell } from './step.ts';

interface Passed extends Timed {
  readonly layer: number;
  /** Of each target; null where nothing can be said yet, undefined where nothing is asked. */
  readonly provisional: readonly (ProvisionalResult | null)[] | undefined;
  /** The stream after the block at the position of each target, [width] each; where the lens is told. */
  readonly rows: readonly Float32Array[];
}

export class Rising {
  readonly #model: LoadedModel;
  readonly #request: AttributionRequest;
  readonly #gate: Gate;
  readonly #tell: Tell;
  /** Numbers of the targets that can be foreseen, and their directions: [targets, 1, width]. */
  readonly #foreseen: readonly number[];
  readonly #directions: Tensor | undefined;
  readonly #untold: Passed[] = [];
  #since = performance.now();
  #stood: number;

  private constructor(
    model: LoadedModel,
    request: AttributionRequest,
    gate: Gate,
    tell: Tell,
    foreseen: readonly number[],
    directions: Tensor | undefined,
  ) {
    this.#model = model;
    this.#request = request;
    this.#gate = gate;
    this.#tell = tell;
    this.#foreseen = foreseen;
    this.#directions = directions;
    this.#stood = gate.stood;
  }

  static async from(model: LoadedModel, request: AttributionRequest, gate: Gate, tell: Tell): Promise<Rising> {
    const { targets, selection } = request;
    const asked = tells(selection, 'PROVISIONAL') ? [...targets.entries()] : [];
    const foreseen = asked.flatMap(([number, target]) =>
      isForeseen(model.specification, target) ? [{ number, target }] : [],
    );
    const named = foreseen.map(({ target }) => target);
    const directions =
      named.length > 0 ? stacked(await unscaledDirections(model, named), 1, model.specification.width) : undefined;
    const numbers = foreseen.map(({ number }) => number);
    return new Rising(model, request, gate, tell, numbers, directions);
  }

  /** @param before what the forward pass has made of the block @param post the stream after it, [1, position, width] */
  async passed(layer: number, before: Tensors, post: Tensor): Promise<void> {
    const now = performance.now();
    const elapsed = now - this.#since - (this.#gate.stood - this.#stood);
    const { targets, selection } = this.#request;
    const withLens = tells(selection, 'LENS');
    this.#untold.push({
      layer,
      elapsed,
      passedAt: now,
      provisional: tells(selection, 'PROVISIONAL') ? await this.#provisional(layer, before) : undefined,
      rows: withLens ? targets.map(({ position }) => rowsOf(post).row(position).slice()) : [],
    });
    const last = layer === this.#model.specification.layerCount - 1;
    if (!withLens || last || isDue(this.#untold) || this.#gate.holds(layer + 1)) await this.#tellAll();
    this.#since = performance.now();
    this.#stood = this.#gate.stood;
  }

  async #tellAll(): Promise<void> {
    const told = this.#untold.splice(0);
    const { targets, selection } = this.#request;
    if (!tells(selection, 'PROVISIONAL') && !tells(selection, 'LENS')) {
      for (const { layer, elapsed } of told) await this.#tell({ step: { type: 'FORWARD', layer, elapsed } });
      return;
    }
    const top = selection[ledgerKey('LENS')] ?? 0;
    const rows = told.flatMap(({ rows }) => rows);
    // What is explained of a target is no matter of the lens, and of a span it shows the last token.
    const asked = told.flatMap(() => targets.map(({ position, token, against }) => ({ position, token, against })));
    const readings = top > 0 ? await readLens(this.#model, rows, asked, top) : [];
    for (const [index, { layer, elapsed, provisional }] of told.entries()) {
      for (const number of targets.keys()) {
        const reading = readings[index * targets.length + number];
        await this.#tell({
          target: number,
          step: {
            type: 'FORWARD',
            layer,
            elapsed,
            ...(provisional && { provisional: provisional[number] ?? null }),
            ...(reading && { lens: reading.lens, target: lensToken(reading) }),
          },
        });
      }
    }
  }

  /** Of each target; null of those that cannot be foreseen. */
  async #provisional(layer: number, before: Tensors): Promise<(ProvisionalResult | null)[]> {
    const { targets } = this.#request;
    const all: (ProvisionalResult | null)[] = targets.map(() => null);
    const directions = this.#directions;
    if (!directions) return all;
    const places = this.#foreseen.flatMap((number) => [0, targets[number]?.position ?? 0]);
    const feeds = { ...before, direct: directions, at: integers(places, this.#foreseen.length, 2) };
    const out = await this.#model.runBlock('direct', layer, feeds);
    const heads = new Rows(floatsOf(out, 'heads'), this.#model.specification.headCount);
    for (const [row, number] of this.#foreseen.entries()) {
      all[number] = {
        attention: at(floatsOf(out, 'attention'), row),
        mlp: out.mlp ? at(floatsOf(out, 'mlp'), row) : null,
        attentionBias: at(floatsOf(out, 'attention_bias'), row),
        heads: heads.row(row).slice(),
      };
    }
    return all;
  }
}
