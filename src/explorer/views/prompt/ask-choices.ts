/** Asks which tokens a text may mean. */
import {
  EstimateDocument,
  TargetCandidatesDocument,
  type TargetCandidatesInput,
} from '../../../client/generated/graphql.ts';
import { problemIn } from '../../state/problem.ts';
import { server } from '../../state/server.ts';
import { type Candidate, type Choices, choices } from './choices.ts';

/** How many of the model's likeliest. */
const top = 20;

/** Of an empty text: the likeliest tokens alone. @throws Error with what the server says is wrong */
export async function askChoices(input: TargetCandidatesInput, signal: AbortSignal): Promise<Choices> {
  const { text } = input;
  // The server wants a text all the same.
  const asked = { ...input, text: text || ' ' };
  const { targetCandidates: told } = await server.request(TargetCandidatesDocument, { input: asked, top }, { signal });
  if (told.__typename !== 'TargetCandidates') throw new Error(problemIn(told)?.message);
  const { candidates } = told;
  const pieces = text && candidates.length === 0 ? await piecesOf(input, signal) : [];
  return choices(text, { candidates, likeliest: told.likeliest ?? [], pieces });
}

/** As the server splits a target's text, where it refuses it. */
async function piecesOf(
  { model, prompt, position, text }: TargetCandidatesInput,
  signal: AbortSignal,
): Promise<readonly Candidate[]> {
  const target = { token: { text }, ...(position !== undefined && { position }) };
  const variables = { input: { logitAttribution: { input: { model, prompt, target } } } };
  const { estimate } = await server.request(EstimateDocument, variables, { signal });
  return problemIn(estimate)?.candidates ?? [];
}
