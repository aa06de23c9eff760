import { isIPv6 } from 'node:net';
import { z } from 'zod';
import { readAddressRange } from './platform/addresses.ts';

const list = <T extends z.ZodType>(item: T) =>
  z
    .string()
    .default('[]')
    .transform((text, context) => {
      try {
        return JSON.parse(text) as unknown;
      } catch {
        context.addIssue({ code: 'custom', message: 'is not JSON' });
        return z.NEVER;
      }
    })
    .pipe(z.array(item));

const flag = (byDefault: boolean) =>
  z
    .enum(['true', 'false'])
    .default(byDefault ? 'true' : 'false')
    .transform((text) => text === 'true');

const databaseUrl = z.string().regex(/^postgres(?:ql)?:\/\//, 'is not the URL of a PostgreSQL database');

const TrustedIssuer = z.strictObject({
  issuer: z.url(),
  audience: z.string().min(1),
  jwksUri: z.url().optional(),
  jwks: z.looseObject({ keys: z.array(z.record(z.string(), z.unknown())) }).optional(),
  organisationClaim: z.string().min(1).optional(),
  scopeClaim: z.string().min(1).default('scope'),
  administratorClaim: z.string().min(1).optional(),
  administratorValue: z.string().min(1).optional(),
  typ: z.enum(['at+jwt', 'JWT']).optional(),
});

const PrivateRange = z.string().superRefine((text, context) => {
  const range = readAddressRange(text);
  if (typeof range === 'string') context.addIssue({ code: 'custom', message: range });
});

const Settings = z.object({
  HOST: z.string().default('127.0.0.1'),
  PORT: z.coerce.number().int().min(1).max(65535).default(3000),
  BASE_URL: z.url({ protocol: /^https?$/ }).optional(),
  DATABASE_URL: databaseUrl.optional(),
  MIGRATION_DATABASE_URL: databaseUrl.optional(),
  DATABASE_POOL_SIZE: z.coerce.number().int().min(2).max(200).default(10),
  DATA_DIR: z.string().min(1).default('./data'),
  NODE_SECRET: z.string().min(32).optional(),
  NODE_NAME: z.string().min(1).max(200).default('Samendoen'),
  NODE_OIN: z
    .string()
    .regex(/^\d{8}[0-9A-Z]{12}$/, 'is not an OIN of 20 characters')
    .default('00000099000000000000'),
  NODE_SYSTEM: z
    .string()
    .regex(/^[a-z0-9-]{1,40}$/, 'is not 1 to 40 small letters, digits and hyphens')
    .default('samendoen'),
  ADMIN_CLIENT_SECRET: z.string().min(32).optional(),
  TRUSTED_ISSUERS: list(TrustedIssuer),
  RATE_LIMIT_PER_MINUTE: z.coerce.number().int().min(1).default(1200),
  TOKEN_RATE_LIMIT_PER_MINUTE: z.coerce.number().int().min(1).default(60),
  AUDITED_REFUSALS_PER_MINUTE: z.coerce.number().int().min(1).default(60),
  TRUST_PROXY: z.string().min(1).optional(),
  METRICS_PORT: z.coerce.number().int().min(1).max(65535).optional(),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  RUN_WORKER: flag(true),
  WEBHOOK_TIMEOUT_SECONDS: z.coerce.number().int().min(1).max(30).default(10),
  SECURITY_CONTACT: z.string().min(1).default('mailto:security@samendoen.example'),
  OUTBOUND_PRIVATE_RANGES: list(PrivateRange),
  OUTBOUND_ALLOW_HTTP: flag(false),
});

/** The names of all settings. */
export const settingNames: readonly string[] = Object.keys(Settings.shape);

/** A trusted outside issuer of access tokens, as given in `TRUSTED_ISSUERS`. */
export type TrustedIssuer = z.output<typeof TrustedIssuer>;

/** The settings of a node, read once from the environment and frozen. */
export type Config = Readonly<{
  host: string;
  port: number;
  baseUrl: string | undefined;
  databaseUrl: string | undefined;
  migrationDatabaseUrl: string | undefined;
  databasePoolSize: number;
  dataDir: string;
  nodeSecret: string | undefined;
  nodeName: string;
  nodeOin: string;
  nodeSystem: string;
  adminClientSecret: string | undefined;
  trustedIssuers: readonly TrustedIssuer[];
  rateLimitPerMinute: number;
  tokenRateLimitPerMinute: number;
  auditedRefusalsPerMinute: number;
  trustProxy: string | undefined;
  metricsPort: number | undefined;
  logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';
  runWorker: boolean;
  webhookTimeoutSeconds: number;
  securityContact: string;
  outboundPrivateRanges: readonly string[];
  outboundAllowHttp: boolean;
}>;

/** The settings could not be read; `message` names every faulty variable and never a value. */
export class ConfigError extends Error {}

/** Reads the settings from an environment; throws ConfigError that names every fault at once. */
export function readConfig(env: Record<string, string | undefined> = process.env): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = Settings.safeParse(given);
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
    throw new ConfigError(`These settings are not right:\n${faults.join('\n')}`);
  }
  const settings = parsed.data;
  return Object.freeze({
    host: settings.HOST,
    port: settings.PORT,
    baseUrl: settings.BASE_URL?.replace(/\/+$/, ''),
    databaseUrl: settings.DATABASE_URL,
    migrationDatabaseUrl: settings.MIGRATION_DATABASE_URL,
    databasePoolSize: settings.DATABASE_POOL_SIZE,
    dataDir: settings.DATA_DIR,
    nodeSecret: settings.NODE_SECRET,
    nodeName: settings.NODE_NAME,
    nodeOin: settings.NODE_OIN,
    nodeSystem: settings.NODE_SYSTEM,
    adminClientSecret: settings.ADMIN_CLIENT_SECRET,
    trustedIssuers: Object.freeze(settings.TRUSTED_ISSUERS),
    rateLimitPerMinute: settings.RATE_LIMIT_PER_MINUTE,
    tokenRateLimitPerMinute: settings.TOKEN_RATE_LIMIT_PER_MINUTE,
    auditedRefusalsPerMinute: settings.AUDITED_REFUSALS_PER_MINUTE,
    trustProxy: settings.TRUST_PROXY,
    metricsPort: settings.METRICS_PORT,
    logLevel: settings.LOG_LEVEL,
    runWorker: settings.RUN_WORKER,
    webhookTimeoutSeconds: settings.WEBHOOK_TIMEOUT_SECONDS,
    securityContact: settings.SECURITY_CONTACT,
    outboundPrivateRanges: Object.freeze(settings.OUTBOUND_PRIVATE_RANGES),
    outboundAllowHttp: settings.OUTBOUND_ALLOW_HTTP,
  });
}

const everywhere: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

/** The public address of a node: as it is set, else where it listens. */
export function baseUrlOf({ baseUrl, host, port }: Pick<Config, 'baseUrl' | 'host' | 'port'>): string {
  const name = everywhere[host] ?? host;
  return baseUrl ?? `http://${isIPv6(name) ? `[${name}]` : name}:${port}`;
}

/** Where a node sends to, as it is set. */
export const outboundOptionsOf = ({ outboundPrivateRanges, outboundAllowHttp }: Config) => ({
  privateRanges: outboundPrivateRanges,
  allowHttp: outboundAllowHttp,
});
