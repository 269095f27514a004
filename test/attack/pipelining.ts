/** Requests by the hundred on connections that do not wait for the answers, nor read them. */
import assert from 'node:assert/strict';
import { RawConnection } from '../support/raw-connection.ts';
import type { ServerProcess } from '../support/server-process.ts';
import { defineAttack } from './attack.ts';

/** Requests that are sent at once on one connection. */
const pipelined = 100;
/** Connections after which it is seen whether others are served. */
const others = 5;
/** Requests that a client may well send ahead. */
const modest = 8;

export const pipelining = defineAttack({
  name: 'pipelining',
  description: `sent ${pipelined} requests at once for its largest page, or for queries, on each of many connections that read no answer, it holds a bounded part of the answers in memory and serves the others`,
  round: 'one connection',
  rounds: { suite: 30, demand: 1000 },
  seconds: 5,
  mostMemory: 700e6,
  async attack(scene) {
    const { server, random, rounds } = scene;
    using connections = new DisposableStack();
    for (let round = 1; round <= rounds; round++) {
      const connection = connections.use(await RawConnection.open(server.url));
      if (random.chance(0.5)) connection.get({ accept: 'text/html' }, pipelined);
      else
        connection.post('{ models { edges { node { name ... on Model { revision } } } } }', {}, { times: pipelined });
      if (round % others === 0) await served(server);
      scene.over();
    }
    await served(server);
    return { requests: rounds * pipelined };
  },
});

/** Whoever reads has the page, and the answers to some requests at once in their order. */
async function served(server: ServerProcess): Promise<void> {
  const response = await fetch(server.url, { headers: { accept: 'text/html' } });
  assert.equal(response.status, 200);
  assert.match(await response.text(), /<\/html>/);
  using connection = await RawConnection.open(server.url);
  const names = Array.from({ length: modest }, (_, index) => `answer${index}`);
  for (const name of names) connection.post(`{ ${name}: __typename }`);
  assert.deepEqual(
    (await connection.read(modest)).map(({ body }) => JSON.parse(body)),
    names.map((name) => ({ data: { [name]: 'Query' } })),
  );
}
