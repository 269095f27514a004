/** How large an answer may be: counted while it is made, and before anything is computed where that can be known. */
import { type ExecutionResult, GraphQLError } from 'graphql';

/** What an answer is counted for. */
export interface AnswerLimit {
  /** Bytes. */
  readonly maxAnswerSize: number;
}

/**
 * Bytes of one answer as JSON, counted from above. The first bytes too many refuse the answer as a whole: whatever is
 * still to be resolved of it fails at once.
 */
export class AnswerSize {
  readonly #most: number;
  #made = 0;
  #expected = 0;
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
    if (this.#made > this.#most || this.#expected > this.#most) throw this.#refuse();
  }

  #refuse(): GraphQLError {
    const about = this.#expected > this.#most ? `about ${Math.round(this.#expected)} bytes, ` : '';
    // One for all that fail, with a path, so that the executor does not make another of it for each.
    this.#refusal ??= new GraphQLError(
      `The answer would have ${about}more than ${this.#most} bytes, which is the limit (MAX_RESPONSE_SIZE): select less of it, ` +
        'ask for fewer items, targets, tracked tokens, layers, heads or positions at once, and for tensors as `base64`, which is shorter than `values`',
      { path: [], extensions: { code: 'OVER_CAPACITY' } },
    );
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
