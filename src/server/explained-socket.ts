/** A WebSocket that says why it is closed, also where ws closes it by itself. */
import { WebSocket } from 'ws';

/** @param most bytes of a message */
export function explainedSocket(most: number): typeof WebSocket {
  /** At most 123 bytes each. */
  const reasons: Readonly<Record<number, string>> = {
    1002: 'A frame is none of RFC 6455, or is not masked',
    1007: 'A text message is UTF-8',
    1009: `A message has at most ${most} bytes`,
  };
  return class ExplainedSocket extends WebSocket {
    override close(code?: number, reason?: string | Buffer): void {
      super.close(code, reason ?? reasons[code ?? 0]);
    }
  };
}
