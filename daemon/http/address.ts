/**
 * `HOST:PORT` → an address to listen on.
 * @module
 */
import { BlockList, isIPv6 } from 'node:net';

export interface HttpAddress {
  readonly host: string;
  readonly port: number;
}

/** `[::1]:9090`, `127.0.0.1:9090`, `localhost:9090`. */
const ADDRESS = /^(?:\[(?<ipv6>[0-9a-fA-F:.]+)\]|(?<name>[\w.-]+)):(?<port>\d{1,5})$/;

/** @returns nothing if the text is no address. Port 0 takes a free one. */
export function parseAddress(text: string): HttpAddress | undefined {
  const { ipv6, name, port } = ADDRESS.exec(text)?.groups ?? {};
  const host = ipv6 ?? name;
  if (host === undefined || Number(port) > 65_535 || (ipv6 !== undefined && !isIPv6(ipv6))) return undefined;
  return { host, port: Number(port) };
}

/** Whether only this machine can reach a host. A name other than localhost may mean anything. */
export function isLoopback(host: string): boolean {
  if (host.toLowerCase() === 'localhost') return true;
  const loopback = new BlockList();
  loopback.addSubnet('127.0.0.0', 8, 'ipv4');
  loopback.addAddress('::1', 'ipv6');
  return /^[\d.]+$/.test(host) ? loopback.check(host, 'ipv4') : isIPv6(host) && loopback.check(host, 'ipv6');
}
