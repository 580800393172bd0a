/**
 * `/health`, `/ready` and `/metrics` over HTTP. Reads only; answers nothing else.
 * @module
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { VoxwatchError } from '../../core/errors.ts';
import { CONTENT_TYPE } from '../metrics/prometheus-text.ts';
import type { HttpAddress } from './address.ts';

export interface StatusPages {
  /** Why the daemon cannot take work now; none: it is ready. */
  readonly notReadyReasons: () => readonly string[];
  readonly metrics: () => Promise<string>;
}

export interface StatusServer {
  readonly port: number;
  close(): Promise<void>;
}

/** More clients at once than any monitoring needs. */
const MOST_CONNECTIONS = 64;
/** A client that takes longer to ask is cut off. */
const REQUEST_TIMEOUT_MS = 10_000;

/**
 * Listens.
 * @param token - What every request must carry as `Authorization: Bearer …`; absent: none is asked for.
 * @throws {VoxwatchError} `HTTP_UNAVAILABLE` if the address cannot be taken.
 */
export async function startStatusServer(
  address: HttpAddress,
  token: string | undefined,
  pages: StatusPages,
): Promise<StatusServer> {
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: REQUEST_TIMEOUT_MS }, (request, response) => {
    request.resume();
    // A page that cannot be made ends the request, not the daemon.
    answer(request, response, token, pages).catch(() => response.destroy());
  });
  server.maxConnections = MOST_CONNECTIONS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(unavailable(cause)));
    server.listen(address.port, address.host, resolve);
  });
  // A connection that breaks later is the client's affair.
  server.on('error', () => {});
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  token: string | undefined,
  pages: StatusPages,
): Promise<void> {
  const send = (status: number, type: string, body: string, headers: Readonly<Record<string, string>> = {}): void => {
    const head = { 'content-type': type, 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', ...headers };
    response.writeHead(status, head).end(request.method === 'HEAD' ? undefined : body);
  };
  const sendJson = (status: number, content: unknown, headers: Readonly<Record<string, string>> = {}): void =>
    send(status, 'application/json', `${JSON.stringify(content)}\n`, headers);

  if (token !== undefined && !isAllowed(request, token)) {
    sendJson(401, { error: 'a token is needed' }, { 'www-authenticate': 'Bearer' });
    return;
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    sendJson(405, { error: 'only GET and HEAD' }, { allow: 'GET, HEAD' });
    return;
  }
  const path = request.url?.split('?', 1)[0];
  if (path === '/health') sendJson(200, { status: 'alive' });
  else if (path === '/ready') {
    const reasons = pages.notReadyReasons();
    sendJson(reasons.length === 0 ? 200 : 503, { ready: reasons.length === 0, reasons });
  } else if (path === '/metrics') send(200, CONTENT_TYPE, await pages.metrics());
  else sendJson(404, { error: 'there are /health, /ready and /metrics' });
}

/** Digests are of equal length, and comparing them takes the same time wherever they differ. */
function isAllowed({ headers }: IncomingMessage, token: string): boolean {
  const given = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return given !== undefined && timingSafeEqual(digest(given), digest(token));
}

function unavailable(cause: NodeJS.ErrnoException): VoxwatchError {
  const message = `The status page cannot listen on its address (${cause.code ?? 'unknown'}): check --http, and that nothing else has the port.`;
  return new VoxwatchError('HTTP_UNAVAILABLE', message, { systemCode: cause.code ?? 'unknown' }, cause);
}
