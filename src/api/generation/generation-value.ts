/** A completed generation as GraphQL shows it. */
import type { AnswerTokenAttribution, GenerationStep } from '../../explain/generation/event.ts';
import { ToPrompt } from '../../explain/generation/to-prompt.ts';
import type { CatalogueModel } from '../../inference/catalogue.ts';
import type { RunRecord } from '../../runs/types.ts';
import type { TokenReader } from '../models/token.ts';

type Completion = Extract<GenerationStep, { type: 'COMPLETED' }>;

/** What the tokens of an answer come from. */
export interface ExplainedAnswer {
  /** One for each token, in order. */
  readonly tokens: readonly AnswerTokenAttribution[];
  readonly toPrompt: ToPrompt;
}

export class GenerationValue {
  readonly run: RunRecord;
  /** Null when the checkpoint is gone. */
  readonly model: CatalogueModel | null;
  readonly tokens: TokenReader;
  readonly completion: Completion;
  readonly #read: () => Promise<readonly AnswerTokenAttribution[]>;
  #explained: Promise<ExplainedAnswer | null> | undefined;

  /** @param read what its tokens come from, in their order; none where they were not explained */
  constructor(
    { run, model, tokens, completion }: Pick<GenerationValue, 'run' | 'model' | 'tokens' | 'completion'>,
    read: () => Promise<readonly AnswerTokenAttribution[]>,
  ) {
    [this.run, this.model, this.tokens, this.completion] = [run, model, tokens, completion];
    this.#read = read;
  }

  get promptLength(): number {
    return this.run.question.input.inputIds.length;
  }

  /** Read when it is first asked for; null where the tokens were not explained. */
  explained(): Promise<ExplainedAnswer | null> {
    this.#explained ??= this.#explain();
    return this.#explained;
  }

  async #explain(): Promise<ExplainedAnswer | null> {
    const { question } = this.run;
    if (question.kind !== 'GENERATION' || question.input.attribution === null) return null;
    const tokens = await this.#read();
    const rows = tokens.map(({ tokens }) => tokens);
    return { tokens, toPrompt: new ToPrompt(rows, this.promptLength) };
  }
}
