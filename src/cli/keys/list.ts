/** `list`: which keys there are. */
import { Command } from 'commander';
import type { ApiKeyRecord } from '../../runs/key-store.ts';
import { tableText } from '../models/text.ts';
import { reading } from '../runs/database.ts';

export function listCommand(url: string): Command {
  return new Command('list')
    .summary('list keys')
    .description('Lists all keys that were made, the oldest first; what they are by themselves nobody knows any more.')
    .action(async () => {
      const keys = await reading(url, (store) => store.keys.list());
      if (keys.length === 0) return console.log('There are no keys; `npm run keys -- add NAME` makes one.');
      const header = ['ID', 'NAME', 'OWNER', 'SCOPES', 'MADE (UTC)', 'STATE', 'LIMITS'];
      console.log(tableText([header, ...keys.map((key) => rowOf(key))]));
    });
}

function rowOf(key: ApiKeyRecord): string[] {
  const { id, name, owner, scopes, createdAt, limits } = key;
  const limited = Object.entries(limits).map(([share, most]) => `${share} ${most}`);
  return [id, name, owner, scopes.join(' ').toLowerCase(), minute(createdAt), stateOf(key), limited.join(', ')];
}

function stateOf({ revokedAt, expiresAt }: ApiKeyRecord): string {
  if (revokedAt) return `revoked ${minute(revokedAt)}`;
  if (!expiresAt) return 'works';
  return `${expiresAt.getTime() <= Date.now() ? 'expired' : 'works until'} ${minute(expiresAt)}`;
}

function minute(moment: Date): string {
  return moment.toISOString().slice(0, 16).replace('T', ' ');
}
