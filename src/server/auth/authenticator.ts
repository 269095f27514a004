/** Who asks, by what they show; the same whatever they ask over. */
import type { Principal } from '../../principal.ts';

export interface Authenticator {
  /**
   * @param credential an API key, or a token
   * @throws AuthRefusal; TributaryError OVER_CAPACITY where the database does not work
   */
  authenticate(credential: string): Promise<Principal>;
  /** Whether what was shown before still holds. @throws as `authenticate` */
  holds(principal: Principal): Promise<boolean>;
}
