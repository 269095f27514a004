/** What FROZEN, GRADIENT and ATTN_LRP share: one forward pass, then one reverse pass under the rule set of that name. */
import { sum, times } from '../../../inference/cost.ts';
import type { ForwardPass } from '../../../inference/forward-pass.ts';
import { at } from '../../../inference/rows.ts';
import { eachOf, readAll, type WholeReading } from '../../../inference/target.ts';
import { rowsIn, type Tensor } from '../../../inference/tensor.ts';
import type { RuleSet } from '../../../onnx/rules/registry.ts';
import { batchesAtOnce } from '../batch.ts';
import { type BatchPrompt, batchOf, type TellInBatch } from '../batch-request.ts';
import { grainsIn, savedFor } from '../grains/registry.ts';
import { ledgerCost, ledgerWork } from '../ledger/ledger.ts';
import type { Tell } from '../ledger/step.ts';
import { passBack } from '../pass-back.ts';
import { passUp } from '../pass-up.ts';
import { readingDemand } from '../reading-demand.ts';
import type { AttributionResult } from '../result.ts';
import { sideBySide } from '../side-by-side.ts';
import type { Method, Together } from './method.ts';

export function byReversePass<Name extends RuleSet>({
  name,
  ...described
}: Pick<Method<Name>, 'name' | 'version' | 'description'>): Method<Name> {
  const together = asRows(name);
  return {
    name,
    ...described,
    throughBlocks: true,
    graphs: ['embedding', 'forward', 'target', `reverse.${name}`, 'tokenScores'],
    passes: () => 1,
    progress: ({ layerCount }) => ({ unit: 'BLOCKS', total: 2 * layerCount }),
    demand: (model, request) => together.demand(model, batchOf(request)),
    async run(model, request, gate, tell) {
      const [answers = []] = await together.run(model, batchOf(request), gate, ({ step, target }) =>
        tell({ step, target }),
      );
      return answers;
    },
    together,
  };
}

function asRows(name: RuleSet): Together {
  return {
    demand(model, { prompts, selection }) {
      const grains = grainsIn(selection);
      const demands = Array.from(sideBySide(prompts), ({ prompts: numbers, asked, back }) => {
        const { end: length, read } = asked;
        const targets = numbers.flatMap((number) => prompts[number]?.targets ?? []);
        const [rows, backRows] = [numbers.length, back.map((batch) => batch.length)];
        const readings = readingDemand(model, ...targets);
        // Directions that ride along for what is written straight to the target, one for each of its positions.
        const places = Math.max(...targets.map((target) => eachOf(target).length));
        const along = grains.length > 0 ? places - 1 : 0;
        const forward = model.forward(rows, length, read.size);
        return {
          cost: sum(
            model.embedding(rows * length),
            forward,
            ledgerCost(model, { targets, selection }, forward),
            readings.cost,
            times(targets.length, sum(...grains.map(({ cost }) => cost(model, length, selection)))),
            ...backRows.flatMap((count) => [
              model.reverse(name, count, length, read.size),
              times(2, model.scores(count * length)),
            ]),
          ),
          kept: model.activations.kept(name, rows, length, (block) => savedFor(selection, block)),
          work: Math.max(
            model.activations.forwardWork(rows, length),
            ledgerWork(model, selection),
            readings.activations,
            model.activations.reverseWork(name, Math.max(...backRows), length + along),
            ...grains.map(({ work }) => work?.(model, length) ?? 0),
          ),
        };
      });
      return {
        cost: sum(...demands.map(({ cost }) => cost)),
        activations:
          Math.min(demands.length, batchesAtOnce) * Math.max(...demands.map(({ kept }) => kept)) +
          Math.max(...demands.map(({ work }) => work)),
      };
    },
    async run(model, { prompts, selection }, gate, tell) {
      const length = prompts[0]?.inputIds.length ?? 0;
      const answers = prompts.map((): AttributionResult[] => []);
      const all = prompts.flatMap(({ targets }) => targets).length;
      for (const { prompts: numbers, asked, back } of sideBySide(prompts)) {
        const own = numbers.map((number) => prompts[number] as BatchPrompt);
        const toldUp: TellInBatch = async ({ prompt, ...told }) => {
          if (prompt === undefined && own.length === prompts.length) await tell({ prompt, ...told });
          else
            for (const row of prompt === undefined ? own.keys() : [prompt])
              await tell({ prompt: numbers[row], ...told });
        };
        const pass = await passUp(model, name, own, asked, selection, gate, toldUp);
        const read = await readAll(
          model,
          pass.last,
          own.flatMap(({ targets }, row) => targets.map((target) => ({ ...target, row }))),
        );
        const readings = own.map(({ targets }) => read.splice(0, targets.length));
        for (const [index, rows] of back.entries()) {
          const toldBack: Tell = async ({ target: row, step }) => {
            if (row === undefined && rows.length === all) await tell({ prompt: undefined, step });
            else
              for (const { prompt, target } of row === undefined ? rows : rows.slice(row, row + 1))
                await tell({ prompt: numbers[prompt], target, step });
          };
          const over = firstRows(pass, rows.length, index === back.length - 1);
          const of = rows.map(({ prompt, target }) => readings[prompt]?.[target] as WholeReading);
          const found = await passBack(model, name, over, of, selection, length, gate, toldBack);
          for (const [row, { prompt, target }] of rows.entries())
            (answers[at(numbers, prompt)] as AttributionResult[])[target] = found[row] as AttributionResult;
        }
      }
      return answers;
    },
  };
}

/**
 * What was kept of the first rows, or of the only one.
 * @param isLast whether nobody needs it afterwards: then it is taken out of the pass, and freed on the way back
 */
function firstRows(pass: ForwardPass, count: number, isLast: boolean): ForwardPass {
  const first = (tensor: Tensor) => rowsIn(tensor, { from: 0, to: Math.min(count, tensor.dims[0] ?? 1) });
  const saved = (isLast ? pass.saved.splice(0) : pass.saved).map((tensors) =>
    Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, first(tensor)])),
  );
  return { ...pass, saved, x: first(pass.x), token: pass.token && first(pass.token), last: first(pass.last) };
}
