/** What a list of tokens offers, for what was typed. */
import type { CandidatePartsFragment } from '../../../client/generated/graphql.ts';
import { space } from '../../format/token.ts';

export type Candidate = CandidatePartsFragment;

export interface Choices {
  readonly offered: readonly Candidate[];
  /** What is to be known of them. */
  readonly note?: string;
}

interface Answered {
  /** Single tokens that the text may mean. */
  readonly candidates: readonly Candidate[];
  /** The model's own likeliest tokens. */
  readonly likeliest: readonly Candidate[];
  /** Of a text that is no single token: those it is split into. */
  readonly pieces: readonly Candidate[];
}

/** As it was typed, where the spaces of a token that was there before are drawn as dots. */
export function typedText(value: string): string {
  return value.replaceAll(space, ' ');
}

/** What the text may mean first, then those of the likeliest that have it in them. */
export function choices(text: string, { candidates, likeliest, pieces }: Answered): Choices {
  if (text === '') return { offered: likeliest };
  const sought = text.trim().toLowerCase();
  const offered = distinct([
    ...candidates,
    ...likeliest.filter(({ token }) => sought && token.text.toLowerCase().includes(sought)),
  ]);
  if (candidates.length > 0) return { offered };
  const split = distinct(pieces);
  if (split.length === 0) return { offered, ...(offered.length === 0 && { note: 'No token has this text.' }) };
  return { offered: distinct([...offered, ...split]), note: `'${text}' is no single token. It is made of these:` };
}

function distinct(all: readonly Candidate[]): readonly Candidate[] {
  const seen = new Set<number>();
  return all.filter(({ token: { tokenId } }) => !seen.has(tokenId) && seen.add(tokenId));
}

/** Of what was chosen by its text alone, the one that a refusal is about: the message quotes it. */
export function meantBy<Chosen extends { readonly value: { text: string; tokenId?: number } | undefined }>(
  message: string,
  all: readonly Chosen[],
): Chosen | undefined {
  const texts = all.filter(({ value }) => value && value.tokenId === undefined);
  return texts.find(({ value }) => message.includes(JSON.stringify(value?.text))) ?? texts[0];
}
