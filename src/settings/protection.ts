/** What keeps a server up whatever it is sent: limits of requests, connections and answers. */
import { byteCount, bytes, seconds, whole } from './values.ts';

export const protection = {
  MAX_RESPONSE_SIZE: byteCount
    .default(64_000_000)
    .describe(
      'Bytes, e.g. 64MB, of one answer, or of one event of a subscription; a larger one is refused, before it is computed where its size is known.',
    ),
  MAX_UNSENT_MEMORY: byteCount
    .default(256_000_000)
    .describe(
      'Memory, e.g. 256MB, that answers and events may take together while they wait to be sent; where that is not enough, subscriptions wait and the slowest connections are closed.',
    ),
  MAX_UNSENT_OF_ONE: bytes(1000, 1_000_000_000)
    .default(1_000_000)
    .describe('Bytes that wait to be sent on one connection before its subscriptions wait.'),
  UNREAD_TIME: seconds(1, 3600)
    .default(30)
    .describe('Seconds after which a connection is closed that takes nothing of what waits to be sent on it.'),
  MAX_UPLOAD_SIZE: byteCount
    .default(256_000_000)
    .describe(
      'Bytes, e.g. 256MB, of a file of rows that is sent, and characters of its values; a larger one is refused.',
    ),
  MAX_UPLOADS: whole(1, 100).default(4).describe('Files of rows that are taken at once; further ones are refused.'),
  UPLOAD_TIME: seconds(1, 86_400).default(3600).describe('Seconds in which a file has to be there that is sent.'),
  UPLOAD_SILENCE: seconds(1, 3600)
    .default(30)
    .describe('Seconds for which nothing may come of a file before it is given up.'),
  MAX_REQUEST_SIZE: bytes(1024, 100_000_000)
    .default(256 * 1024)
    .describe('Bytes of a request, and of a message on a WebSocket; files are not among them.'),
  HEADERS_TIME: seconds(1, 3600).default(30).describe('Seconds in which the head of a request has to be there.'),
  REQUEST_TIME: seconds(1, 3600).default(30).describe('Seconds in which the body of a request has to be there.'),
  MAX_AHEAD: whole(1, 1000)
    .default(16)
    .describe('Requests that may wait on a connection for the answer before them; a flood of more is cut off.'),
  MAX_CONNECTIONS: whole(1, 1_000_000)
    .default(5000)
    .describe('Connections that are open at once, WebSockets among them.'),
  MAX_ALL_SOCKETS: whole(1, 1_000_000)
    .default(4000)
    .describe('WebSockets that are open at once, whoever they are of; further ones are refused.'),
  MAX_OPERATIONS: whole(1, 10_000)
    .default(100)
    .describe('Operations that are open at once on one WebSocket; further ones are refused.'),
  CONNECT_TIME: seconds(1, 600)
    .default(3)
    .describe('Seconds in which the first message, `connection_init`, has to come on a WebSocket.'),
  PING_TIME: seconds(1, 600)
    .default(12)
    .describe('Seconds between two pings on a WebSocket; one that has answered none and takes nothing is closed.'),
  LAST_WORD_TIME: seconds(0, 60)
    .default(5)
    .describe('Seconds that the client of a WebSocket has to read why it is closed, when it reads too slowly.'),
  STOP_GRACE: seconds(0, 10)
    .default(2)
    .describe('Seconds that open requests and WebSockets have to end when the server stops.'),
  MAX_DOCUMENT_TOKENS: whole(100, 1_000_000).default(2000).describe('Tokens of a GraphQL document.'),
  MAX_DOCUMENT_DEPTH: whole(10, 1000).default(15).describe('Levels of fields in a document.'),
  MAX_ALIASES: whole(1, 10_000).default(30).describe('Aliases in a document.'),
  MAX_DIRECTIVES: whole(1, 10_000).default(50).describe('Directives in a document.'),
  MAX_DEFERRED: whole(1, 10_000)
    .default(50)
    .describe('`@defer` and `@stream` of a document, as often as their fragments are spread.'),
  MAX_INTROSPECTIONS: whole(1, 1000).default(3).describe('Times that a document may introspect the schema.'),
  MAX_VARIABLES_SIZE: whole(1000, 100_000_000)
    .default(1_000_000)
    .describe('Characters and numbers in the values of variables, as often as they are used.'),
  MAX_COST: whole(1000, 1_000_000_000)
    .default(100_000)
    .describe(
      'What a document may cost, as docs/limits.md counts it; a dearer one is refused, and the refusal tells both.',
    ),
};
