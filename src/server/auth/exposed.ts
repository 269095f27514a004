import { BlockList, isIP } from 'node:net';
import type { Settings } from '../../settings.ts';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8);
loopback.addAddress('::1', 'ipv6');

/** What to say of a server that other machines may reach, and that asks nobody who they are; undefined for others. */
export function exposure({ host, auth }: Pick<Settings, 'host' | 'auth'>): string | undefined {
  if (auth.kind !== 'none' || isLoopback(host)) return undefined;
  return `Whoever reaches ${host} may use this server, and read and delete all that is stored: it asks nobody who they are. Set AUTH=keys (npm run keys makes keys) or AUTH=oidc, or HOST=127.0.0.1`;
}

function isLoopback(host: string): boolean {
  const family = isIP(host);
  return family === 0 ? host === 'localhost' : loopback.check(host, family === 6 ? 'ipv6' : 'ipv4');
}
