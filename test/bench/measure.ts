/** The scenarios that are measured; and one of them in a process of its own, so that its peak memory is its own. */
import { realpathSync } from 'node:fs';
import { openModelFiles } from '../../src/checkpoint/checkpoint.ts';
import { attributeAll, graphsOf } from '../../src/explain/attribution/attribute.ts';
import { sourcesGrain } from '../../src/explain/attribution/grains/moves-grain.ts';
import type { AttributionSelection } from '../../src/explain/attribution/result.ts';
import { circulate, circulationGraphs } from '../../src/explain/circulation/circulate.ts';
import { forwardPass, inputsOf } from '../../src/inference/forward-pass.ts';
import { Gate } from '../../src/inference/gate.ts';
import { type BlockGraph, LoadedModel } from '../../src/inference/loaded-model.ts';
import { readTarget } from '../../src/inference/target.ts';
import { integers } from '../../src/inference/tensor.ts';
import { plainModel } from './plain.ts';

export type Scenario =
  | 'plain'
  | 'plainLast'
  | 'trace'
  | 'tokens'
  | 'layers'
  | 'everything'
  | 'circulate'
  | 'firstLayer';

const tokensOnly: AttributionSelection = {};
const allHeads: AttributionSelection = { layers: 1 };
const everything: AttributionSelection = { layers: 1, [sourcesGrain]: 1, neurons: 10, 'edges.TOTAL': 20 };

/** @returns runs the scenario once and gives the milliseconds it took */
export async function prepare(
  folder: string,
  threads: number,
): Promise<(scenario: Scenario, length: number) => Promise<number>> {
  const files = await openModelFiles(realpathSync(folder));
  const model = new LoadedModel(files, threads);
  const { specification } = model;
  const plain = new Map<string, ReturnType<typeof plainModel>>();
  const runPlain = async (rows: 'ALL' | 'LAST', ids: number[]) => {
    const session = plain.get(rows) ?? plainModel(specification, files.tensors, files.folder, threads, rows);
    plain.set(rows, session);
    const { mask } = model.positions(ids.length).of(specification.blocks[0] as (typeof specification.blocks)[number]);
    await (await session).run({
      ids: integers(ids, 1, ids.length),
      positions: integers([...ids.keys()]),
      mask: mask as NonNullable<typeof mask>,
    });
  };
  const runAttribution = async (ids: number[], selection: AttributionSelection) => {
    const targets = [{ position: ids.length - 1, token: null, against: null }];
    const request = { inputIds: ids, targets, method: 'FROZEN' as const, selection };
    await model.prepare(
      graphsOf(request),
      () => undefined,
      () => undefined,
    );
    await attributeAll(model, request, new Gate());
  };
  const runCirculation = async (ids: number[], onLayer: () => void) => {
    const target = { position: ids.length - 1, token: null, against: null };
    const request = { inputIds: ids, track: [ids.length - 1], target, layers: specification.layerCount, top: 5 };
    await model.prepare(
      circulationGraphs,
      () => undefined,
      () => undefined,
    );
    await circulate(model, request, new Gate(), (step) => step.type === 'LAYER' && onLayer());
  };
  return async (scenario, length) => {
    const ids = Array.from({ length }, (_, position) => (position * 7919 + 13) % specification.vocabularySize);
    const started = performance.now();
    let firstLayer: number | undefined;
    if (scenario === 'plain') await runPlain('ALL', ids);
    else if (scenario === 'plainLast') await runPlain('LAST', ids);
    else if (scenario === 'trace') {
      const read = model.positions(length, undefined, [length - 1]);
      const { last } = await forwardPass(model, ids, new Gate(), inputsOf(model, 'reverse.FROZEN'), read);
      await readTarget(model, last, { position: length - 1, token: null, against: null });
    } else if (scenario === 'tokens') await runAttribution(ids, tokensOnly);
    else if (scenario === 'layers') await runAttribution(ids, allHeads);
    else if (scenario === 'everything') await runAttribution(ids, everything);
    else await runCirculation(ids, () => (firstLayer ??= performance.now() - started));
    return scenario === 'firstLayer' && firstLayer !== undefined ? firstLayer : performance.now() - started;
  };
}

/** Milliseconds that the sessions of all blocks take to load. */
export async function loadTime(folder: string, threads: number, graph: BlockGraph): Promise<number> {
  const model = new LoadedModel(await openModelFiles(folder), threads);
  const started = performance.now();
  await model.prepare(
    [graph],
    () => undefined,
    () => undefined,
  );
  const took = performance.now() - started;
  await model.release();
  return took;
}

if (import.meta.main) {
  const [folder = '', threads = '1', scenario = 'plain', length = '64'] = process.argv.slice(2);
  const run = await prepare(folder, Number(threads));
  for (let repetition = 0; repetition < 3; repetition++) await run(scenario as Scenario, Number(length));
  // Kilobytes.
  console.log(process.resourceUsage().maxRSS);
}
