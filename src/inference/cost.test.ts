import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import { openModelFiles } from '../checkpoint/checkpoint.ts';
import { initModel } from '../cli/models/init.ts';
import type { BatchRequest } from '../explain/attribution/batch-request.ts';
import { attributionDemand, batchDemand } from '../explain/attribution/demand.ts';
import { attributionMethods } from '../explain/attribution/methods/registry.ts';
import type { AttributionRequest } from '../explain/attribution/result.ts';
import { ablations } from '../explain/attribution/studies/ablations.ts';
import { circuitsDemand } from '../explain/circuits/demand.ts';
import type { CircuitsRequest } from '../explain/circuits/result.ts';
import { circulationDemand } from '../explain/circulation/demand.ts';
import type { CirculationRequest } from '../explain/circulation/event.ts';
import { predictionDemand } from '../explain/prediction.ts';
import { type Demand, ModelCost, nothing } from './cost.ts';

const everything = { layers: 1, residuals: 1, neurons: 4, 'edges.TOTAL': 8, 'moves.TOTAL.LAYER.HEAD.TO.FROM': 1 };

const request = (length: number, changes: Partial<AttributionRequest> = {}): AttributionRequest => ({
  inputIds: Array(length).fill(1),
  targets: [{ position: length - 1, token: null, against: null }],
  method: 'FROZEN',
  selection: {},
  ...changes,
});

describe('the cost of a model', () => {
  const width = 32;
  const heads = 2;
  const layers = 2;
  /** Four times the width, as `initModel` makes it. */
  const neurons = 128;
  const vocabulary = 257;
  const tiny = async (architecture: 'llama' | 'gpt2') => {
    await using folder = await temporaryFolder();
    const made = await initModel(folder.path, architecture, 'tiny', { seed: 1, dtype: 'F32', width, layers, heads });
    return new ModelCost(await openModelFiles(made.folder));
  };

  it('counts every product of a pass, counted here by hand', async () => {
    const length = 7;
    // Queries, keys, values and outputs; the gate, up and down maps. Scores and what they weigh, in every head.
    const maps = 4 * width * width + 3 * width * neurons;
    const square = 2 * length * length * width;
    const llama = await tiny('llama');
    assert.equal(llama.forward(1, length).flops, layers * (2 * length * maps + 2 * square));
    assert.equal(llama.forward(3, length).flops, 3 * llama.forward(1, length).flops);
    assert.equal(llama.forward(1, length).weights, layers * maps);
    // Through values, outputs, up and down alone; the scores again, and through the patterns once.
    const held = 2 * width * width + 2 * width * neurons;
    assert.equal(llama.reverse('FROZEN', 1, length).flops, layers * (2 * length * held + 2 * square));
    // All maps; the scores again; through the patterns to values, to the scores, and from them to queries and keys.
    assert.equal(llama.reverse('GRADIENT', 1, length).flops, layers * (2 * length * maps + 5 * square));
    assert.equal(llama.target(2).flops, 2 * 2 * width * vocabulary);

    // In the last block one position alone is read.
    const mlp = 3 * width * neurons;
    assert.equal(llama.forward(1, length, 1).flops, llama.forward(1, length).flops - 2 * (length - 1) * mlp);
    assert.equal(
      llama.reverse('FROZEN', 2, length, 1).flops,
      llama.reverse('FROZEN', 2, length).flops - 2 * 2 * (length - 1) * 2 * width * neurons,
    );

    const gpt2 = await tiny('gpt2');
    const plain = 4 * width * width + 2 * width * neurons;
    assert.equal(gpt2.forward(1, length).flops, layers * (2 * length * plain + 2 * square));
    assert.equal(gpt2.reverse('ATTN_LRP', 1, length).flops, layers * (2 * length * plain + 5 * square));
  });

  it('of positions that follow others is theirs alone, but for what they look at', async () => {
    const llama = await tiny('llama');
    assert.equal(llama.continuation(2, { from: 0, to: 7 }).flops, llama.forward(2, 7).flops);
    const attention = 4 * width * width;
    const mlp = 3 * width * neurons;
    // Three positions that look at seven; in the last block the MLP of a single one is read.
    const first = 2 * 3 * (attention + mlp) + 2 * 2 * 3 * 7 * width;
    const last = 2 * (3 * attention + mlp) + 2 * 2 * 3 * 7 * width;
    assert.equal(llama.continuation(1, { from: 4, to: 7 }, 1).flops, (layers - 1) * first + last);
    assert.equal(llama.activations.past(7), 4 * layers * 2 * 7 * width);
  });

  it('of a circulation is a pass with the rows of each tracked token, from the first one on, and the audit', async () => {
    const llama = await tiny('llama');
    const circulation = (changes: Partial<CirculationRequest> = {}) =>
      circulationDemand(llama, {
        inputIds: Array(6).fill(1),
        track: [0],
        layers,
        top: 5,
        target: { position: 5, token: null, against: null },
        figures: [],
        ...changes,
      });
    const flops = (changes: Partial<CirculationRequest>) => circulation(changes).cost.flops;
    const block = 2 * width * width + 2 * width * neurons;
    // Of values, outputs, up and down; patterns times values.
    const row = (following: number) => 2 * following * block + 2 * following ** 2 * width;
    assert.equal(flops({ track: [0, 3] }) - flops({ track: [0] }), layers * row(6));
    assert.equal(flops({ track: [0] }) - flops({ track: [4] }), layers * (row(6) - row(2) + audited(4) - audited(3)));
    function audited(positions: number): number {
      return 2 * positions * (block - width * width) + 2 * positions * 6 * width;
    }
    assert.equal(
      flops({ figures: ['HEADS'] }) - flops({}),
      layers * 2 * (6 + width) * heads * (width / heads) ** 2,
      "the heads' norms",
    );
    const own = llama.forward(1, 6).flops;
    // The values of the rest at every position.
    assert.equal(
      flops({ track: [5] }) - own,
      layers * (row(1) + audited(2) + 2 * 6 * width * width) + llama.target(1).flops,
    );
    assert.ok(flops({ layers: 1 }) < flops({}));
    assert.ok(flops({ figures: ['LENS'] }) > flops({}));
    assert.ok(circulation({ track: [0, 1, 2] }).activations > circulation().activations);
  });

  it('of a circulation has two whole patterns, and the hole of a third below the size that is given back', async () => {
    const llama = await tiny('llama');
    const audited = 2;
    const bytes = (length: number) =>
      llama.activations.circulationWork({ length, tracked: 1, following: 1, audited, heads: false });
    // Beside them the mask, and six streams of the prompt and the one tracked row.
    const beside = (length: number) => 4 * (length ** 2 + 6 * (length + 1) * width);
    const pattern = (length: number) => 4 * heads * length ** 2;
    assert.ok(pattern(8192) < 2 ** 30 && pattern(16_384) > 2 ** 30);
    assert.equal(bytes(8192), 3 * pattern(8192) + beside(8192));
    assert.equal(bytes(16_384), 2 * pattern(16_384) + beside(16_384));
    // Short prompts have more in their neurons: four times of the prompt, twice of all rows.
    const neural = (2 * (2 + audited + 1) + 4 * 2) * neurons;
    assert.equal(bytes(2), 4 * neural + beside(2));
  });

  it('of a circulation has the streams behind it, as far as they are left lying', async () => {
    const { activations } = await tiny('llama');
    assert.equal(activations.passedStreams(2, 100), 4 * 2 * 100 * width);
    assert.equal(activations.passedStreams(2, 10_000_000), 2 ** 26);
  });

  it('grows with the prompt, with every grain and with every target', async () => {
    const llama = await tiny('llama');
    const demands = [1, 2, 5, 40, 300].map((length) => attributionDemand(llama, request(length)));
    const parts = ['flops', 'elements'] as const;
    for (const [index, { cost, activations }] of demands.slice(1).entries()) {
      for (const part of parts) assert.ok(cost[part] > (demands[index]?.cost[part] ?? 0), part);
      assert.ok(activations > (demands[index]?.activations ?? 0));
    }
    const tokens = attributionDemand(llama, request(20));
    for (const grain of [...Object.keys(everything), 'faithfulness', 'agreement', 'ablations.ZERO', 'paths.ALL']) {
      const { cost, activations } = attributionDemand(llama, request(20, { selection: { [grain]: 1 } }));
      assert.ok(cost.elements > tokens.cost.elements, grain);
      assert.ok(activations >= tokens.activations, grain);
    }
    const targets = Array(4).fill(request(20).targets[0]);
    assert.ok(attributionDemand(llama, request(20, { targets })).cost.flops > tokens.cost.flops);
    assert.ok(attributionDemand(llama, request(20, { targets })).cost.flops < 4 * tokens.cost.flops);
  });

  it('of prompts side by side is that of each, with the weights read once for all, and memory for two passes at the most', async () => {
    const llama = await tiny('llama');
    const { inputIds, targets } = request(16);
    const batch = (count: number, changes: Partial<BatchRequest> = {}) => ({
      ...{ method: 'FROZEN', selection: {}, ...changes },
      prompts: Array.from({ length: count }, () => ({ inputIds, targets })),
    });
    for (const method of ['FROZEN', 'GRADIENT', 'ATTN_LRP']) {
      const [one, many] = [1, 32].map((count) => batchDemand(llama, batch(count, { method }))) as [Demand, Demand];
      assert.deepEqual(one, attributionDemand(llama, request(16, { method })));
      assert.equal(many.cost.flops, 32 * one.cost.flops);
      assert.equal(many.cost.elements, 32 * one.cost.elements);
      assert.equal(many.cost.weights, one.cost.weights);
      assert.equal(many.cost.runs, one.cost.runs);
      assert.ok(many.activations > 16 * one.activations);
      const [two, ten] = [64, 320].map((count) => batchDemand(llama, batch(count, { method }))) as [Demand, Demand];
      assert.equal(two.cost.weights, 2 * one.cost.weights);
      assert.equal(ten.activations, two.activations);
    }
    // One after the other there is one at a time.
    const occlusion = (count: number) => batchDemand(llama, batch(count, { method: 'OCCLUSION' }));
    assert.equal(occlusion(32).cost.runs, 32 * occlusion(1).cost.runs);
    assert.equal(occlusion(32).activations, occlusion(1).activations);
    const studied = (count: number) => batchDemand(llama, batch(count, { selection: { faithfulness: 1 } }));
    const faithfulness = (count: number) => studied(count).cost.flops - batchDemand(llama, batch(count)).cost.flops;
    assert.equal(faithfulness(5), 5 * faithfulness(1));
    // Every answer is there at the end.
    const residuals = { selection: { residuals: 1 } };
    const answers = (count: number) =>
      batchDemand(llama, batch(count, residuals)).activations - batchDemand(llama, batch(count)).activations;
    assert.equal(answers(320) - answers(64), (320 - 64) * 2 * 4 * (layers + 1) * 16);
  });

  it('has the logits of every row that is read, which of short prompts are more than a block at work', async () => {
    const llama = await tiny('llama');
    assert.ok(llama.activations.forwardWork(10, 1) >= 4 * 10 * 4 * vocabulary);
  });

  it('has the moves of a path once, however much is read off them, and directly those to the target alone', async () => {
    const llama = await tiny('llama');
    const length = 20;
    const flopsOf = (selection: AttributionRequest['selection']) =>
      attributionDemand(llama, request(length, { selection })).cost.flops -
      attributionDemand(llama, request(length)).cost.flops;
    const [whole, perHead] = ['moves.TOTAL.LAYER.HEAD.TO.FROM', 'moves.TOTAL.HEAD'] as const;
    const product = layers * 2 * length * length * width;
    assert.equal(flopsOf({ [whole]: 1 }), product);
    assert.equal(flopsOf({ 'edges.TOTAL': 3 }), product);
    assert.equal(flopsOf({ [whole]: 1, [perHead]: 1, 'edges.TOTAL': 3 }), product);
    assert.equal(flopsOf({ [whole]: 1, 'edges.TOTAL': 3, 'edges.DIRECT': 3 }), product + product / length);
  });

  it('of a long prompt keeps nothing that grows with its square, and has a slice of a pattern at work', async () => {
    const llama = await tiny('llama');
    for (const rules of ['FROZEN', 'GRADIENT', 'ATTN_LRP', 'paths'] as const) {
      const kept = (length: number) => llama.activations.kept(rules, 1, length, () => []);
      assert.equal(kept(8192), 2 * kept(4096), rules);
    }
    const pattern = 4 * heads * 8192 ** 2;
    assert.ok(llama.activations.forwardWork(1, 8192) < pattern);
    assert.ok(llama.activations.reverseWork('GRADIENT', 1, 8192) < pattern);
    // Little more than half of the scores, and of what is summed by them.
    const squares = llama.forward(1, 8192).flops - 2 * llama.forward(1, 4096).flops;
    const asWhole = layers * 4 * width * (8192 ** 2 - 2 * 4096 ** 2);
    assert.ok(squares > 0.5 * asWhole * 0.99 && squares < 0.54 * asWhole);
  });

  it('has whole patterns of long prompts where no slices are run, or they are put together again', async () => {
    const llama = await tiny('llama');
    const pattern = 4 * heads * 2048 ** 2;
    const { demand } = ablations;
    // The model's own run and the one that lacks a component.
    assert.ok(
      demand(llama, { length: 2048, reads: 1, end: 2048 }, { 'ablations.ZERO': 5 }).activations > 2 * 3 * pattern,
    );
    const rollout = attributionDemand(llama, request(2048, { method: 'ATTENTION_ROLLOUT' })).activations;
    assert.ok(rollout > llama.activations.forwardWork(1, 2048) + pattern);
    // Every run has the keys and values of those before its own.
    const more =
      llama.activations.continuationWork(9, { from: 2047, to: 2048 }) -
      llama.activations.continuationWork(8, { from: 2047, to: 2048 });
    assert.ok(more > 4 * 2 * 2047 * width);
  });

  it('has every answer twice, as it is and as it is sent', async () => {
    const llama = await tiny('llama');
    const length = 20;
    const { targets } = request(length);
    const bytes = (selection: AttributionRequest['selection'], count = 1) =>
      attributionDemand(
        llama,
        request(length, { selection, targets: targets.flatMap((one) => Array(count).fill(one)) }),
      ).activations;
    const all = 4 * layers * heads * length ** 2;
    const [whole, byLayer] = [{ 'moves.TOTAL.LAYER.HEAD.TO.FROM': 1 }, { 'moves.TOTAL.LAYER': 1 }];
    assert.equal(bytes(whole) - bytes(byLayer), 2 * (all - 4 * layers));
    assert.equal(bytes(whole, 3) - bytes(byLayer, 3), 3 * 2 * (all - 4 * layers));
    assert.equal(bytes({ residuals: 1 }) - bytes({}), 2 * 4 * (layers + 1) * length);
  });

  it('counts nothing behind the last target', async () => {
    const llama = await tiny('llama');
    const targets = [{ position: 9, token: null, against: null }];
    for (const method of attributionMethods) {
      const flops = (length: number) => attributionDemand(llama, request(length, { method, targets })).cost.flops;
      assert.equal(flops(20), flops(10), method);
    }
    for (const selection of [{ faithfulness: 1 }, { agreement: 1 }, { 'ablations.ZERO': 5 }, { 'paths.ALL': 5 }]) {
      const flops = (length: number) => attributionDemand(llama, request(length, { targets, selection })).cost.flops;
      assert.equal(flops(20), flops(10), JSON.stringify(selection));
    }
    // A mean is over the whole prompt.
    const mean = (length: number) =>
      attributionDemand(llama, request(length, { targets, selection: { 'ablations.MEAN': 5 } })).cost.flops;
    assert.ok(mean(20) > mean(10));
    // Each of several targets has its own end.
    const both = [{ position: 4, token: null, against: null }, ...targets];
    const studied = (of: typeof both) =>
      attributionDemand(llama, request(20, { targets: of, selection: { faithfulness: 1 } })).cost.flops -
      attributionDemand(llama, request(20, { targets: of })).cost.flops;
    assert.equal(studied(both), studied(both.slice(0, 1)) + studied(targets));
    const prediction = (length: number) =>
      predictionDemand(llama, { inputIds: Array(length).fill(1), position: 9, tokens: [], top: 1 });
    assert.deepEqual(prediction(20), prediction(10));
  });

  it('of paths is every pair of components, and their way back in all blocks at once', async () => {
    const llama = await tiny('llama');
    const length = 7;
    const components = heads + 1;
    const square = 2 * length * length * width;
    // Values, every head's output and the MLP; back through outputs, every head's values and the MLP. No gate. The scores again.
    const maps = 4 * width * width + 4 * width * neurons;
    // Each component with the target, with those of the same block, and with those of the one other block.
    const pairs = components * (layers + layers * components + components);
    const counted = layers * (2 * length * maps + 3 * square) + 2 * pairs * length * width;
    assert.equal(llama.paths(1, length).flops, counted);
    assert.equal(llama.activations.pathsKept(1, length), 4 * components * length * width * (1 + layers));
  });

  it('of circuits is every product of weights, once a head or a pair of heads, and a session for each block and pair', async () => {
    const llama = await tiny('llama');
    const { headWidth: h, vocabularySize } = llama.model;
    const cost = (request: CircuitsRequest) => circuitsDemand(llama, request).cost;
    const copying = cost({ copying: true, composition: [] });
    // W_U·W_E; then of each head O·(W_U·W_E), [h, width], and that times V.
    const all = layers * heads;
    assert.equal(copying.flops, 2 * vocabularySize * width ** 2 + all * (2 * h * width ** 2 + 2 * h * h * width));
    assert.equal(copying.sessions, 1 + layers);
    const pairs = ((layers * (layers - 1)) / 2) * heads ** 2;
    // M of two heads, VᵀV·M, Mᵀ·(VᵀV·M), and ⟨·, R·Rᵀ⟩; V and O of each head with themselves.
    const ofPair = 2 * h * h * width + 2 * h ** 3 + 2 * h ** 3 + 2 * h ** 2;
    const grams = (maps: number) => all * maps * 2 * h * h * width;
    assert.equal(cost({ copying: false, composition: ['V'] }).flops, grams(2) + pairs * ofPair);
    const every = cost({ copying: false, composition: ['Q', 'K', 'V'] });
    assert.equal(every.flops, grams(4) + 3 * pairs * ofPair);
    assert.equal(every.sessions, layers + (layers * (layers - 1)) / 2);
    assert.deepEqual(cost({ copying: false, composition: [] }), nothing);
    assert.equal(cost({ copying: true, composition: ['Q', 'K', 'V'] }).flops, copying.flops + every.flops);
  });

  it('of a method is that of its passes', async () => {
    const llama = await tiny('llama');
    const flops = (changes: Partial<AttributionRequest>) => attributionDemand(llama, request(20, changes)).cost.flops;
    const steps = (count: number) => flops({ method: 'INTEGRATED_GRADIENTS', options: { steps: count } });
    const step = llama.forward(1, 20, 1).flops + llama.reverse('GRADIENT', 1, 20, 1).flops + llama.target(1).flops;
    assert.equal(steps(16) - steps(15), step);
    assert.equal(steps(64) - steps(16), 48 * step);
    // The prompt, then every token's run, of the last block's MLP one position; those from 11 on begin there.
    const from = (start: number) => llama.continuation(1, { from: start, to: 20 }, 1).flops;
    const occlusion = 12 * from(0) + 9 * from(11);
    assert.equal(flops({ method: 'OCCLUSION' }), occlusion + 21 * llama.target(1).flops);
    assert.ok(flops({ method: 'GRADIENT' }) > flops({}));
    assert.ok(flops({ method: 'ATTENTION_ROLLOUT' }) < flops({}));
    // It holds a batch of a few steps, however many there are.
    const activations = (count: number) =>
      attributionDemand(llama, request(20, { method: 'INTEGRATED_GRADIENTS', options: { steps: count } })).activations;
    assert.equal(activations(64), activations(128));
  });
});
