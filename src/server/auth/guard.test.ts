import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { it } from 'node:test';
import { pino } from 'pino';
import { anybody } from '../../principal.ts';
import { readSettings } from '../../settings.ts';
import { Names } from '../names.ts';
import { requirePrincipal } from './guard.ts';
import { Sessions } from './sessions.ts';

it('nothing is held for a client that leaves before it is known who it is', async () => {
  const known = Promise.withResolvers<void>();
  const arrived = Promise.withResolvers<void>();
  const authenticator = {
    authenticate: async () => {
      arrived.resolve();
      await known.promise;
      return anybody;
    },
    holds: async () => true,
  };
  using sessions = new Sessions(authenticator);
  const log = pino({ level: 'silent' });
  const names = new Names(readSettings({}), log);
  let handedOver = 0;
  const guarded = { auth: { authenticator, sessions }, names, open: new Set<string>(), graphqlPath: '/graphql' };
  const server = createServer(requirePrincipal(guarded, () => handedOver++, log)).listen(0);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const request = get({ port, headers: { authorization: 'Bearer key' } }).on('error', () => undefined);
  await arrived.promise;
  request.destroy();
  await new Promise((resolve) => server.close(resolve));
  known.resolve();
  await known.promise;
  await new Promise(setImmediate);
  assert.deepEqual([sessions.size, handedOver], [0, 0]);
});
