/** An answer that a model writes, as far as its run has told it: its tokens, and what each comes from. */
import { batch, computed, signal } from '@preact/signals';
import type { RunEvent } from '../../client/client.ts';
import {
  type GenerationInput,
  type RunPartsFragment,
  type RunRequestPartsFragment,
  StartGenerationDocument,
} from '../../client/generated/graphql.ts';
import { largestOf } from '../drawing/colour.ts';
import { type EventOf, FollowedRun } from './run.ts';
import { server } from './server.ts';

export type GenerationStarted = EventOf<'GenerationStarted'>;
export type TokenGenerated = EventOf<'TokenGenerated'>;
/** Whole: runs are followed with all that they tell. */
export type TokenAttributed = Required<EventOf<'TokenAttributed'>>;
export type GenerationCompleted = EventOf<'GenerationCompleted'>;

export interface AnswerQuestion {
  readonly input: GenerationInput;
  /** Whether its tokens are explained. */
  readonly explained: boolean;
}

export class Answer extends FollowedRun {
  readonly asked: AnswerQuestion;
  /** Whether its model is gone, or another one now. */
  readonly isOutdated: boolean;
  readonly started = signal<GenerationStarted | undefined>(undefined);
  readonly tokens = signal<readonly TokenGenerated[]>([]);
  /** By token of the answer; what has not come yet is absent. */
  readonly attributed = signal<readonly (TokenAttributed | undefined)[]>([]);
  readonly completed = signal<GenerationCompleted | undefined>(undefined);
  /** The largest magnitude that a token gives to one behind it: the end of the one scale of all views of this answer. */
  readonly largest = computed(() => largestOf(this.attributed.value.flatMap((row) => row?.scores ?? [])));

  /** @param run that was asked this before; a new one is started where there is none */
  constructor(asked: AnswerQuestion, run?: RunPartsFragment, isOutdated = false) {
    super(server, (event) => batch(() => this.#take(event)));
    this.asked = asked;
    this.isOutdated = isOutdated;
    if (run) void this.follow(run);
    else
      void this.start(
        async () => (await server.request(StartGenerationDocument, { ...asked, keep: false })).startGeneration,
      );
  }

  get question(): GenerationInput {
    return this.asked.input;
  }

  get shownRun(): RunPartsFragment | undefined {
    return this.run.value;
  }

  get underWay(): string[] {
    return this.isUnderWay && this.run.value ? [this.run.value.id] : [];
  }

  #take(event: RunEvent): void {
    if (event.__typename === 'GenerationStarted') this.started.value = event;
    else if (event.__typename === 'TokenGenerated') this.tokens.value = at(this.tokens.value, event);
    else if (event.__typename === 'TokenAttributed')
      this.attributed.value = at(this.attributed.value, event as TokenAttributed);
    else if (event.__typename === 'GenerationCompleted') this.completed.value = event;
  }
}

/** What is told again, after a repeat, takes its own place. */
function at<Told extends { readonly index: number }>(all: readonly (Told | undefined)[], told: Told): Told[] {
  const next = [...all];
  next[told.index] = told;
  return next as Told[];
}

export type GenerationRequest = Extract<RunRequestPartsFragment, { __typename: 'GenerationRequest' }>;

/** What a stored run was asked, with the same token ids. */
export function answerQuestionOf(model: string, request: GenerationRequest): AnswerQuestion {
  const { prompt, maxTokens, sampling, stopTexts, stopTokens, top, attribution } = request;
  return {
    input: {
      model,
      prompt: { tokenIds: prompt.tokens.map(({ tokenId }) => tokenId) },
      maxTokens,
      ...(sampling && { sampling }),
      stop: { texts: stopTexts, tokens: stopTokens.map(({ tokenId }) => ({ tokenId })), endOfText: false },
      top,
      ...(attribution && { attribution }),
    },
    explained: attribution !== null,
  };
}
