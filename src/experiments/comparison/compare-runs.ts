/** Two answers beside each other: token by token, and where both have them stored, block by block and head by head. */
import { TributaryError } from '../../errors.ts';
import type { LayerResult } from '../../explain/attribution/grains/layer-result.ts';
import { selectable } from '../../explain/attribution/parts.ts';
import type { ContributionResult } from '../../explain/attribution/result.ts';
import type { ManyRuns } from '../../runs/many-runs.ts';
import type { RunRecord } from '../../runs/types.ts';
import { requireComparable } from './comparable.ts';
import type { ComparedRun, Difference } from './compared-run.ts';
import { differing } from './differing.ts';
import { type Edit, editScript } from './edit-script.ts';
import { shapeOf } from './shape.ts';
import { type FinerPart, type StoredAnswer, storedAnswers } from './stored-answer.ts';

export interface AlignedToken extends Edit {
  /** Null for a token that is not there, or not tracked. */
  readonly scoreOfA: number | null;
  readonly scoreOfB: number | null;
}

export interface ContributionDifference {
  readonly direct: Difference;
  readonly total: Difference;
}

export interface HeadDifference extends ContributionDifference {
  readonly layer: number;
  readonly head: number;
}

export interface LayerDifference {
  readonly layer: number;
  readonly attention: ContributionDifference;
  /** Null in a block that has none in one of the models. */
  readonly mlp: ContributionDifference | null;
}

export interface FaithfulnessDifference {
  readonly comprehensiveness: Difference;
  readonly sufficiency: Difference;
}

export interface RunComparison {
  readonly a: ComparedRun;
  readonly b: ComparedRun;
  readonly differs: readonly string[];
  readonly score: Difference;
  readonly bias: Difference | null;
  readonly tokens: readonly AlignedToken[];
  readonly layers: readonly LayerDifference[] | null;
  readonly heads: readonly HeadDifference[] | null;
  readonly faithfulness: FaithfulnessDifference | null;
  /** Why parts of it are null, and how to have them. */
  readonly notes: readonly string[];
}

/**
 * @param finer parts that are wanted beside the tokens
 * @throws TributaryError RUN_STATE for runs that cannot be compared
 */
export async function compareRuns(
  a: ComparedRun,
  b: ComparedRun,
  many: ManyRuns,
  finer: readonly FinerPart[],
  signal?: AbortSignal | undefined,
): Promise<RunComparison> {
  requireComparable(a, b);
  const stored = await storedAnswers(many, [a.run, b.run], finer);
  const [ofA, ofB] = [answerOf(a.run, stored), answerOf(b.run, stored)];
  const edits = await editScript(a.run.question.input.inputIds, b.run.question.input.inputIds, signal);
  const shapes = shapeNotes(ofA, ofB);
  const layers = shapes.length === 0 ? layersOf(ofA, ofB) : null;
  return {
    a,
    b,
    differs: differing(a, b, edits, [ofA.target, ofB.target]),
    score: { a: ofA.score, b: ofB.score },
    bias: ofA.bias === null || ofB.bias === null ? null : { a: ofA.bias, b: ofB.bias },
    tokens: edits.map((edit) => ({ ...edit, scoreOfA: scoreAt(ofA, edit.a), scoreOfB: scoreAt(ofB, edit.b) })),
    layers: layers?.map(({ layer, attention, mlp }) => ({ layer, attention, mlp })) ?? null,
    heads: layers?.flatMap(({ heads }) => heads) ?? null,
    faithfulness: faithfulnessOf(ofA, ofB),
    notes: [
      ...shapes,
      ...finer.flatMap((part) => [a, b].flatMap(({ run }) => lackNote(run, part, stored.get(run.id)?.[part]))),
    ],
  };
}

function answerOf({ id }: RunRecord, stored: ReadonlyMap<string, StoredAnswer>): StoredAnswer {
  const answer = stored.get(id);
  if (answer) return answer;
  throw new TributaryError(
    'RUN_STATE',
    `The runs cannot be compared: nothing of the answer of run ${id} is stored; read its answer once, which stores it`,
  );
}

function scoreAt(answer: StoredAnswer, position: number | null): number | null {
  return position === null ? null : (answer.tokenAt(position) ?? null);
}

/** Why blocks and heads of two models are not each other's; none where they are. */
function shapeNotes({ layers: a }: StoredAnswer, { layers: b }: StoredAnswer): string[] {
  if (!a || !b) return [];
  const [ofA, ofB] = [shapeOf(a), shapeOf(b)];
  return ofA === ofB
    ? []
    : [
        `layers and heads: one model has ${ofA}, the other ${ofB}, and none is another's; only their tokens are compared`,
      ];
}

function layersOf({ layers: a }: StoredAnswer, { layers: b }: StoredAnswer) {
  if (!a || !b) return null;
  return a.map((ofA, layer) => {
    const ofB = b[layer] as LayerResult;
    return {
      layer,
      attention: differenceOf(ofA.attention, ofB.attention),
      mlp: ofA.mlp && ofB.mlp && differenceOf(ofA.mlp, ofB.mlp),
      heads: ofA.heads.map(
        (head, index): HeadDifference => ({
          layer,
          head: index,
          ...differenceOf(head, ofB.heads[index] as ContributionResult),
        }),
      ),
    };
  });
}

function differenceOf(a: ContributionResult, b: ContributionResult): ContributionDifference {
  return { direct: { a: a.direct, b: b.direct }, total: { a: a.total, b: b.total } };
}

function faithfulnessOf({ faithfulness: a }: StoredAnswer, { faithfulness: b }: StoredAnswer) {
  if (!a || !b) return null;
  return {
    comprehensiveness: { a: a.comprehensiveness.area, b: b.comprehensiveness.area },
    sufficiency: { a: a.sufficiency.area, b: b.sufficiency.area },
  };
}

function lackNote({ id, question }: RunRecord, part: FinerPart, stored: unknown): string[] {
  if (stored) return [];
  if (question.kind !== 'LOGIT_ATTRIBUTION') return [`${part}: run ${id} is a ${question.kind}, which has none`];
  if (!Object.hasOwn(selectable(question.input, { [part]: 1 }), part))
    return [`${part}: with ${question.input.method} and the target of run ${id} there is none`];
  return [
    `${part}: run ${id} has none stored; select \`${part}\` of its \`LogitAttribution\` once, which computes and stores it, and compare again`,
  ];
}
