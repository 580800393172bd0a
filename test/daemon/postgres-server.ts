/** A PostgreSQL server of the machine's own programs, in a temporary folder, for tests. */
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface PostgresServer {
  /** A new, empty database. */
  readonly address: (database: string) => string;
  stop(): Promise<void>;
}

/** PostgreSQL refuses to run as root. */
const NOBODY = 65_534;
const USER = 'voxwatch';

/** Where Debian and Ubuntu keep them. */
const VERSIONS = '/usr/lib/postgresql';

/** The folder with `initdb` and `postgres`; nothing where the machine has none. */
export function findPostgres(): string | undefined {
  const installed = existsSync(VERSIONS) ? readdirSync(VERSIONS).map((version) => join(VERSIONS, version, 'bin')) : [];
  const folders = [...(process.env.PATH ?? '').split(':'), ...installed];
  return folders.find((folder) => ['initdb', 'postgres'].every((program) => existsSync(join(folder, program))));
}

export async function startPostgres(programs: string): Promise<PostgresServer> {
  const root = mkdtempSync(join(tmpdir(), 'postgres-'));
  const identity = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  if ('uid' in identity) chownSync(root, NOBODY, NOBODY);
  chmodSync(root, 0o700);
  const data = join(root, 'data');
  const port = await freePort();
  execFileSync(join(programs, 'initdb'), ['-D', data, '-U', USER, '-A', 'trust', '--no-sync'], { ...identity, cwd: root });
  const options = ['-D', data, '-k', root, '-h', '127.0.0.1', '-p', String(port), '-F'];
  const server = spawn(join(programs, 'postgres'), options, { ...identity, cwd: root, stdio: ['ignore', 'ignore', 'pipe'] });
  await new Promise<void>((resolve, reject) => {
    let log = '';
    server.stderr.on('data', (text) => {
      log += String(text);
      if (log.includes('ready to accept connections')) resolve();
    });
    server.once('exit', () => reject(new Error(log)));
  });
  return {
    address: (database) => {
      const sql = `create database ${database}`;
      execFileSync('psql', ['-h', '127.0.0.1', '-p', String(port), '-U', USER, '-d', 'postgres', '-c', sql]);
      return `postgres://${USER}@127.0.0.1:${port}/${database}`;
    },
    stop: async () => {
      const ended = new Promise((resolve) => server.once('exit', resolve));
      server.kill('SIGINT');
      await ended;
      rmSync(root, { recursive: true });
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
