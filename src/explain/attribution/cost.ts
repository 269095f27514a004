/** What an attribution takes, by its method and by each grain that is selected. */
import type { Block } from '../../architecture/specification.ts';
import { type Cost, type Demand, type ModelCost, nothing, sum, times } from '../../inference/cost.ts';
import { batches, keptTokens, passingTokens } from './batch.ts';
import { defaultSteps } from './options.ts';
import type { AttributionRequest, AttributionSelection } from './result.ts';
import { selectable } from './selectable.ts';

const floatBytes = 4;
const free: Demand = { cost: nothing, activations: 0 };
/** What a batch kept is there until the garbage collector comes, when the next one has begun. */
const batchesAtOnce = 2;
/** Passes of a study of faithfulness at the most: tokens taken out, kept, and taken out in random orders. */
const faithfulnessPasses = 71;

export function attributionDemand(model: ModelCost, request: AttributionRequest): Demand {
  const { inputIds, targets } = request;
  const length = inputIds.length;
  const asked = selectable(request, request.selection);
  // Components are ablated in the order of what they contribute.
  const selection = Object.keys(asked).some((grain) => kindOf(grain) === 'ablations') ? { layers: 1, ...asked } : asked;
  const own = byMethod(model, request, selection);
  const studies = targets.map(() => ofStudies(model, length, selection));
  return {
    cost: sum(own.cost, ...studies.map(({ cost }) => cost)),
    // A study begins when the method's own tensors are gone; every answer stays until all are there.
    activations:
      Math.max(own.activations, ...studies.map(({ activations }) => activations)) +
      targets.length * answerBytes(model, length, selection),
  };
}

function byMethod(model: ModelCost, request: AttributionRequest, selection: AttributionSelection): Demand {
  const { inputIds, targets, method, options } = request;
  const length = inputIds.length;
  const embedded = model.embedding(length);
  const readings = times(targets.length, model.target(1));
  switch (method) {
    case 'FROZEN':
    case 'GRADIENT':
    case 'ATTN_LRP': {
      const rows = [...batches(targets.length, length, keptTokens)].map((batch) => batch.length);
      const grains = times(targets.length, sum(readGrains(model, length, selection), times(2, model.scores(length))));
      return {
        cost: sum(
          embedded,
          model.forward(1, length),
          readings,
          ...rows.map((count) => model.reverse(method, count, length)),
          grains,
        ),
        activations:
          model.kept(method, 1, length, (block) => savedFor(selection, block)) +
          Math.max(model.forwardWork(1, length), model.reverseWork(method, Math.max(...rows), length)),
      };
    }
    case 'INTEGRATED_GRADIENTS': {
      const points = [...batches(options?.steps ?? defaultSteps, length, keptTokens)].map((batch) => batch.length);
      const most = Math.max(...points);
      const back = (rows: number) => sum(model.target(rows), model.reverse('GRADIENT', rows, length));
      return {
        cost: sum(
          times(2, embedded),
          model.forward(2, length),
          times(2, readings),
          ...points.map((rows) => sum(model.forward(rows, length), times(targets.length, back(rows)))),
        ),
        activations:
          Math.min(points.length, batchesAtOnce) * model.kept('GRADIENT', most, length, () => []) +
          Math.max(model.forwardWork(most, length), model.reverseWork('GRADIENT', most, length)),
      };
    }
    case 'OCCLUSION': {
      const latest = Math.max(...targets.map(({ position }) => position));
      const variants = variantsOf(model, latest + 1, length, targets.length);
      return {
        cost: sum(times(2, embedded), model.forward(1, length), readings, variants.cost),
        activations: variants.activations,
      };
    }
    case 'ATTENTION_ROLLOUT':
      return {
        // The mean over heads, and its product from block to block.
        cost: sum(embedded, model.forward(1, length), readings, model.moves(length)),
        // Of every block the mean alone stays.
        activations: floatBytes * model.model.layerCount * length ** 2 + model.forwardWork(1, length),
      };
  }
}

/** Runs of changed prompts that keep nothing on their way. @param count how many */
function variantsOf(model: ModelCost, count: number, length: number, targets: number): Demand {
  const rows = [...batches(count, length, passingTokens)].map((batch) => batch.length);
  const most = Math.max(...rows);
  return {
    cost: sum(...rows.map((count) => sum(model.forward(count, length), times(targets, model.target(count))))),
    activations:
      Math.min(rows.length, batchesAtOnce) * model.kept(undefined, most, length, () => []) +
      model.forwardWork(most, length),
  };
}

/** What reading the selected grains off one target's way back takes. */
function readGrains(model: ModelCost, length: number, selection: AttributionSelection): Cost {
  const costs = kindsOf(selection).map((kind) => {
    switch (kind) {
      case 'layers':
        return model.readouts(length, 4);
      case 'residuals':
      case 'neurons':
        return model.readouts(length, 1);
      case 'edges':
      case 'moves':
        return model.moves(length);
      default:
        return nothing;
    }
  });
  return sum(...costs);
}

/** What takes passes of its own once the method has answered, for one target. */
function ofStudies(model: ModelCost, length: number, selection: AttributionSelection): Demand {
  const origins = kindsOf(selection).filter((kind) => kind === 'paths').length;
  const demands = Object.entries(selection).map(([grain, count = 0]): Demand => {
    switch (kindOf(grain)) {
      case 'faithfulness':
        return variantsOf(model, faithfulnessPasses, length, 1);
      case 'agreement':
        return variantsOf(model, length, length, 1);
      case 'ablations':
        return variantsOf(model, Math.min(count, model.model.layerCount * (model.model.headCount + 1)) + 1, length, 1);
      default:
        return free;
    }
  });
  if (origins > 0) {
    demands.push({
      cost: sum(model.embedding(length), model.forward(1, length), model.target(1), model.paths(origins, length)),
      activations:
        model.kept('paths', 1, length, () => []) +
        model.pathsKept(origins, length) +
        model.reverseWork('FROZEN', origins, length),
    });
  }
  return {
    cost: sum(...demands.map(({ cost }) => cost)),
    activations: Math.max(0, ...demands.map(({ activations }) => activations)),
  };
}

/** Outputs of the forward graph that the selected grains are read from. */
export function savedFor(selection: AttributionSelection, { mlp }: Block): string[] {
  return kindsOf(selection).flatMap((kind) => {
    if (kind === 'layers') return ['attention_out', 'z', 'mlp_out'];
    if (kind === 'edges' || kind === 'moves') return ['pattern', 'value'];
    return kind === 'neurons' && mlp ? ['mlp_pre', 'mlp_gate'] : [];
  });
}

/** Bytes of the tensors among one target's grains; its lists are short. */
function answerBytes({ model }: ModelCost, length: number, selection: AttributionSelection): number {
  const sizes: Record<string, number> = { LAYER: model.layerCount, HEAD: model.headCount, TO: length, FROM: length };
  const numbers = Object.keys(selection).map((grain) => {
    const [kind, , ...axes] = grain.split('.');
    if (kind === 'residuals') return (model.layerCount + 1) * length;
    // Summed over the blocks at the end, or kept block by block.
    return kind === 'moves' ? axes.reduce((product, axis) => product * (sizes[axis] ?? 1), 1) : 0;
  });
  return floatBytes * numbers.reduce((total, size) => total + size, 0);
}

function kindsOf(selection: AttributionSelection): string[] {
  return Object.entries(selection).flatMap(([grain, count]) => (count ? [kindOf(grain)] : []));
}

function kindOf(grain: string): string {
  return grain.split('.')[0] ?? grain;
}
