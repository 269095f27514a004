/** For tests of the flow: its figures as runs tell them, of a model with few heads. */
import type { Depth, Flow, Followed, Said } from '../../src/explorer/views/flow/figures.ts';

export function token(text: string, position: number) {
  return { position, tokenId: 100 + position, text, special: false };
}

/** A followed token at a block: its share at each position, and what two heads and the MLP did there. */
export function followed(
  of: ReturnType<typeof token>,
  share: readonly number[],
  heads: readonly (readonly number[])[] = [share, share],
): Followed {
  const values = new Float32Array(heads.flat());
  const tensor = {
    shape: [heads.length, share.length],
    base64: Buffer.from(values.buffer).toString('base64'),
  };
  return {
    token: of,
    share: [...share],
    norm: share.map((part) => 10 * Math.abs(part)),
    throughAttention: share.map((_, position) => heads.reduce((sum, head) => sum + (head[position] ?? 0), 0)),
    throughMlp: share.map((part) => 2 * Math.abs(part)),
    heads: tensor,
    paid: tensor,
    received: tensor,
    logitShare: 0,
    movement: 0,
    attentionNorm: 0,
    mlpNorm: 0,
  };
}

export function said(text: string, probability: number, rank = 1): Said {
  return { token: token(text, 2), logit: 1, probability, rank };
}

export function depth(layer: number, parts: Partial<Depth> = {}): Depth {
  return { layer, elapsed: 10, followed: [], says: undefined, target: undefined, writes: undefined, ...parts };
}

/** Of the prompt `When Mary to`, whose second token is followed. */
export function flow(depths: readonly Depth[], parts: Partial<Flow> = {}): Flow {
  const tokens = ['When', ' Mary', ' to'].map(token);
  return {
    tokens,
    layerCount: depths.length,
    followed: [tokens[1] as (typeof tokens)[number]],
    position: 2,
    words: { name: "' Mary'", value: 'logit', unit: 'logits' },
    depths,
    passed: depths.length,
    isFinal: true,
    ...parts,
  };
}
