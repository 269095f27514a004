/** How large an answer may be: counted while it is made, and before anything is computed where that can be known. */
import { type ExecutionResult, GraphQLError } from 'graphql';
import type { Parts } from './answer-parts.ts';

/** What an answer is counted for. */
export interface AnswerLimit {
  /** Bytes. */
  readonly maxAnswerSize: number;
  /** Whether it may be sent in parts, so that what is deferred of it need not be computed at first. */
  readonly inParts?: boolean | undefined;
}

/** An executor looks through all parts that are to come whenever one has. */
const mostParts = 1000;

/**
 * Bytes of one answer as JSON, counted from above. The first bytes too many refuse the answer as a whole: whatever is
 * still to be resolved of it fails at once.
 */
export class AnswerSize {
  readonly #most: number;
  #made = 0;
  #expected = 0;
  #parts = 0;
  #refusal: GraphQLError | undefined;

  constructor(most: number) {
    this.#most = most;
  }

  /** Why there is no answer; undefined where there is one. */
  get refusal(): GraphQLError | undefined {
    return this.#refusal && new GraphQLError(this.#refusal.message, { extensions: this.#refusal.extensions });
  }

  /** @throws GraphQLError when they are too many */
  add(bytes: number): void {
    this.#made += bytes;
    this.requireWithin();
  }

  /** Counts what is sent after the first part. @throws GraphQLError when it is too much, in too many parts */
  addParts({ count, bytes }: Parts): void {
    this.#parts += count;
    this.add(bytes);
  }

  /**
   * Announces what is about to be computed for the answer.
   * @throws GraphQLError when that is too much, together with all that was announced before
   */
  expect(bytes: number): void {
    this.#expected += bytes;
    this.requireWithin();
  }

  /** @throws GraphQLError when the answer is refused */
  requireWithin(): void {
    const about = this.#expected > this.#most ? `about ${Math.round(this.#expected)} bytes, ` : '';
    if (this.#made > this.#most || this.#expected > this.#most)
      throw this.#refuse(
        `The answer would have ${about}more than ${this.#most} bytes, which is the limit (MAX_RESPONSE_SIZE): select less of it, ` +
          'ask for fewer items, targets, tracked tokens, layers, heads or positions at once, and for tensors as `base64`, which is shorter than `values`',
      );
    if (this.#parts > mostParts)
      throw this.#refuse(
        `The answer would come in more than ${mostParts} parts, which is the limit: put \`@defer\` around lists rather than ` +
          'into their items, and `@stream` on shorter ones',
      );
  }

  #refuse(message: string): GraphQLError {
    // One for all that fail, with a path, so that the executor does not make another of it for each.
    this.#refusal ??= new GraphQLError(message, { path: [], extensions: { code: 'OVER_CAPACITY' } });
    return this.#refusal;
  }
}

const key = Symbol('the size of the answer');

/** The size of what is being answered: of one context, one. */
export function answerSizeOf(context: AnswerLimit & { readonly [key]?: AnswerSize }): AnswerSize {
  const known = context[key];
  if (known) return known;
  const size = new AnswerSize(context.maxAnswerSize);
  // Every resolver asks, so it lies with the context itself. A copy of the context is another answer's: nothing enumerable.
  Object.defineProperty(context, key, { value: size });
  return size;
}

/** In place of an answer that is too large one error, however many fields have failed for it. */
export function wholeOrRefused<Result extends ExecutionResult>(result: Result, context: AnswerLimit): Result {
  const { refusal } = answerSizeOf(context);
  return refusal ? { ...result, data: null, errors: [refusal] } : result;
}
