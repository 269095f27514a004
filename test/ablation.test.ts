/** What ablated components cost the target, on every reference checkpoint, and what it must obey by itself. */
import assert from 'node:assert/strict';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openModelFiles } from '../src/checkpoint/checkpoint.ts';
import { writeRandomWeights } from '../src/checkpoint/random.ts';
import type { Distribution } from '../src/checkpoint/random-values.ts';
import { attribute } from '../src/explain/attribution/attribute.ts';
import type { Component } from '../src/explain/attribution/result.ts';
import { ablationReplacements, dropsOf } from '../src/explain/attribution/studies/ablations.ts';
import { embed } from '../src/inference/forward-pass.ts';
import { Gate } from '../src/inference/gate.ts';
import { LoadedModel } from '../src/inference/loaded-model.ts';
import { runForward } from '../src/inference/slices.ts';
import type { TargetRequest } from '../src/inference/target.ts';
import { floats, floatsOf } from '../src/inference/tensor.ts';
import {
  describeReferences,
  type ReferencePrompt,
  type ReferenceTarget,
  referenceFolder,
} from './reference/reference.ts';
import { assertClose, scaledTolerance } from './support/close.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

/** Of the largest value of a tensor, and never less than of 1: the references come from float64 runs. */
const parity = 1e-4;
/** Of the attributed value, for what must come out the same by two ways. */
const identity = 1e-5;

await describeReferences((reference, model) => {
  const last = () => {
    const prompt = reference.prompts.at(-1) as ReferencePrompt;
    const { position, token, against, value } = prompt.targets[0] as ReferenceTarget;
    return { inputIds: prompt.ids, target: { position, token, against }, value };
  };

  for (const replacement of ablationReplacements) {
    it(`finds the drops that the reference finds: ${replacement}`, async () => {
      for (const prompt of reference.prompts) {
        for (const [index, { position, token, against }] of prompt.targets.entries()) {
          const expected = reference.find(prompt, `ablation_${replacement.toLowerCase()}`, index);
          if (!expected) continue;
          const components = componentsOf(model);
          const asked = { inputIds: prompt.ids, target: { position, token, against } };
          const drops = await dropsOf(model, asked, components, replacement, new Gate());
          const { headCount } = model.specification;
          const same = components.map(({ layer, head }) => expected[layer * (headCount + 1) + (head ?? headCount)]);
          assertClose(drops, same as number[], scaledTolerance(same as number[], parity), 'drops');
        }
      }
    });
  }

  it('changes nothing where nothing is ablated', async () => {
    const { inputIds } = last();
    const { headCount, blocks } = model.specification;
    const positions = model.positions(inputIds.length);
    let { x } = await embed(model, inputIds);
    for (const [layer, block] of blocks.entries()) {
      const feeds = {
        x,
        ...positions.of(block),
        keep_heads: floats(new Float32Array(headCount).fill(1), 1, headCount, 1, 1),
        keep_mlp: floats(Float32Array.of(1), 1, 1, 1),
        mean: floats(Float32Array.of(1), 1),
      };
      const { post } = await runForward({ model, layer, positions, gate: new Gate() }, x, ['post']);
      const whole = floatsOf(await model.runBlock('ablation', layer, feeds), 'post');
      const expected = floatsOf({ post: post as typeof x }, 'post');
      assertClose(whole, expected, scaledTolerance(expected, identity), `block ${layer}`);
      x = post as typeof x;
    }
  });

  it('finds in a batch what it finds one by one, and in any order', async () => {
    const { value, ...asked } = last();
    const components = componentsOf(model);
    for (const replacement of ablationReplacements) {
      const together = await dropsOf(model, asked, components, replacement, new Gate());
      const reversed = await dropsOf(model, asked, components.toReversed(), replacement, new Gate());
      const tolerance = scaledTolerance([value, ...together], identity);
      assertClose(reversed.reverse(), together, tolerance, 'drops in reverse order');
      for (const [index, component] of components.entries()) {
        const alone = await dropsOf(model, asked, [component], replacement, new Gate());
        assertClose(alone, [together[index] as number], tolerance, JSON.stringify(component));
      }
    }
  });

  it('changes nothing by the mean over a single position', async () => {
    const { inputIds, target } = last();
    const asked = { inputIds: inputIds.slice(0, 1), target: { ...target, position: 0 } };
    const components = componentsOf(model);
    const drops = await dropsOf(model, asked, components, 'MEAN', new Gate());
    assertClose(drops, Array(components.length).fill(0), identity * 10, 'drops');
  });

  const { blocks, unembedding, layerCount } = model.specification;
  const { attention, mlp, parallel } = blocks.at(-1) as (typeof blocks)[number];
  /** Components that no norm and no other component follows. */
  const unfollowed = componentsOf(model).filter(({ layer, head }) => {
    if (layer < layerCount - 1 || unembedding.norm || mlp?.postNorm?.over === 'STREAM') return false;
    return head === null ? true : !attention.postNorm && (!mlp || parallel);
  });
  const dropsWhatItWrites = async () => {
    const { inputIds, target, value } = last();
    const { grains } = await attribute(
      model,
      { inputIds, target, method: 'FROZEN', selection: { layers: 1 } },
      new Gate(),
    );
    const layer = grains.layers?.at(-1);
    const direct = unfollowed.map(({ head }) => (head === null ? layer?.mlp : layer?.heads[head])?.direct as number);
    const drops = await dropsOf(model, { inputIds, target }, unfollowed, 'ZERO', new Gate());
    assertClose(drops, direct, scaledTolerance([value], parity), 'drops');
  };
  if (unfollowed.length > 0) it('drops what the last component writes, where no norm follows', dropsWhatItWrites);

  it('is asked of the strongest components of the layers', async () => {
    const { inputIds, target } = last();
    const request = { inputIds, target, method: 'GRADIENT' as const };
    const selection = { layers: 1, 'ablations.ZERO': 3, 'ablations.MEAN': 2 };
    const { grains } = await attribute(model, { ...request, selection }, new Gate());
    const totals = (grains.layers ?? []).flatMap(({ heads, mlp }) => [...heads, ...(mlp ? [mlp] : [])]);
    const strongest = totals.map(({ total }) => Math.abs(total)).sort((a, b) => b - a);
    const [zero, mean] = [grains['ablations.ZERO'] ?? [], grains['ablations.MEAN'] ?? []];
    assert.deepEqual(
      zero.map(({ total }) => Math.abs(total)),
      strongest.slice(0, 3),
    );
    assert.deepEqual(mean.map(componentOf), zero.slice(0, mean.length).map(componentOf));
    for (const { layer, head, direct, total, drop } of zero) {
      const same = head === null ? grains.layers?.[layer]?.mlp : grains.layers?.[layer]?.heads[head];
      assert.deepEqual({ direct, total }, { direct: same?.direct, total: same?.total });
      assert.ok(Number.isFinite(drop));
    }
    const alone = await attribute(model, { ...request, selection: { 'ablations.ZERO': 3 } }, new Gate());
    assert.deepEqual(alone.grains['ablations.ZERO']?.map(componentOf), zero.map(componentOf));
  });
});

describe('an ablation', () => {
  it('costs nothing where the component writes nothing', async () => {
    await using folder = await temporaryFolder();
    const source = referenceFolder('gpt2-plain');
    const { tensors } = await openModelFiles(source);
    const silent = ['h.0.mlp.c_proj', 'h.1.attn.c_proj.weight'];
    const random = Array.from(tensors.values(), ({ name, shape }) => {
      const distribution: Distribution = silent.some((part) => name.includes(part))
        ? { kind: 'CONSTANT', value: 0 }
        : { kind: 'NORMAL', deviation: 0.3 };
      return { name, shape, distribution };
    });
    copyFileSync(join(source, 'config.json'), join(folder.path, 'config.json'));
    await writeRandomWeights(folder.path, random, { dtype: 'F32', seed: 1 });
    const model = new LoadedModel(await openModelFiles(folder.path), 1);
    const components = componentsOf(model);
    const target = { position: 4, token: 3, against: null };
    for (const replacement of ablationReplacements) {
      const asked = { inputIds: [5, 1, 7, 3, 2], target };
      const drops = await dropsOf(model, asked, components, replacement, new Gate());
      for (const [index, { layer, head }] of components.entries()) {
        const writes = head === null ? layer !== 0 : layer !== 1;
        if (writes) assert.notEqual(drops[index], 0, `layer ${layer} head ${head}`);
        else assertClose([drops[index] as number], [0], identity, `layer ${layer} head ${head}`);
      }
    }
    await model.release();
  });

  it('is the same when it takes several batches, of any kind of target', async () => {
    const model = new LoadedModel(
      await openModelFiles(fileURLToPath(new URL('../models/sample/', import.meta.url))),
      1,
    );
    const inputIds = Array.from({ length: 250 }, (_, index) => 3 + ((index * 37) % 1000));
    const components = componentsOf(model);
    const targets: (TargetRequest & { readonly token: number })[] = [
      { position: 249, token: 40, against: null },
      { position: 200, token: 40, against: 41, kind: 'LOG_PROBABILITY' },
    ];
    for (const target of targets) {
      const together = await dropsOf(model, { inputIds, target }, components, 'MEAN', new Gate());
      for (const index of [0, 6, 7, 13, 27]) {
        const component = components[index] as Component;
        const alone = await dropsOf(model, { inputIds, target }, [component], 'MEAN', new Gate());
        assertClose(alone, [together[index] as number], scaledTolerance(together, identity), `component ${index}`);
      }
    }
    await model.release();
  });
});

/** Heads of each block and then its MLP, block by block. */
function componentsOf({ specification: { blocks, headCount } }: LoadedModel): Component[] {
  return blocks.flatMap(({ mlp }, layer) => [
    ...Array.from({ length: headCount }, (_, head) => ({ layer, head })),
    ...(mlp ? [{ layer, head: null }] : []),
  ]);
}

function componentOf({ layer, head }: Component): Component {
  return { layer, head };
}
