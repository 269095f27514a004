/** What all events of runs share, in GraphQL: the interface, and the two ends that any run may have. */

import { failures, storedCode } from '../../errors.ts';
import type { CatalogueModel } from '../../inference/catalogue.ts';
import type { LensTokenResult } from '../../inference/target.ts';
import type { RunFailure, RunKind, RunRecord, RunStep, StoredEvent } from '../../runs/types.ts';
import { builder } from '../builder.ts';
import { ErrorCodeEnum, Failure } from '../failures.ts';
import type { LensTokenValue } from '../models/lens-token.ts';
import { type TokenReader, type TokenValue, tokenAt } from '../models/token.ts';
import { type SelectedField, selectedFields } from '../selected-fields.ts';
import { Run } from './run-type.ts';

/** What all events of a run are read with. */
export interface EventReading {
  /** As it was when the reading began. */
  readonly run: RunRecord;
  /** Null when the checkpoint is gone. */
  readonly model: CatalogueModel | null;
  readonly tokens: TokenReader;
}

/** A stored event with what is needed to show it. */
export interface EventValue extends EventReading {
  readonly event: StoredEvent;
}

const ends = { FAILED: 'RunFailed', CANCELLED: 'RunCancelled' } as const;

/** The types of the events of each kind of run, by their steps. */
const eventTypes: Readonly<Record<RunKind, Partial<Record<RunStep['type'], string>>>> = {
  CIRCULATION: {
    ...ends,
    STARTED: 'CirculationStarted',
    LAYER: 'LayerCirculated',
    COMPLETED: 'CirculationCompleted',
  },
  GENERATION: {
    ...ends,
    STARTED: 'GenerationStarted',
    TOKEN: 'TokenGenerated',
    ATTRIBUTED: 'TokenAttributed',
    COMPLETED: 'GenerationCompleted',
  },
  LOGIT_ATTRIBUTION: {
    ...ends,
    STARTED: 'AttributionStarted',
    FORWARD: 'LayerPassed',
    REVERSE: 'LayerAttributed',
    PROGRESS: 'AttributionProgressed',
    COMPLETED: 'AttributionCompleted',
  },
};

/** Names of the types of all events that a run of this kind may have. */
export function eventTypesOf(kind: RunKind): string[] {
  return Object.values(eventTypes[kind]);
}

function eventTypeOf({ run, event }: EventValue): string {
  const type = eventTypes[run.question.kind][event.step.type];
  if (!type) throw new Error(`Event ${event.seq} of a ${run.question.kind} is a ${event.step.type}`);
  return type;
}

/** The type of an event or, in its place, of the failure to tell it. */
export function resolveEvent(value: unknown): string {
  return value instanceof Failure ? failures[value.code].type : eventTypeOf(value as EventValue);
}

/** Marks a field of an event that tells what is so now, and not only what was told then. */
export const changing = { changes: true } as const;

/** Of a field of a run: all but its id may be another one by the next event. */
const runChanges = ({ name }: SelectedField) => name !== 'id';

/** Does a field of an event tell what is so now? */
export const changes = ({ name, definition, fields }: SelectedField) =>
  definition.extensions.changes === true || (name === 'run' && fields().some(runChanges));

export const RunEvent = builder.interfaceRef<EventValue>('RunEvent').implement({
  description: 'Something that a run told, stored before anyone was told.',
  resolveType: eventTypeOf,
  fields: (t) => ({
    run: t.field({
      type: Run,
      description: 'The run.',
      resolve: async ({ run }, _, { runs }, info) => {
        // Most followers ask for the id alone: no query for each of them at each event.
        return selectedFields(info).some(runChanges) ? ((await runs.find(run.id)) ?? run) : run;
      },
    }),
    seq: t.int({
      description: 'Its place among the events of the run, dense from 0.',
      resolve: ({ event }) => event.seq,
    }),
    at: t.field({ type: 'DateTime', description: 'When it was stored.', resolve: ({ event }) => event.at }),
  }),
});

/** A token of the prompt with its position. */
export function promptToken({ run, tokens }: Pick<EventReading, 'run' | 'tokens'>, position: number): TokenValue {
  return tokenAt(run.question.input, position, tokens);
}

/** The tokens of the prompt, in order. */
export function promptTokens(reading: Pick<EventReading, 'run' | 'tokens'>): TokenValue[] {
  return reading.run.question.input.inputIds.map((_, position) => promptToken(reading, position));
}

/** A token of a lens, predicted at the run's target position. */
export function lensToken({ run, tokens }: EventReading, token: LensTokenResult): LensTokenValue {
  const { question } = run;
  if (question.kind === 'GENERATION') throw new Error('A generation has no target of its own');
  return { ...token, tokens, position: question.input.target.position };
}

/** What an event of this type tells. */
export function stepOf<Step extends RunStep, Type extends Step['type']>(
  { event }: EventValue,
  type: Type,
): Extract<Step, { type: Type }> {
  if (event.step.type !== type) throw new Error(`Event ${event.seq} is no ${type}`);
  return event.step as unknown as Extract<Step, { type: Type }>;
}

/** What the events of a run are known to tell: see where they are asked for. */
export function told<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('An event lacks what its run is said to tell');
  return value;
}

export const RunError = builder.objectRef<RunFailure>('RunError').implement({
  description: 'Why a run has no answer.',
  fields: (t) => ({
    code: t.field({
      type: ErrorCodeEnum,
      description:
        'Which kind of error, for programs; INTERNAL also for one that an earlier version stored and this one does not know.',
      resolve: ({ code }) => storedCode(code),
    }),
    message: t.exposeString('message', { description: 'What happened, for people.' }),
  }),
});

export const RunFailed = builder.objectRef<EventValue>('RunFailed').implement({
  description: 'The run ended without its answer.',
  interfaces: [RunEvent],
  fields: (t) => ({
    error: t.field({
      type: RunError,
      description: 'Why.',
      resolve: ({ event: { step } }) => (step.type === 'FAILED' ? step : { code: 'INTERNAL', message: '' }),
    }),
  }),
});

export const RunCancelled = builder.objectRef<EventValue>('RunCancelled').implement({
  description: 'The run was cancelled. Asking the same again runs it anew.',
  interfaces: [RunEvent],
  fields: (t) => ({
    reason: t.field({
      type: RunError,
      nullable: true,
      description:
        'Why, where nobody asked for it by `cancelRun`: ABANDONED when nobody was there any more to read it. Null otherwise.',
      resolve: ({ event: { step } }) => (step.type === 'CANCELLED' ? (step.reason ?? null) : null),
    }),
  }),
});
