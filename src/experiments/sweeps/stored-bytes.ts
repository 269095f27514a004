/** What a run takes in the database, before it is made: its float arrays by their sizes, and all else by what such texts take. */
import type { ModelSpecification } from '../../architecture/specification.ts';
import { answerBytes } from '../../explain/attribution/demand.ts';
import { methodOf } from '../../explain/attribution/methods/registry.ts';
import type { CirculationRequest } from '../../explain/circulation/event.ts';
import { tells } from '../../explain/circulation/figures.ts';
import type { GenerationRequest } from '../../explain/generation/event.ts';
import type { AttributionAsked, OtherAsked } from './questions.ts';

const floatBytes = 4;
/** Bytes of JSON: of an answer's own figures, of an event that tells no more than how far it is, of a pair of figures of a head. */
const [answerText, eventText, pairText] = [700, 60, 60];

export function storedBytesOf(asked: AttributionAsked | OtherAsked): number {
  if (!('asked' in asked)) return attributionBytes(asked);
  const { asked: question, specification } = asked;
  return question.kind === 'CIRCULATION'
    ? circulationBytes(question.input, specification)
    : generationBytes(question.input);
}

/** The answer is stored twice: as its parts, and in the last event. */
function attributionBytes({ specification, question: { input }, own }: AttributionAsked): number {
  const { layerCount, headCount } = specification;
  const { length } = input.inputIds;
  const events = methodOf(input.method).throughBlocks ? 2 * layerCount : length;
  const layers = own.layers ? layerCount * (headCount + 5) * pairText : 0;
  return (
    2 * (answerText + floatBytes * length) + eventText * (events + 1) + layers + answerBytes(specification, length, own)
  );
}

/** Of each tracked token, what it has of each position in each block, and what of it the heads carry. */
function circulationBytes(request: CirculationRequest, { headCount }: ModelSpecification): number {
  const { inputIds, track, layers } = request;
  const perPosition = 4 + (tells(request, 'HEADS') ? headCount : 0) + (tells(request, 'PATTERNS') ? 2 * headCount : 0);
  const ofToken = answerText / 2 + floatBytes * perPosition * inputIds.length;
  return layers * (eventText + track.length * ofToken) + answerText;
}

/** Of each token of the answer, and of what it comes from where that is asked for. */
function generationBytes({ inputIds, maxTokens, attribution }: GenerationRequest): number {
  const sources = attribution ? answerText + floatBytes * (inputIds.length + maxTokens) : 0;
  return maxTokens * (answerText / 2 + sources) + answerText;
}
