/**
 * Clients that keep what they were told give it back as it was told, position by position: caches merge objects by `id`
 * and `__typename`, and equal tokens of a prompt are no one object.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ApolloClient, ApolloLink, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { Client, cacheExchange, type Exchange, fetchExchange, subscriptionExchange } from '@urql/core';
import { cacheExchange as graphcacheExchange } from '@urql/exchange-graphcache';
import { createClient, type Client as Sockets } from 'graphql-ws';
import possibleTypes from '../../src/client/generated/possible-types.ts';
import { queryData } from '../support/post-query.ts';
import { collect, startTestServer, type TestServer } from './harness.ts';

/** " John" and " to" twice, "the" and "," among them; read twice, under two targets. */
const prompt = 'prompt: { text: "When Mary and John went to the store, John gave John a drink, and John went to the" }';
const token = '{ position tokenId text special }';

const query = `query Attribution {
  one: ${attribution('token: { text: " Mary" }')}
  other: ${attribution('token: { text: " Mary" }, against: { text: " John" }')}
  models { edges { node { id name ... on Model { tokenize(text: " John John John") ${token} } } } }
}`;

function attribution(target: string): string {
  return `logitAttribution(input: { model: "sample", ${prompt}, target: { ${target} } }) {
    ... on LogitAttribution {
      run { id contentHash }
      model { id name }
      target { token ${token} against ${token} logit }
      tokens { token ${token} score share }
      layers { layer attention { direct total } heads { head direct total } neurons(first: 3) { neuron position total } }
      edges(first: 30) { layer head from ${token} to ${token} weight score }
      moves { shape values }
    }
    ... on Error { code message }
  }`;
}

const subscription = `subscription Circulation {
  circulation(input: { model: "sample", ${prompt}, track: [3, 9], top: 3 }) {
    ... on RunEvent { seq run { id } }
    ... on CirculationStarted { tokens ${token} tracked ${token} }
    ... on LayerCirculated { layer tracked { token ${token} share } lens { token ${token} probability } }
    ... on CirculationCompleted { target { token ${token} } tracked { token ${token} score } }
    ... on Error { code message }
  }
}`;

describe('a client with a cache', () => {
  let server: TestServer;
  let sockets: Sockets;
  let answer: unknown;
  let events: unknown[];
  before(async () => {
    server = await startTestServer();
    sockets = createClient({ url: server.url.replace('http', 'ws'), retryAttempts: 0 });
    answer = await queryData(server.url, query);
    events = (await collect(sockets.iterate({ query: subscription }))).map(({ data }) => data);
  });
  after(async () => {
    await sockets.dispose();
    await server.close();
  });

  it('is asked about a prompt that has a token several times', () => {
    const { one } = answer as { one: { tokens: { token: { tokenId: number } }[] } };
    const ids = one.tokens.map(({ token: { tokenId } }) => tokenId);
    assert.ok(ids.length - new Set(ids).size > 4);
    assert.equal(events.length, 6);
  });

  it('is given what a plain request is: Apollo Client', async () => {
    const client = new ApolloClient({
      cache: new InMemoryCache(possibleTypes),
      link: ApolloLink.split(
        ({ operationType }) => operationType === 'subscription',
        new GraphQLWsLink(sockets),
        new HttpLink({ uri: server.url }),
      ),
    });
    for (const fetchPolicy of ['network-only', 'cache-only'] as const) {
      const { data, error } = await client.query({ query: gql(query), fetchPolicy });
      assert.equal(error, undefined);
      assert.deepEqual(bare(data), answer, fetchPolicy);
    }
    const told: unknown[] = [];
    await new Promise<void>((resolve, reject) => {
      client.subscribe({ query: gql(subscription) }).subscribe({
        next: ({ data }) => told.push(bare(data)),
        error: reject,
        complete: resolve,
      });
    });
    assert.deepEqual(told, events);
    // What the events have written into the cache changes nothing of the answer.
    const { data } = await client.query({ query: gql(query), fetchPolicy: 'cache-only' });
    assert.deepEqual(bare(data), answer);
    client.stop();
  });

  const caches: Record<string, () => Exchange> = {
    'its own cache': () => cacheExchange,
    // What has no `id` of its own belongs to what it is told of, and says so in its warnings.
    graphcache: () => graphcacheExchange({ ...possibleTypes, logger: () => undefined }),
  };
  for (const [name, cache] of Object.entries(caches)) {
    it(`is given what a plain request is: urql with ${name}`, async () => {
      const client = new Client({
        url: server.url,
        preferGetMethod: false,
        exchanges: [
          cache(),
          fetchExchange,
          subscriptionExchange({
            forwardSubscription: ({ query, variables }) => ({
              subscribe: (sink) => ({
                unsubscribe: sockets.subscribe(
                  { query: query ?? '', variables },
                  { ...sink, next: (value) => sink.next(value as never) },
                ),
              }),
            }),
          }),
        ],
      });
      for (const requestPolicy of ['network-only', 'cache-only'] as const) {
        const { data, error } = await client.query(query, {}, { requestPolicy }).toPromise();
        assert.equal(error, undefined);
        assert.deepEqual(bare(data), answer, requestPolicy);
      }
      const told: unknown[] = [];
      await new Promise<void>((resolve, reject) => {
        client.subscription(subscription, {}).subscribe(({ data, error }) => {
          if (error) reject(error);
          told.push(bare(data));
          if (told.length === events.length) resolve();
        });
      });
      assert.deepEqual(told, events);
    });
  }
});

/** Without the names of types, which clients ask for by themselves. */
function bare(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (key, part) => (key === '__typename' ? undefined : part));
}
