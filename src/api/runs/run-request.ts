/** What a run was asked, in GraphQL: one type a kind of run. */
import type { AttributionMethod as MethodName } from '../../explain/attribution/methods/registry.ts';
import type { AttributionInput } from '../../explain/attribution/result.ts';
import { type CirculationRequest as Circulation, circulationFigures } from '../../explain/circulation/event.ts';
import type { TargetRequest as Asked } from '../../inference/target.ts';
import type { RunRecord } from '../../runs/types.ts';
import { AttributionOptions } from '../attribution/logit-attribution.ts';
import { AttributionMethod } from '../attribution/request.ts';
import { builder } from '../builder.ts';
import { CirculationFigure } from '../circulation/request.ts';
import { TargetKind, Token } from '../models/token.ts';
import { textOf, tokensOfRun } from './run-tokens.ts';

/** Tokens of a prompt, for what they cost in a list of runs: most have fewer. */
const usualLength = 100;

const Prompt = builder.objectRef<RunRecord>('Prompt').implement({
  description: 'What the model of a run read.',
  fields: (t) => ({
    text: t.string({
      nullable: true,
      description:
        'Its text, without special tokens. Null where a run was stored by version 0.1, which kept none, and its checkpoint is gone.',
      resolve: (run, _, context) => textOf(run, context),
    }),
    tokens: t.field({
      type: [Token],
      description: 'Its tokens, special ones included; with ids for texts where the checkpoint is gone.',
      complexity: { field: 1, multiplier: usualLength },
      resolve: async (run, _, context) => {
        const tokens = await tokensOfRun(run, context);
        return run.question.input.inputIds.map((id, position) => ({ ...tokens(id), position }));
      },
    }),
  }),
});

interface TargetValue {
  readonly run: RunRecord;
  readonly target: Asked;
}

export const TargetRequest = builder.objectRef<TargetValue>('TargetRequest').implement({
  description: 'A target as it was asked for; what became of it is `Target`.',
  fields: (t) => ({
    position: t.int({ description: 'The position that predicts.', resolve: ({ target }) => target.position }),
    token: t.field({
      type: Token,
      nullable: true,
      description: "The token that was named; null: the model's own choice.",
      resolve: ({ run, target }, _, context) => tokenOf(run, target.token, target.position, context),
    }),
    against: t.field({
      type: Token,
      nullable: true,
      description: 'The token it is contrasted with; null where there is no contrast.',
      resolve: ({ run, target }, _, context) => tokenOf(run, target.against, target.position, context),
    }),
    kind: t.field({
      type: TargetKind,
      description: 'What of it is explained.',
      resolve: ({ target }) => target.kind ?? 'LOGIT',
    }),
  }),
});

/** By itself, a run that was found by its id would be shown as a run. */
interface AskedRun {
  readonly run: RunRecord;
}

export const RunRequest = builder.interfaceRef<AskedRun>('RunRequest').implement({
  description: 'What a run was asked; which kind of run, the type says. Positions are counted from the beginning.',
  resolveType: ({ run }) => (run.question.kind === 'CIRCULATION' ? 'CirculationRequest' : 'LogitAttributionRequest'),
  fields: (t) => ({
    prompt: t.field({ type: Prompt, description: 'What the model read.', resolve: ({ run }) => run }),
    target: t.field({
      type: TargetRequest,
      description: 'The target, as it was asked for.',
      resolve: ({ run }) => ({ run, target: run.question.input.target }),
    }),
  }),
});

builder.objectRef<AskedRun>('LogitAttributionRequest').implement({
  description: 'Which logit was to be explained.',
  interfaces: [RunRequest],
  fields: (t) => ({
    method: t.field({
      type: AttributionMethod,
      description: 'How it was to be traced.',
      resolve: ({ run }) => attributionOf(run).method as MethodName,
    }),
    options: t.field({
      type: AttributionOptions,
      nullable: true,
      description: 'What the method was told, with its defaults; null for a method that takes no options.',
      resolve: async ({ run }, _, context) => {
        const { options } = attributionOf(run);
        return options ? { ...options, tokens: await tokensOfRun(run, context) } : null;
      },
    }),
  }),
});

builder.objectRef<AskedRun>('CirculationRequest').implement({
  description: 'Which tokens were to be followed.',
  interfaces: [RunRequest],
  fields: (t) => ({
    tracked: t.field({
      type: [Token],
      description: 'The tokens that were to be followed.',
      resolve: async ({ run }, _, context) => {
        const tokens = await tokensOfRun(run, context);
        return circulationOf(run).track.map((position) => ({
          ...tokens(run.question.input.inputIds[position] ?? -1),
          position,
        }));
      },
    }),
    layers: t.int({
      description: 'How many blocks, from the first on.',
      resolve: ({ run }) => circulationOf(run).layers,
    }),
    top: t.int({
      description: 'How many tokens of the logit lens; 0 where it was not asked for.',
      resolve: ({ run }) => circulationOf(run).top,
    }),
    figures: t.field({
      type: [CirculationFigure],
      description: 'What its events tell beside what every circulation tells.',
      resolve: ({ run }) => [...(circulationOf(run).figures ?? circulationFigures)],
    }),
  }),
});

function attributionOf({ question }: RunRecord): AttributionInput {
  if (question.kind !== 'LOGIT_ATTRIBUTION') throw new Error('A circulation is shown as an attribution');
  return question.input;
}

function circulationOf({ question }: RunRecord): Circulation {
  if (question.kind !== 'CIRCULATION') throw new Error('An attribution is shown as a circulation');
  return question.input;
}

async function tokenOf(
  run: RunRecord,
  id: number | null,
  position: number,
  context: Parameters<typeof tokensOfRun>[1],
) {
  return id === null ? null : { ...(await tokensOfRun(run, context))(id), position };
}
