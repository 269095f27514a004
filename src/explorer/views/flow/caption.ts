/** The picture in a sentence, made from its figures. */
import { percent, rounded, signed } from '../../format/number.ts';
import { quoted } from '../../format/token.ts';
import { headsCarrying, type Move } from './arcs.ts';
import type { Depth, Flow } from './figures.ts';

/**
 * @param depth how many blocks are drawn
 * @param edges that matter to what is explained, strongest first; none as long as they are not known
 */
export function captionOf(flow: Flow, depth: number, edges: readonly Move[] = []): string {
  const block = flow.depths[depth - 1];
  if (!block) return waiting(flow);
  const [followed] = block.followed;
  if (!followed) return said(block, flow);
  const place = placeOf(flow);
  const name = followed.token.position === flow.position ? 'that token itself' : quoted(followed.token);
  const held = `After layer ${block.layer}, ${percent(followed.share[flow.position] ?? 0)} of the stream at ${place} comes from ${name}`;
  return `${held}${broughtBy(flow, depth, edges)}.`;
}

function waiting({ layerCount, followed }: Flow): string {
  const [first] = followed;
  return first
    ? `${quoted(first)} comes in below; its way through ${layerCount} layers is drawn as the model passes them.`
    : `The model passes its ${layerCount} layers.`;
}

function said({ layer, says }: Depth, flow: Flow): string {
  if (!says) return `Layer ${layer} of ${flow.layerCount} is passed.`;
  return `After layer ${layer} the model would say ${quoted(says.token)} (${percent(says.probability)}) after ${placeOf(flow)}.`;
}

function placeOf({ tokens, position }: Flow): string {
  const token = tokens[position];
  const name = token ? quoted(token) : `position ${position}`;
  return position === tokens.length - 1 ? `the last token (${name})` : `${name} (position ${position})`;
}

/** The head that carried most of the first followed token to the position that predicts. */
function broughtBy(flow: Flow, depth: number, edges: readonly Move[]): string {
  const own = flow.followed[0]?.position;
  if (own === flow.position) return '';
  let best: { layer: number; head: number; amount: number } | undefined;
  for (const { layer, followed } of flow.depths.slice(0, depth)) {
    const [token] = followed;
    const [most] = token ? headsCarrying(token, flow.position) : [];
    if (most && most.amount > (best?.amount ?? 0)) best = { layer, ...most };
  }
  if (!best) return '';
  const { layer, head, amount } = best;
  const edge = edges.find((one) => one.layer === layer && one.head === head && one.to.position === flow.position);
  const source = edge && flow.tokens[edge.from.position];
  const gain =
    edge && source
      ? `, and its strongest move there, reading ${quoted(source)}, counts ${signed(edge.score)} ${flow.words.unit}`
      : '';
  return `; head ${layer}.${head} carried the most of it there (norm ${rounded(amount)})${gain}`;
}
