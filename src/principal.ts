/** Who asks, and what they may. */

export const scopes = ['READ', 'RUN', 'MANAGE'] as const;
/**
 * READ: what is stored of one's own, and what is shared. RUN: have models run, and change or delete what is one's own. MANAGE:
 * all of that with what is anybody's.
 */
export type Scope = (typeof scopes)[number];

/** With those that each of them comprises: whoever may manage may run, and whoever may run may read. */
export function comprised(given: readonly Scope[]): ReadonlySet<Scope> {
  return new Set(scopes.slice(0, 1 + Math.max(-1, ...given.map((scope) => scopes.indexOf(scope)))));
}

/** What a key may have at once, where that is not what the settings say. */
export interface ShareLimits {
  /** Jobs that compute. */
  readonly running?: number | undefined;
  /** Jobs that wait. */
  readonly waiting?: number | undefined;
  /** Requests in a minute. */
  readonly requests?: number | undefined;
  /** Bytes that the runs of its owner take. */
  readonly storedBytes?: number | undefined;
  /** WebSockets that are open. */
  readonly sockets?: number | undefined;
}

export interface Principal {
  /** Whose runs, experiments and uploads they reach; null: everybody's, where the server asks nobody who they are. */
  readonly owner: string | null;
  /** By which turns and shares are counted, and by which logs name them: no secret. Null: by connection or address. */
  readonly key: string | null;
  /** For people. */
  readonly name: string;
  readonly scopes: ReadonlySet<Scope>;
  /** When they have to show anew who they are; null: never. */
  readonly expiresAt: Date | null;
  readonly limits: ShareLimits;
}

/** Who asks a server that asks nobody who they are. */
export const anybody: Principal = {
  owner: null,
  key: null,
  name: 'anybody',
  scopes: new Set(scopes),
  expiresAt: null,
  limits: {},
};
