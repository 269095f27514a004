/** Keys that are wrong, several of them at once, and keys that end while they are used. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { RawConnection } from '../support/raw-connection.ts';
import type { Hear } from './foreign-files.ts';
import type { Random } from './random.ts';
import { newKey, type Place, type Tenant } from './tenant.ts';

const me = '{ me { key name } runs(first: 3) { edges { node { id note } } } }';
/** Milliseconds in which what goes on by a key that was revoked has to end. */
const patience = 5000;

/** Asks by what is no key: nobody is told anything. */
export async function askWithWrongKey(teller: Tenant, other: Tenant, random: Random, place: Place): Promise<void> {
  const { text, id } = other.key;
  const secret = teller.key.text.slice(-43);
  const headers: Record<string, string> = random.pick([
    {},
    { authorization: '' },
    { authorization: text },
    { authorization: `Basic ${btoa(`${id}:${text}`)}` },
    { authorization: `Bearer trb_${id}_${secret}` },
    { authorization: `Bearer ${text.slice(0, -1)}` },
    { authorization: `Bearer ${text}, Bearer ${teller.key.text}` },
    { authorization: `Bearer ${text} ${teller.key.text}` },
    { authorization: `Bearer ${place.expired.text}` },
    { authorization: `Bearer ${place.revoked.text}` },
    { 'x-api-key': text },
    { cookie: `authorization=Bearer%20${text}; key=${text}` },
  ]);
  const inAddress = `${random.pick(['key', 'authorization', 'access_token', 'token', 'apiKey'])}=${random.pick(['', 'Bearer%20'])}${text}`;
  const path = random.pick(['/graphql', '/graphql', '/runs.jsonl', '/runs.csv', '/rows', '/metrics']);
  const address = new URL(`${path}?${inAddress}`, place.url).href;
  const asked = { query: me, variables: { authorization: `Bearer ${text}` }, extensions: { authorization: text } };
  if (random.chance(0.2)) return refusedSocket(address, headers, place);
  const posts = path === '/graphql' || path === '/rows' || random.chance(0.2);
  const response = await fetch(address, {
    method: posts ? 'POST' : 'GET',
    headers: {
      'content-type': 'application/json',
      accept: random.pick(['application/json', 'text/event-stream']),
      ...headers,
    },
    ...(posts && { body: JSON.stringify(asked) }),
  });
  const told = await response.text();
  assert.equal(response.status, 401, `${path} with ${Object.keys(headers)}: ${told.slice(0, 500)}`);
  assert.doesNotMatch(told, /"data"|qz/);
}

async function refusedSocket(address: string, headers: Record<string, string>, { url }: Place): Promise<void> {
  const { search } = new URL(address);
  const socket = new WebSocket(`${url.replace('http', 'ws')}${search}`, 'graphql-transport-ws', { headers });
  const told: string[] = [];
  socket.on('message', (bytes) => told.push(String(bytes)));
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'connection_init', payload: { key: headers.authorization } }));
  socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: me } }));
  const [code] = (await once(socket, 'close')) as [number];
  assert.equal(code, 4401);
  assert.deepEqual(told, []);
}

/** Requests of two on one connection, sent ahead: each has the answer of its own key. */
export async function mixOnOneConnection(
  teller: Tenant,
  other: Tenant,
  random: Random,
  { url }: Place,
  hear: Hear,
): Promise<void> {
  using connection = await RawConnection.open(url);
  const asked = Array.from({ length: 6 }, () => random.pick([teller, other]));
  for (const { key } of asked) connection.post(me, { authorization: `Bearer ${key.text}` });
  const answers = await connection.read(asked.length);
  assert.equal(answers.length, asked.length);
  for (const [index, tenant] of asked.entries()) {
    const { body = '' } = answers[index] ?? {};
    assert.match(body, new RegExp(`"key":"${tenant.key.id}"`));
    hear(tenant, '', body, 'a connection of two');
  }
}

/** A socket that is opened with the keys of two: what is said last counts. */
export async function mixOnOneSocket(
  teller: Tenant,
  other: Tenant,
  random: Random,
  { url, revoked }: Place,
  hear: Hear,
): Promise<void> {
  const headers = { authorization: `Bearer ${other.key.text}` };
  const isRight = random.chance(0.7);
  const said = isRight ? teller.key.text : revoked.text;
  const socket = new WebSocket(url.replace('http', 'ws'), 'graphql-transport-ws', { headers });
  await once(socket, 'open');
  const payload = { authorization: `Bearer ${said}` };
  socket.send(JSON.stringify({ type: 'connection_init', payload }));
  if (!isRight) {
    assert.equal(((await once(socket, 'close')) as [number])[0], 4401);
    return;
  }
  await once(socket, 'message');
  // Whoever says another key later stays who they were.
  const extensions = { authorization: `Bearer ${other.key.text}` };
  socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: me, extensions } }));
  const [bytes] = (await once(socket, 'message')) as [Buffer];
  socket.terminate();
  assert.match(String(bytes), new RegExp(`"key":"${teller.key.id}"`));
  hear(teller, '', String(bytes), 'a socket of two keys');
}

/** A key that is revoked while it follows runs: socket and stream end, and it is taken no longer. */
export async function lapse(teller: Tenant, place: Place): Promise<void> {
  const key = await newKey(teller.name, 'RUN', place);
  const authorization = `Bearer ${key.text}`;
  const query = 'subscription { runChanges { __typename } }';
  const post = (accept: string, query: string) =>
    fetch(place.url, {
      method: 'POST',
      headers: { authorization, accept, 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
    });
  const socket = new WebSocket(place.url.replace('http', 'ws'), 'graphql-transport-ws', { headers: { authorization } });
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'connection_init' }));
  await once(socket, 'message');
  socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query } }));
  const stream = await post('text/event-stream', query);
  await place.store.keys.revoke(key.id);
  const closed = once(socket, 'close', { signal: AbortSignal.timeout(patience) });
  const cut = assert.rejects(Promise.race([stream.text(), once(AbortSignal.timeout(patience), 'abort')]));
  const [[code]] = (await Promise.all([closed, cut])) as [[number], unknown];
  assert.equal(code, 4403);
  assert.equal((await post('application/json', me)).status, 401);
}
