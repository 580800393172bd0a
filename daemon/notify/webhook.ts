/**
 * A notification → a signed POST.
 *
 * The receiver computes HMAC-SHA256 with the shared secret over `<X-Voxwatch-Timestamp>.<body>` and compares it with
 * `X-Voxwatch-Signature: sha256=<hex>`; an old timestamp is an old message sent once more.
 * @module
 */
import { createHmac } from 'node:crypto';

export interface Webhook {
  /** HTTPS, or HTTP on this machine. */
  readonly url: string;
  readonly secret: string;
}

/** A receiver that takes longer is tried again. */
const TIMEOUT_MS = 10_000;
/** Of the client errors, those that another try may mend: too slow, too early, too many. */
const PASSING_CLIENT_ERRORS = [408, 425, 429];

/** `refused`: the receiver understood and does not want it; another try would be no better. */
export type Delivery = 'delivered' | 'refused';

/** @throws whatever kept the message from being delivered this time. */
export async function postSigned({ url, secret }: Webhook, body: string, nowMs = Date.now()): Promise<Delivery> {
  const timestamp = String(Math.floor(nowMs / 1000));
  const response = await fetch(url, {
    method: 'POST',
    body,
    headers: {
      'content-type': 'application/json',
      'x-voxwatch-timestamp': timestamp,
      'x-voxwatch-signature': `sha256=${signatureOf(secret, timestamp, body)}`,
    },
    // A redirect could lead anywhere, also away from HTTPS.
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  await response.body?.cancel();
  if (response.ok) return 'delivered';
  if (response.status >= 400 && response.status < 500 && !PASSING_CLIENT_ERRORS.includes(response.status)) return 'refused';
  throw new Error(`The receiver answered ${response.status}.`);
}

export function signatureOf(secret: string, timestamp: string, body: string): string {
  return createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex');
}
