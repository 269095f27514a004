/** What whoever asks has of each share, by the counts that refusals go by. */
import type { ShareUse, Usage } from '../api/me/usage.ts';
import type { Engine } from '../jobs/engine.ts';
import { type Shares, shareOf } from '../jobs/shares.ts';
import type { ShareLimits } from '../principal.ts';
import type { StoredShares } from '../runs/stored-shares.ts';
import type { Caller } from './callers.ts';
import type { RequestShares } from './request-shares.ts';

interface Counted {
  readonly engine: Engine;
  readonly shares: Shares;
  readonly requests: RequestShares;
  readonly stored: StoredShares;
}

export class SharesInUse implements Usage {
  readonly #counted: Counted;

  constructor(counted: Counted) {
    this.#counted = counted;
  }

  async running(caller: Caller): Promise<ShareUse> {
    const { running } = await this.#counted.engine.countsOf(caller.client);
    return this.#of(caller, 'running', running);
  }

  async waiting(caller: Caller): Promise<ShareUse> {
    const { waiting } = await this.#counted.engine.countsOf(caller.client);
    return this.#of(caller, 'waiting', waiting);
  }

  requests(caller: Caller): ShareUse {
    const { used, resetsIn } = this.#counted.requests.requestsOf(caller);
    return { ...this.#of(caller, 'requests', used), resetsIn };
  }

  async storedBytes(caller: Caller): Promise<ShareUse> {
    const { client, principal } = caller;
    const bytes = await this.#counted.stored.bytesOf({ client, owner: principal.owner ?? '' });
    return this.#of(caller, 'storedBytes', bytes);
  }

  sockets(caller: Caller): ShareUse {
    return this.#of(caller, 'sockets', this.#counted.requests.socketsOf(caller));
  }

  #of({ client }: Caller, share: keyof ShareLimits, used: number): ShareUse {
    return { used, limit: this.#counted.shares.of(shareOf(client))[share] ?? null };
  }
}
