import { createPublicKey, type JsonWebKey } from 'node:crypto';
import { parseStrictObject } from '../../features/access/jwt.ts';
import { type Answered, ask } from './asking.ts';
import { Failed, type Report } from './report.ts';
import type { NodeUnderTest } from './world.ts';

const descriptionPath = '/.well-known/learning-network';
const uris = ['jwksUri', 'policyUri', 'peeringsUri', 'feedUri'] as const;
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];
const longestAge = 3600;

type Document = Readonly<Record<string, unknown>>;

async function readJson(url: string): Promise<{ readonly answer: Answered; readonly document: Document }> {
  const answer = await ask(url, { headers: { accept: 'application/json' } });
  const document = parseStrictObject(answer.text);
  if (answer.status !== 200 || document === undefined)
    throw new Failed(`${new URL(url).pathname} was answered with ${answer.status} and no JSON object`);
  return { answer, document };
}

function headerFaults({ headers }: Answered): string[] {
  const faults: string[] = [];
  if (!headers.get('content-type')?.startsWith('application/json')) faults.push('it is not application/json');
  const age = /max-age=(\d+)/.exec(headers.get('cache-control') ?? '')?.[1];
  if (age === undefined) faults.push('it does not say by cache-control for how long it may be kept');
  else if (Number(age) > longestAge) faults.push(`it may be kept for ${age} s, longer than keys overlap`);
  return faults;
}

const isLoopback = ({ hostname }: URL) => /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);

function documentFaults(document: Document, baseUrl: string): string[] {
  const faults: string[] = [];
  if (document.baseUrl !== baseUrl) faults.push('baseUrl is not the address under which it was asked');
  const { name, oin, protocolVersions: versions } = document;
  if (typeof name !== 'string' || name.trim() === '') faults.push('it has no name');
  if (oin !== null && !(typeof oin === 'string' && /^\d{8}[0-9A-Z]{12}$/.test(oin)))
    faults.push('oin is no OIN or null');
  if (!Array.isArray(versions) || !versions.includes(1))
    faults.push('version 1 of the protocol is not among its versions');
  return faults;
}

function originFaults(document: Document, baseUrl: string): string[] {
  const base = new URL(baseUrl);
  const faults = base.protocol === 'https:' || isLoopback(base) ? [] : ['it is neither at https nor on loopback'];
  const foreign = uris.filter((name) => {
    const uri = document[name];
    return typeof uri !== 'string' || !URL.canParse(uri) || new URL(uri).origin !== base.origin;
  });
  return [...faults, ...foreign.map((name) => `${name} is not of its origin`)];
}

function keyFaults(keys: readonly JsonWebKey[]): string[] {
  const faults: string[] = [];
  if (keys.some((key) => privateMembers.some((member) => member in key))) faults.push('a private member is published');
  const usable = keys.filter(({ kty, crv, kid }) => kty === 'EC' && crv === 'P-256' && typeof kid === 'string');
  if (usable.length === 0) faults.push('there is no key for ES256 with a kid');
  if (new Set(keys.map(({ kid }) => kid)).size !== keys.length) faults.push('two keys have the same kid');
  for (const key of usable)
    if (createPublicKey({ key, format: 'jwk' }).asymmetricKeyType !== 'ec') faults.push('a key cannot be used');
  return faults;
}

/** Checks how a node describes itself; undefined where nothing can be done with it. */
export async function checkDescription(report: Report, baseUrl: string): Promise<NodeUnderTest | undefined> {
  let document: Document = {};
  let keys: readonly JsonWebKey[] = [];
  const described = await report.check('description', 'the node describes itself under its address', async () => {
    const read = await readJson(`${baseUrl}${descriptionPath}`);
    document = read.document;
    return [...documentFaults(document, baseUrl), ...headerFaults(read.answer)];
  });
  if (!described && typeof document.feedUri !== 'string') return undefined;
  await report.check('description', 'all that it names is of its own origin, at https or on loopback', () =>
    originFaults(document, baseUrl),
  );
  await report.check('description', 'its policy can be read', async () => {
    const { status } = await ask(String(document.policyUri));
    return status === 200 ? [] : [`it was answered with ${status}`];
  });
  const hasKeys = await report.check('keys', 'its keys are public keys, of which one can be used', async () => {
    const read = await readJson(String(document.jwksUri));
    keys = Array.isArray(read.document.keys) ? (read.document.keys as JsonWebKey[]) : [];
    return [...keyFaults(keys), ...headerFaults(read.answer)];
  });
  if (!hasKeys && keys.length === 0) return undefined;
  return { baseUrl, peeringsUri: String(document.peeringsUri), feedUri: String(document.feedUri), keys };
}
