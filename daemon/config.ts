/**
 * The daemon's options: schema, defaults, and which source wins.
 *
 * flag > environment (`VOXWATCH_…`) > config file (JSON) > default. A key nobody knows is an error in every source, so
 * that a typing mistake cannot switch a default on unnoticed.
 * @module
 */
import { dirname, join, relative, resolve } from 'node:path';
import { z } from 'zod';
import { VoxwatchError } from '../core/errors.ts';
import { PRECISIONS } from '../core/model-variants.ts';
import { type HttpAddress, isLoopback, parseAddress } from './http/address.ts';
import { NOTIFIABLE } from './notify/notification.ts';
import { rulesSchema, type SeriesRules } from './rules/rules-schema.ts';

const folder = z.string('a folder is needed').min(1, 'a folder is needed');
const durationMs = z.int().nonnegative();
const intervalMs = z.int().positive();
const days = z.number().positive();

/** A shorter token can be guessed. */
const LEAST_TOKEN_LENGTH = 16;

const LONGEST_CHECK_HOURS = 168;
/** A busy machine must manage to renew in time. */
const LEAST_LEASE_MS = 1_000;
const LONGEST_LEASE_MS = 3_600_000;

const optionsSchema = z.strictObject({
  in: folder,
  out: folder,
  /** Names or folders of bundles; none: those whose manifests say that they are defaults. */
  model: z.array(z.string().min(1)).default([]),
  provider: z.enum(['auto', 'cuda', 'webgpu', 'cpu']).default('auto'),
  /** Which variant of the networks runs; `auto`: what each bundle says for the provider. */
  precision: z.enum(['auto', ...PRECISIONS]).default('auto'),
  /** `postgres://…`; absent: the embedded queue in the state folder. */
  database: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'a postgres:// address')
    .optional(),
  /** Which part of the work this daemon does; others on the same database do the rest. */
  role: z.enum(['intake', 'worker', 'both']).default('both'),
  /** With a database: a job is left so long to a daemon that says nothing, before another one takes it. */
  leaseMs: z.int().min(LEAST_LEASE_MS).max(LONGEST_LEASE_MS).default(60_000),
  once: z.boolean().default(false),
  overlays: z.enum(['labelled', 'all', 'none']).default('labelled'),
  /** What happens to the input once its result is published. */
  after: z.enum(['keep', 'move', 'delete']).default('keep'),
  /** Where `after: move` puts the input. */
  afterDir: z.string().min(1).optional(),
  state: z.string().min(1).optional(),
  /** How long nothing may change before a file counts as written, and a series with full evidence as complete. */
  quietPeriodMs: durationMs.default(2_000),
  /** The same for a series whose evidence leaves a doubt (no declared count, no sentinel file). */
  longQuietPeriodMs: durationMs.default(10_000),
  /** How long a series with a hole, or a truncated file, is waited for after its last change. */
  incompleteTimeoutMs: durationMs.default(60_000),
  /** The folder is looked at this often even when no event comes. */
  scanIntervalMs: intervalMs.default(5_000),
  /** How long a running job may take to end when the daemon is asked to stop. */
  stopTimeoutMs: durationMs.default(20_000),
  /** `HOST:PORT` for /health, /ready and /metrics; absent: none. */
  http: z
    .string()
    .refine((text) => parseAddress(text) !== undefined, 'HOST:PORT, for IPv6 [HOST]:PORT')
    .optional(),
  /** What requests must carry as `Authorization: Bearer …`. No flag: what stands on a command line is seen by all. */
  httpToken: z.string().min(LEAST_TOKEN_LENGTH).regex(/^\S+$/, 'no spaces').optional(),
  /** Where events are posted to, signed; `https://…`, or `http://…` on this machine. No flag: it often holds a key. */
  webhook: z
    .url({ protocol: /^https?$/, error: 'an https:// address' })
    .refine(isSafeReceiver, 'https, or http on this machine')
    .optional(),
  /** What the posts are signed with. */
  webhookSecret: z.string().min(LEAST_TOKEN_LENGTH).optional(),
  /** `smtps://user:password@host`, or `smtp://…`, which turns to TLS; on this machine without. No flag: it holds a password. */
  mailServer: z.url({ protocol: /^smtps?$/, error: 'an smtps:// or smtp:// address' }).optional(),
  mailFrom: z.email().optional(),
  /** Who is told by mail. */
  mailTo: z.array(z.email()).default([]),
  /** The events that are posted and mailed. */
  notifyOn: z.array(z.enum(NOTIFIABLE)).default(['refused', 'set-aside', 'failed', 'line-stopped', 'line-resumed']),
  /** Each bundle must give the labels of its golden slice this often, or the line stops; 0: only when it is loaded. */
  goldenCheckHours: z.number().nonnegative().max(LONGEST_CHECK_HOURS).default(24),
  /** Nothing is taken up while less room than this, 10⁶ bytes, is left for results or state; 0 asks for none. */
  minFreeMb: z.number().nonnegative().default(1_000),
  /** What is older is removed; absent: kept for ever. */
  keepResultsDays: days.optional(),
  /** The same for reports of refused and not chosen series. */
  keepRejectedDays: days.optional(),
  /** The same for what is remembered of inputs that are no longer in the folder. */
  keepStateDays: days.optional(),
  /** Which series goes to which bundle. Only in the config file. */
  rules: rulesSchema.default(() => rulesSchema.parse({})),
});

/** Options as they come from a source: nothing is required, paths are as written. */
export type DaemonOptions = z.input<typeof optionsSchema>;

/** Names of the options that the environment may set. */
const VARIABLE_NAMES = Object.keys(optionsSchema.shape).filter((name) => name !== 'rules') as readonly (keyof DaemonOptions)[];

/** The resolved options; paths absolute, frozen. */
export type DaemonConfig = Readonly<
  Omit<z.output<typeof optionsSchema>, 'in' | 'out' | 'state' | 'model' | 'http' | 'rules'> & {
    inDir: string;
    outDir: string;
    stateDir: string;
    models: readonly string[];
    http?: HttpAddress;
    rules: SeriesRules;
  }
>;

/** Where options come from. */
export interface OptionSources {
  readonly flags: Readonly<Record<string, unknown>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The parsed config file and its path, if one is named. */
  readonly file?: { readonly path: string; readonly content: unknown };
}

/** Folder in the output folder that holds queue, ledger and lock unless `--state` names another. */
export const STATE_FOLDER = '.voxwatch-state';

const ENVIRONMENT_PREFIX = 'VOXWATCH_';
/** Variables of ours that are no options of the daemon. */
const OTHER_VARIABLES = new Set(['VOXWATCH_CONFIG', 'VOXWATCH_DEBUG', 'VOXWATCH_SHARED_DATA', 'VOXWATCH_MODELS']);
/** Kubernetes sets these by itself in every container beside a service named voxwatch. */
const KUBERNETES_VARIABLE = /^VOXWATCH_(SERVICE_|PORT)/;
const PATH_OPTIONS = ['in', 'out', 'afterDir', 'state'] as const;

/** The config file as JSON Schema, for editors; published in `docs/schemas/watch-config.schema.json`. */
export function configJsonSchema(): unknown {
  return z.toJSONSchema(optionsSchema.partial(), { io: 'input' });
}

/**
 * Resolves the daemon's options.
 * @throws {VoxwatchError} `CONFIG_INVALID` for an unknown key, a bad value, or folders that lie in each other.
 */
export function resolveConfig(sources: OptionSources): DaemonConfig {
  const merged = { ...fileOptions(sources.file), ...environmentOptions(sources.environment), ...definedOnly(sources.flags) };
  const parsed = optionsSchema.safeParse(merged);
  if (!parsed.success) throw invalid(parsed.error.issues.map(describeIssue).join('; '));
  const { in: inDir, out: outDir, state, model: models, afterDir, http, ...rest } = parsed.data;
  const address = http === undefined ? undefined : parseAddress(http);
  const config: DaemonConfig = {
    ...rest,
    inDir: resolve(inDir),
    outDir: resolve(outDir),
    stateDir: resolve(state ?? join(outDir, STATE_FOLDER)),
    models: Object.freeze(models),
    ...(afterDir === undefined ? {} : { afterDir: resolve(afterDir) }),
    ...(address === undefined ? {} : { http: address }),
  };
  if (config.role !== 'both' && config.database === undefined)
    throw invalid('a role needs database: others do the rest of the work');
  if (config.role !== 'both' && config.once) throw invalid('once needs both roles: nobody would know when all is done');
  if (config.after === 'move' && config.afterDir === undefined) throw invalid('after: move needs afterDir, the folder to move to');
  if (address !== undefined && !isLoopback(address.host) && config.httpToken === undefined) {
    throw invalid('http beyond this machine needs httpToken, in the config file or as VOXWATCH_HTTP_TOKEN');
  }
  if (config.webhook !== undefined && config.webhookSecret === undefined) {
    throw invalid('webhook needs webhookSecret, in the config file or as VOXWATCH_WEBHOOK_SECRET');
  }
  if (config.mailServer !== undefined && (config.mailFrom === undefined || config.mailTo.length === 0)) {
    throw invalid('mailServer needs mailFrom and mailTo');
  }
  for (const [name, dir] of [
    ['out', config.outDir],
    ['state', config.stateDir],
    ['afterDir', config.afterDir],
  ] as const) {
    // A result inside the watched folder would come back in as input.
    if (dir !== undefined && isInside(dir, config.inDir)) throw invalid(`${name} may not lie in the watched folder`);
  }
  return Object.freeze(config);
}

function isSafeReceiver(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || isLoopback(hostname.replace(/^\[|\]$/g, ''));
}

function environmentOptions(environment: OptionSources['environment']): Record<string, unknown> {
  const names = new Map(VARIABLE_NAMES.map((name) => [variableOf(name), name]));
  const options: Record<string, unknown> = {};
  for (const [variable, text] of Object.entries(environment)) {
    if (!variable.startsWith(ENVIRONMENT_PREFIX) || text === undefined || text === '') continue;
    if (OTHER_VARIABLES.has(variable) || KUBERNETES_VARIABLE.test(variable)) continue;
    const name = names.get(variable);
    if (name === undefined) throw invalid(`${variable} is no option`);
    options[name] = parseText(name, text);
  }
  return options;
}

/** `quietPeriodMs` → `VOXWATCH_QUIET_PERIOD_MS`. */
function variableOf(name: string): string {
  return ENVIRONMENT_PREFIX + name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}

/** Text from the environment or the command line → the option's type; what does not fit is left for the schema to refuse. */
export function parseText(name: keyof DaemonOptions, text: string): unknown {
  if (name === 'model' || name === 'notifyOn' || name === 'mailTo') return text.split(',');
  if (name === 'once') return text === 'true' || text === '1' ? true : text === 'false' || text === '0' ? false : text;
  if (/(Ms|Mb|Days|Hours)$/.test(name)) return /^\d+(\.\d+)?$/.test(text) ? Number(text) : text;
  return text;
}

/** Paths in a config file are meant from the folder it lies in, so that it means the same wherever the daemon starts. */
function fileOptions(file: OptionSources['file']): Record<string, unknown> {
  if (file === undefined) return {};
  if (typeof file.content !== 'object' || file.content === null || Array.isArray(file.content)) {
    throw invalid('the config file is not a JSON object');
  }
  const options: Record<string, unknown> = { ...file.content };
  for (const name of PATH_OPTIONS) {
    if (typeof options[name] === 'string') options[name] = resolve(dirname(file.path), options[name]);
  }
  return options;
}

function definedOnly(flags: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined));
}

function isInside(dir: string, parent: string): boolean {
  const way = relative(parent, dir);
  return way === '' || (way !== '..' && !way.startsWith('../') && !way.startsWith('..\\') && resolve(parent, way) === dir);
}

function describeIssue(issue: z.core.$ZodIssue): string {
  const place = issue.path
    .reduce<string>((way, key) => (typeof key === 'number' ? `${way}[${key}]` : `${way}.${String(key)}`), '')
    .slice(1);
  if (issue.code !== 'unrecognized_keys') return `${place}: ${issue.message}`;
  return `${issue.keys.map((key) => (place === '' ? key : `${place}.${key}`)).join(', ')} is no option`;
}

function invalid(what: string): VoxwatchError {
  return new VoxwatchError('CONFIG_INVALID', `The options do not fit: ${what}. See voxwatch watch --help.`);
}
