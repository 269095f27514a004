/** What questions look like: one that is brought from elsewhere is read by all who read those that were asked here. */
import { z } from 'zod';
import { attributionMethods } from '../../explain/attribution/methods/registry.ts';
import { circulationFigures } from '../../explain/circulation/event.ts';

const largest = 2 ** 31 - 1;
const whole = z.int().min(0).max(largest);
const positive = z.int().min(1).max(largest);

const prompt = {
  inputIds: z.array(whole).min(1),
  messages: z.array(z.object({ role: z.string(), from: whole, to: whole })).optional(),
};

const kind = z.enum(['LOG_PROBABILITY', 'PROBABILITY']).optional();

const target = z.object({
  position: whole,
  token: whole.nullable(),
  against: whole.nullable(),
  kind,
  span: z
    .object({ from: positive, tokens: z.array(whole).min(1), against: z.array(whole).min(1).optional() })
    .optional(),
});

const method = z.enum(attributionMethods as [string, ...string[]]);

const attribution = z
  .object({
    ...prompt,
    target,
    method,
    options: z.object({ steps: positive.optional(), baseline: whole.nullable().optional() }).optional(),
  })
  .refine(
    ({ inputIds, target: { position } }) => position < inputIds.length,
    'the target stands outside of the prompt',
  );

const circulation = z
  .object({
    ...prompt,
    track: z.array(whole).min(1),
    target,
    layers: positive,
    top: whole,
    figures: z.array(z.enum(circulationFigures)).optional(),
  })
  .refine(
    ({ inputIds, track, target: { position } }) => [...track, position].every((place) => place < inputIds.length),
    'a tracked token or the target stands outside of the prompt',
  );

const generation = z.object({
  ...prompt,
  maxTokens: positive,
  sampling: z
    .object({ temperature: z.number(), topK: positive.nullable(), topP: z.number(), seed: z.int() })
    .nullable(),
  stopTokens: z.array(whole),
  stopTexts: z.array(z.string()),
  top: whole,
  attribution: z.object({ method, kind }).nullable(),
});

export const questionSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('LOGIT_ATTRIBUTION'), input: attribution }),
  z.object({ kind: z.literal('CIRCULATION'), input: circulation }),
  z.object({ kind: z.literal('GENERATION'), input: generation }),
]);
