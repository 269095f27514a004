/** What the model would say at one depth and position: the likeliest tokens, and where the target is among them. */
import { exact, percent, rounded } from '../../format/number.ts';
import { ordinal } from '../../format/target.ts';
import type { ShownToken } from '../../format/token.ts';
import { TokenText } from '../../parts/token.tsx';
import type { Place } from './place.ts';
import { inWords, type LensToken, type Reading } from './readings.ts';

interface ReadingTableProps {
  readonly reading: Reading | undefined;
  readonly place: Place;
  /** At the position. */
  readonly token: ShownToken;
  /** Draws a token's rank. */
  readonly follow: (token: LensToken['token']) => void;
}

/** How many are listed: what the client's document asks for. */
const most = 5;

export function ReadingTable({ reading, place: { depth, position }, token, follow }: ReadingTableProps) {
  const top = (reading?.top ?? []).slice(0, most);
  const others = (reading?.tokens ?? []).filter(({ rank }) => rank > top.length);
  const rows = [...top, ...others];
  return (
    <section class="reading" style={{ minHeight: `${(most + 3) * 1.45}rem` }}>
      <h3>
        {capital(inWords(depth))}, at <TokenText token={token} /> <small>{position}</small>
      </h3>
      {reading ? (
        <>
          <table aria-label={`The likeliest tokens ${inWords(depth)}`}>
            <tbody>
              {rows.map(({ token: predicted, rank, probability, logit }) => (
                <tr key={predicted.tokenId} data-rank={rank} data-probability={probability}>
                  <td class="number">{ordinal(rank)}</td>
                  <th scope="row">
                    <button type="button" title="Follow its rank through depth" onClick={() => follow(predicted)}>
                      <TokenText token={predicted} />
                    </button>
                  </th>
                  <td class="share" title={`probability ${exact(probability)}, logit ${exact(logit)}`}>
                    <span class="share-bar" aria-hidden="true">
                      <i style={{ width: `${probability * 100}%` }} />
                    </span>
                    {percent(probability)}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
          {reading.entropy !== undefined && (
            <p class="hint" title={`${exact(reading.entropy)} nats`} data-entropy={reading.entropy}>
              Entropy {rounded(reading.entropy)} nats: as unsure as between {rounded(Math.exp(reading.entropy))} equal
              choices.
            </p>
          )}
        </>
      ) : (
        <p class="hint">Not read yet.</p>
      )}
    </section>
  );
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
