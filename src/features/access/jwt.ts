/** A signed token, taken apart but not verified. */
export type Unverified = {
  readonly header: Readonly<Record<string, unknown>>;
  readonly payload: Readonly<Record<string, unknown>>;
};

const maxLength = 8192;
const maxDepth = 8;
const base64url = /^[A-Za-z0-9_-]+$/;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Takes a compact JWS apart; undefined unless it is exactly three canonical base64url parts that hold JSON objects
 * without a member given twice. Nothing in it may be believed before its signature is verified.
 */
export function readCompact(token: string, longest = maxLength): Unverified | undefined {
  if (token.length > longest) return undefined;
  const [header, payload, signature, ...more] = token.split('.');
  if (header === undefined || payload === undefined || signature === undefined || more.length > 0) return undefined;
  if (decode(signature) === undefined) return undefined;
  const readHeader = readPart(header);
  const readPayload = readPart(payload);
  if (readHeader === undefined || readPayload === undefined) return undefined;
  return { header: readHeader, payload: readPayload };
}

function decode(part: string): Buffer | undefined {
  if (!base64url.test(part)) return undefined;
  const bytes = Buffer.from(part, 'base64url');
  return bytes.toString('base64url') === part ? bytes : undefined;
}

function readPart(part: string): Record<string, unknown> | undefined {
  const bytes = decode(part);
  if (bytes === undefined) return undefined;
  try {
    return parseStrictObject(utf8.decode(bytes));
  } catch {
    return undefined;
  }
}

/** Parses a JSON object; undefined when it is not one, names a member twice at any level, or nests too deeply. */
export function parseStrictObject(text: string): Record<string, unknown> | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return hasUniqueMembers(text) ? (value as Record<string, unknown>) : undefined;
}

const lexeme = /"(?:[^"\\]|\\.)*"\s*:|"(?:[^"\\]|\\.)*"|[{}[\]]/g;

// The text is valid JSON here, so a string followed by a colon is the name of a member.
function hasUniqueMembers(text: string): boolean {
  const open: Set<string>[] = [];
  for (const [found] of text.matchAll(lexeme)) {
    if (found === '}' || found === ']') open.pop();
    else if (found === '{' || found === '[') open.push(new Set());
    else if (found.endsWith(':') && !addMember(open.at(-1), found)) return false;
    if (open.length > maxDepth) return false;
  }
  return true;
}

function addMember(members: Set<string> | undefined, found: string): boolean {
  const name = JSON.parse(found.slice(0, -1)) as string;
  if (members === undefined || members.has(name)) return false;
  members.add(name);
  return true;
}
