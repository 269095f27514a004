/** What is not selected is not computed: which graphs run and which of their outputs are fetched. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { attributeAll, attributeBatch } from '../src/explain/attribution/attribute.ts';
import { movesGrain, sourcesGrain } from '../src/explain/attribution/grains/moves-grain.ts';
import type { AttributionSelection } from '../src/explain/attribution/result.ts';
import { generationGraphs } from '../src/explain/generation/generate.ts';
import { Gate } from '../src/inference/gate.ts';
import type { LoadedModel } from '../src/inference/loaded-model.ts';
import { describeReferences, type ReferencePrompt } from './reference/reference.ts';
import { generated, plainly } from './support/generated.ts';

/** Plain and gated MLPs, grouped heads, parallel blocks, norms after each part. */
const names = ['gpt2-plain', 'llama-grouped', 'gpt-neox-parallel', 'gemma2-softcapped', 'attention-only-plain'];

await describeReferences((reference, model) => {
  interface GraphRun {
    readonly graph: string;
    /** How many left onnxruntime. */
    readonly outputs: number;
  }

  /** Each run of a graph. */
  async function runsIn(work: (model: LoadedModel) => Promise<unknown>): Promise<GraphRun[]> {
    const runs: GraphRun[] = [];
    const watched = new Proxy(model, {
      get(target, property) {
        const member = Reflect.get(target, property) as unknown;
        if (typeof member !== 'function') return member;
        const method = member.bind(target) as (...args: unknown[]) => unknown;
        if (property !== 'run' && property !== 'runBlock') return method;
        return async (...args: unknown[]) => {
          const answer = await method(...args);
          runs.push({ graph: String(args[0]), outputs: Object.keys(answer as object).length });
          return answer;
        };
      },
    });
    await work(watched);
    return runs;
  }

  async function runsOf(selection: AttributionSelection, targets = 1): Promise<GraphRun[]> {
    const { ids } = reference.prompts.at(-1) as ReferencePrompt;
    const all = Array.from({ length: targets }, (_, token) => ({ position: ids.length - 1, token, against: null }));
    const request = { inputIds: ids, targets: all, method: 'FROZEN', selection } as const;
    return runsIn((model) => attributeAll(model, request, new Gate()));
  }

  const count = (runs: readonly { graph: string }[], graph: string) => runs.filter((run) => run.graph === graph).length;

  it('to tokens alone fetches what the reverse pass takes in, and of that pass the gradient and the bias', async () => {
    const { layerCount, embedding, blocks } = model.specification;
    const runs = await runsOf({});
    const graphs = [...new Set(runs.map(({ graph }) => graph))];
    assert.deepEqual(graphs, ['embedding', 'forward', 'target', 'reverse.FROZEN', 'tokenScores']);
    assert.equal(count(runs, 'forward'), layerCount);
    assert.equal(count(runs, 'reverse.FROZEN'), layerCount);
    assert.equal(count(runs, 'tokenScores'), embedding.position ? 2 : 1);
    for (const { graph, outputs } of runs) if (graph === 'reverse.FROZEN') assert.equal(outputs, 2);
    // Queries and keys, every norm's scale and the MLP's factor, and the stream itself.
    const held = ({ attention, mlp }: (typeof blocks)[number]) =>
      [attention.norm, attention.postNorm, mlp?.norm, mlp?.postNorm].filter(Boolean).length + (mlp ? 1 : 0) + 2 + 1;
    const forward = runs.filter(({ graph }) => graph === 'forward').map(({ outputs }) => outputs);
    assert.deepEqual(
      forward,
      blocks.map((block) => held(block)),
    );
  });

  it('runs each further graph only for what is selected', async () => {
    const { layerCount, blocks } = model.specification;
    const mlps = blocks.filter(({ mlp }) => mlp).length;
    const base = await runsOf({});
    const more = async (selection: AttributionSelection) => {
      const runs = await runsOf(selection);
      const graphs = new Set(runs.map(({ graph }) => graph));
      return Object.fromEntries(
        [...graphs].map((graph) => [graph, count(runs, graph) - count(base, graph)]).filter(([, extra]) => extra !== 0),
      );
    };
    assert.deepEqual(await more({ neurons: 3 }), mlps > 0 ? { strongestNeurons: mlps } : {});
    assert.deepEqual(await more({ [sourcesGrain]: 1 }), { 'moves.1': layerCount });
    assert.deepEqual(await more({ [movesGrain('TOTAL', ['TO'], { layers: [0] })]: 1 }), { 'moves.1': 1 });
    assert.deepEqual(await more({ 'edges.TOTAL': 3 }), { 'moves.0.edges': layerCount });
    assert.deepEqual(await more({ residuals: 1 }), { tokenScores: layerCount + 1 });
    assert.deepEqual(await more({ layers: 1 }), {
      contribution: layerCount + mlps,
      headContributions: layerCount,
      tokenScores: layerCount,
    });
  });

  it('makes the moves of a block by a path once, for all that is read off them', async () => {
    const { layerCount } = model.specification;
    const marginals = { [sourcesGrain]: 1, [movesGrain('TOTAL', ['HEAD'])]: 1, [movesGrain('DIRECT', ['FROM'])]: 1 };
    const runs = (await runsOf({ ...marginals, 'edges.TOTAL': 3 })).filter(({ graph }) => graph.startsWith('moves.'));
    const total = { graph: 'moves.2.edges', outputs: 5 };
    const direct = { graph: 'moves.1', outputs: 1 };
    assert.deepEqual(
      runs.sort((a, b) => b.outputs - a.outputs),
      [...Array(layerCount).fill(total), ...Array(layerCount).fill(direct)],
    );
  });

  it('of an answer reads each token once, and goes no way back where it is not explained', async () => {
    const { ids } = reference.prompts.at(-1) as ReferencePrompt;
    const { layerCount } = model.specification;
    const maxTokens = 5;
    const asked = { inputIds: ids, maxTokens };
    assert.deepEqual([...new Set(generationGraphs({ ...plainly, ...asked }))], ['embedding', 'growing', 'target']);
    const plain = await runsIn((model) => generated(model, asked));
    const { growing } = model;
    assert.deepEqual([...new Set(plain.map(({ graph }) => graph))], ['embedding', growing, 'target']);
    // The last token is chosen, and not read.
    const reads = growing === 'step' ? maxTokens : maxTokens * layerCount;
    assert.equal(count(plain, growing), reads);
    assert.equal(count(plain, 'target'), maxTokens);
    // What goes on, and of each block keys and values.
    const outputs = growing === 'step' ? 1 + 2 * layerCount : 3;
    for (const run of plain) if (run.graph === growing) assert.equal(run.outputs, outputs);
    const explained = await runsIn((model) => generated(model, { ...asked, attribution: { method: 'FROZEN' } }));
    assert.equal(count(explained, growing), reads);
    assert.equal(count(explained, 'reverse.FROZEN'), layerCount, 'all of so few together');
  });

  it("makes the model's own pass once for several targets, and reads them and goes back once for all", async () => {
    assert.deepEqual(await runsOf({}, 4), await runsOf({}));
  });

  it('makes one pass, one reading and one pass back for several prompts', async () => {
    const { ids } = reference.prompts.at(-1) as ReferencePrompt;
    const targets = [{ position: ids.length - 1, token: 1, against: null }];
    const prompts = Array.from({ length: 5 }, (_, first) => ({ inputIds: ids.with(0, first), targets }));
    const request = { prompts, method: 'FROZEN', selection: {} };
    assert.deepEqual(await runsIn((model) => attributeBatch(model, request, new Gate())), await runsOf({}));
  });
}, names);
