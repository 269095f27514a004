/** The chat template of a checkpoint: what it makes of messages, as transformers' `apply_chat_template` does. */
import { TributaryError } from '../../errors.ts';
import type { ChatMessage } from '../messages.ts';
import type { TextSpan } from '../tokenization/places.ts';
import type { Program } from './jinja.ts';
import { spansOf } from './marks.ts';
import { compiled, Raised, rendered } from './rendering.ts';

export interface WrittenChat {
  readonly text: string;
  /** Where the contents stand in it, message by message; undefined where one does not, or that cannot be told. */
  readonly contents: readonly (TextSpan | undefined)[];
}

/** Stands where transformers puts it, behind the message that goes on, with a space that a template may trim. */
const endOfLast = 'CONTINUE_FINAL_MESSAGE_TAG ';

/** Characters of a template's own message that are told. */
const longestReason = 500;

export class ChatTemplate {
  readonly #source: string;
  readonly #variables: Readonly<Record<string, unknown>>;
  #program: Program | undefined;

  /** @param specialTokens by the names that a template knows them by, such as `bos_token` */
  constructor(source: string, specialTokens: Readonly<Record<string, string>>) {
    this.#source = source;
    this.#variables = { ...specialTokens, tools: null, documents: null };
  }

  /**
   * Ends with what comes before an answer of the assistant. Where the last message is the assistant's own it ends with that,
   * which is left open: the model goes on with it.
   * @throws TributaryError PROMPT for no messages, and where the template cannot write them or refuses to
   */
  write(messages: readonly ChatMessage[]): WrittenChat {
    if (messages.length === 0) throw new TributaryError('PROMPT', 'The chat has no messages; it takes at least one');
    const write = messages.at(-1)?.role === 'assistant' ? this.#leftOpen : this.#answered;
    const text = write(messages);
    return { text, contents: spansOf(messages, write, text) };
  }

  readonly #answered = (messages: readonly ChatMessage[]): string => this.#render(messages, true);

  readonly #leftOpen = (messages: readonly ChatMessage[]): string => {
    const { role, content } = messages.at(-1) as ChatMessage;
    const text = this.#render([...messages.slice(0, -1), { role, content: content + endOfLast }], false);
    const end = text.lastIndexOf(endOfLast.trim());
    if (end === -1)
      throw new TributaryError(
        'PROMPT',
        'The chat template of this model does not write the last message as it is, so it cannot be gone on with; let the last one be of another role than assistant',
      );
    return text.startsWith(endOfLast, end) ? text.slice(0, end) : text.slice(0, end).trimEnd();
  };

  #render(messages: readonly ChatMessage[], addGenerationPrompt: boolean): string {
    const characters = messages.reduce((sum, { role, content }) => sum + role.length + content.length, 0);
    const variables = { ...this.#variables, messages, add_generation_prompt: addGenerationPrompt };
    try {
      this.#program ??= compiled(this.#source);
      return rendered(this.#program, variables, characters);
    } catch (error) {
      const reason = (error as Error).message.slice(0, longestReason);
      const fault = error instanceof Raised ? 'refuses these messages' : 'cannot write these messages';
      throw new TributaryError('PROMPT', `The chat template of this model ${fault}: ${reason}`, {}, { cause: error });
    }
  }
}
