/** Parts of `tokenizer.json`: normalizers, pre-tokenizers, post-processors and decoders. */
import { z } from 'zod';

export type Part = Readonly<Record<string, unknown>>;

/** What a normalizer makes of a text, before it is cut. */
export type Normalizer = (text: string) => string;

/** The part, or those of a sequence, of sequences within it too. */
export function partsOf(part: unknown): Part[] {
  if (typeof part !== 'object' || part === null) return [];
  const { normalizers, pretokenizers, decoders } = part as Part;
  const inner = normalizers ?? pretokenizers ?? decoders;
  return Array.isArray(inner) ? inner.flatMap(partsOf) : [part as Part];
}

/** The type of a part, to be named in a message. */
export function typeOf(part: unknown): string {
  const { type } = (part ?? {}) as Part;
  return typeof type === 'string' ? type : 'without a type';
}

/** What `make` makes; an error of it is an issue of the file. */
export function made<Made>(context: z.RefinementCtx, make: () => Made): Made {
  try {
    return make();
  } catch (error) {
    context.addIssue((error as Error).message);
    return z.NEVER;
  }
}
