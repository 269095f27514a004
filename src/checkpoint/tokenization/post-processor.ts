/** Post-processors of `tokenizer.json`: the special tokens around a prompt. */
import { z } from 'zod';
import { typeOf } from './part.ts';

/** @param special whether tokens are added */
export type PostProcessor = (ids: readonly number[], special: boolean) => number[];

const id = z.number();
const around = z.looseObject({ cls: z.tuple([z.string(), id]), sep: z.tuple([z.string(), id]) });

const enclosing = ({ cls: [, before], sep: [, behind] }: z.output<typeof around>): PostProcessor => {
  return (ids, special) => (special ? [before, ...ids, behind] : [...ids]);
};

const template = z
  .looseObject({
    type: z.literal('TemplateProcessing'),
    single: z.array(
      z.union([
        z.object({ Sequence: z.looseObject({ id: z.literal('A') }) }),
        z.object({ SpecialToken: z.looseObject({ id: z.string() }) }),
      ]),
    ),
    special_tokens: z.record(z.string(), z.looseObject({ ids: z.array(id) })),
  })
  .transform(({ single, special_tokens }, context): PostProcessor => {
    const parts = single.map((part) => {
      if ('Sequence' in part) return 'prompt';
      const token = special_tokens[part.SpecialToken.id];
      if (token) return token.ids;
      context.addIssue(`special_tokens does not say what ${JSON.stringify(part.SpecialToken.id)} is`);
      return z.NEVER;
    });
    return (ids, special) => parts.flatMap((part) => (part === 'prompt' ? ids : special ? part : []));
  });

/** Says where tokens are in the text, and adds none. */
const byteLevel = z.looseObject({ type: z.literal('ByteLevel') }).transform(() => addsNone);
const addsNone: PostProcessor = (ids) => [...ids];

export const postProcessor: z.ZodType<PostProcessor> = z.lazy(() =>
  z.discriminatedUnion(
    'type',
    [
      byteLevel,
      template,
      around.extend({ type: z.literal('BertProcessing') }).transform(enclosing),
      around.extend({ type: z.literal('RobertaProcessing') }).transform(enclosing),
      z
        .looseObject({ type: z.literal('Sequence'), processors: z.array(postProcessor) })
        .transform(({ processors }, context): PostProcessor => {
          const [adds = addsNone, ...others] = processors.filter((processor) => processor !== addsNone);
          if (others.length > 0) context.addIssue('more than one post-processor that adds tokens is not supported');
          return adds;
        }),
    ],
    { error: ({ input }) => `the post-processor ${typeOf(input)} is not supported` },
  ),
);
