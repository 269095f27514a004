/** What a share has in use, as the server counts it. */
import type { Principal } from '../../principal.ts';

export interface ShareUse {
  readonly used: number;
  /** Null: none. */
  readonly limit: number | null;
  /** Seconds until nothing is used, of what comes back by itself. */
  readonly resetsIn?: number;
}

/** Who asks, and as whom they are counted. */
export interface Counted {
  readonly principal: Principal;
  readonly client: string;
}

export interface Usage {
  running(of: Counted): Promise<ShareUse>;
  waiting(of: Counted): Promise<ShareUse>;
  requests(of: Counted): ShareUse;
  storedBytes(of: Counted): Promise<ShareUse>;
  sockets(of: Counted): ShareUse;
}
