import { type JWTVerifyGetKey, jwtVerify } from 'jose';
import { type Caller, type OneRequest, type Scope, scopes } from '../../platform/caller.ts';
import type { Db } from '../../platform/db.ts';
import { canonicalUuid } from '../../platform/id.ts';
import { execute } from '../../platform/prepared.ts';
import { Problem } from '../../platform/problem.ts';
import type { Unverified } from './jwt.ts';
import { signingAlgorithm } from './keys.ts';
import { clockTolerance, effectiveScopes, isName, isWithinLife, maxPeerTokenLife } from './rules.ts';

/** A peer as an issuer of access tokens: the keys that it signs with now, none of which it called compromised. */
export type PeerIssuer = {
  /** The peering that holds with it. */
  readonly id: string;
  readonly keys: JWTVerifyGetKey;
};

/**
 * The peer with a base URL, while both sides keep the peering up; undefined for any other node. It is asked for each
 * token, so that the end of a peering is the end of its tokens at once.
 */
export type FindPeer = (issuer: string) => Promise<PeerIssuer | undefined>;

const ofAdministrators: ReadonlySet<Scope> = new Set([
  'imports:read',
  'imports:write',
  'clients:read',
  'clients:write',
  'metrics:read',
  'peers:read',
  'peers:write',
]);

/** What a client of a partner may ever have, and so a client that comes from a peer: what is not for administrators. */
export const partnerScopes: readonly Scope[] = scopes.filter((scope) => !ofAdministrators.has(scope));

/** All that the header of a peer's token may say: never where its key would be found, nor what else must be heeded. */
const members: ReadonlySet<string> = new Set(['alg', 'typ', 'kid']);
// The home of an organisation stays when its home gives it no more, since things here refer to it; that it came by the
// peering which holds, and was taken over as it came, does not.
const homed = `select true as homed from organisations o where o.id = $1::uuid and o.home = $2 and exists (
  select from replicas r where r.peer_id = $3::uuid and r.collection = 'organisations' and r.object_id = o.id
    and r.fault is null)`;

/**
 * The caller behind an access token of a peer (RFC 9068): signed with a key of that peer, for this node alone, for five
 * minutes at most, and for an organisation that is homed at that very peer and given by it now, as our own database has it. An
 * administrator there is nobody here. Throws Problem `invalid_token`, and errors of the library.
 */
export async function verifyPeerToken(
  db: Db,
  { token, unverified }: { readonly token: string; readonly unverified: Unverified },
  { id, issuer, baseUrl, keys }: PeerIssuer & { readonly issuer: string; readonly baseUrl: string },
): Promise<Caller> {
  const { header, payload } = unverified;
  if (Object.keys(header).some((name) => !members.has(name))) throw new Problem('invalid_token');
  if (!isName(header.kid) || header.typ !== 'at+jwt') throw new Problem('invalid_token');
  await jwtVerify(token, keys, {
    clockTolerance,
    maxTokenAge: maxPeerTokenLife,
    issuer,
    audience: baseUrl,
    algorithms: [signingAlgorithm],
    typ: 'at+jwt',
    requiredClaims: ['exp', 'iat', 'jti', 'sub', 'client_id', 'azp', 'organisation_id'],
  }).catch((error: unknown) => {
    // So the library says that a key is none for this algorithm.
    throw error instanceof TypeError ? new Problem('invalid_token', { cause: error }) : error;
  });
  if (!areClaims(payload, baseUrl)) throw new Problem('invalid_token');
  const onlyFor = oneRequest(payload, baseUrl);
  const organisationId = String(payload.organisation_id);
  const [found] = await execute<{ homed: boolean }>(db, homed, [organisationId, issuer, id]);
  if (found === undefined) throw new Problem('invalid_token');
  const name = String(payload.client_id);
  return {
    clientId: `${issuer}|${name}`,
    clientName: name.slice(0, 200),
    organisationId,
    scopes: effectiveScopes(payload.scope, partnerScopes),
    administrator: false,
    ...(onlyFor !== undefined && { onlyFor }),
  };
}

/** The one request at this node that a token is for (`htm` and `htu`, as in RFC 9449); undefined where it is for any. */
function oneRequest({ htm, htu }: Unverified['payload'], baseUrl: string): OneRequest | undefined {
  if (htm === undefined && htu === undefined) return undefined;
  if (typeof htm !== 'string' || typeof htu !== 'string' || !htu.startsWith(`${baseUrl}/`))
    throw new Problem('invalid_token');
  return { method: htm, address: htu.slice(baseUrl.length) };
}

function areClaims(payload: Unverified['payload'], baseUrl: string): boolean {
  const { aud, jti, sub, client_id: clientId, azp, organisation_id: organisationId } = payload;
  if (aud !== baseUrl || typeof jti !== 'string' || !isWithinLife(payload, maxPeerTokenLife, Date.now() / 1000))
    return false;
  if (!isName(clientId) || sub !== clientId || azp !== clientId) return false;
  return typeof organisationId === 'string' && canonicalUuid.test(organisationId);
}

const keptHere = 'select true as homed from organisations where id = $1::uuid and home is null';

/** Whether an organisation is homed at this node, so that this node may vouch for it at a peer. */
export async function isHomedHere(db: Db, organisationId: string): Promise<boolean> {
  const [found] = await execute<{ homed: boolean }>(db, keptHere, [organisationId]);
  return found !== undefined;
}
