import type { ModelSpecification } from '../../architecture/specification.ts';
import { floatBytes } from '../../inference/activations.ts';
import { allOf, type Demand, type ModelCost, sum } from '../../inference/cost.ts';
import { eachOf } from '../../inference/target.ts';
import { type BatchRequest, batchOf, requestsIn } from './batch-request.ts';
import { contrastedIn, plainIn, sequencesOf } from './continuations.ts';
import { grainsIn } from './grains/registry.ts';
import { nameOf } from './keys.ts';
import { withLayers } from './ledger/ledger.ts';
import { methodOf } from './methods/registry.ts';
import { selectable } from './parts.ts';
import type { AttributionRequest, AttributionSelection } from './result.ts';
import { studiesIn } from './studies/registry.ts';

/** What an attribution takes, by its method, and by each grain and study that is selected; of spans against others both. */
export function attributionDemand(model: ModelCost, request: AttributionRequest): Demand {
  return batchDemand(model, batchOf(request));
}

/** The same of several prompts. */
export function batchDemand(model: ModelCost, request: BatchRequest): Demand {
  const prompts = plainIn(request).map(({ prompt }) => prompt);
  const sequences = requestsIn(request).flatMap((one) => {
    const contrasted = contrastedIn(one).map(({ target }) => target);
    return contrasted.length > 0 ? sequencesOf(one, contrasted) : [];
  });
  const plain = prompts.length > 0 ? [{ ...request, prompts }] : [];
  return allOf([...plain, ...sequences.map(batchOf)].map((batch) => plainDemand(model, batch)));
}

function plainDemand(model: ModelCost, request: BatchRequest): Demand {
  const method = methodOf(request.method);
  const { inputIds = [] } = request.prompts[0] ?? {};
  const length = inputIds.length;
  const asked = selectable({ ...request, inputIds }, request.selection);
  const studies = studiesIn(asked);
  const selection = withLayers(Object.assign({}, ...studies.map(({ study }) => study.needs), asked));
  const whole = { ...request, selection };
  const own = method.together
    ? method.together.demand(model, whole)
    : allOf(requestsIn(whole).map((one) => method.demand(model, one)));
  const targets = request.prompts.flatMap(({ targets }) => targets);
  const ofStudies = targets.map((target) => {
    const reach = { length, end: target.position + 1, reads: eachOf(target).length };
    return allOf(studies.map(({ study, selection }) => study.demand(model, reach, selection)));
  });
  return {
    cost: sum(own.cost, ...ofStudies.map(({ cost }) => cost)),
    // A study begins when the method's own tensors are gone; every answer stays until all are there, and is then copied to
    // be sent, as before it was to be put together from what was read of each block.
    activations:
      Math.max(own.activations, ...ofStudies.map(({ activations }) => activations)) +
      2 * targets.length * answerBytes(model.model, length, selection),
  };
}

/** Bytes of the tensors among one target's grains; its lists are short. */
export function answerBytes(model: ModelSpecification, length: number, selection: AttributionSelection): number {
  const sizes = grainsIn(selection).flatMap(({ name, size }) =>
    Object.keys(selection).map((key) => (nameOf(key) === name ? (size?.(key, model, length) ?? 0) : 0)),
  );
  return floatBytes * sizes.reduce((total, size) => total + size, 0);
}
