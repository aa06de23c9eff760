import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { type Receipt, verifyReceipt } from '../features/ownership/receipts.ts';
import { erasureReceiptType, verifyErasure } from '../features/professionals/erasure-receipts.ts';
import { destructionType, verifyDestruction } from '../features/spaces/destruction.ts';
import { headerOf, type KeySet, ReceiptError, type Verified } from '../platform/receipts.ts';

const usage = `Usage: npm run verify-receipt -- FILE --jwks URL|FILE

  FILE    a receipt, as GET /v1/ownership-records/{recordId}/receipt,
          GET /v1/alliances/{allianceId}/destruction-receipt or
          GET /v1/erasures/{erasureId}/receipt gives it: bare, or as JSON
  --jwks  the public keys of the node (/.well-known/receipt-jwks.json); with a file nothing is asked of anybody`;

/** What the text of a file holds as a receipt. */
function receiptIn(text: string): string {
  const trimmed = text.trim();
  if (!trimmed.startsWith('{')) return trimmed;
  const { receipt } = JSON.parse(trimmed) as { receipt?: unknown };
  if (typeof receipt !== 'string') throw new ReceiptError('the file holds no receipt');
  return receipt;
}

async function readKeys(from: string): Promise<KeySet> {
  const isAddress = /^https?:\/\//.test(from);
  const text = isAddress ? await (await fetch(from, { redirect: 'error' })).text() : await readFile(from, 'utf8');
  const keys = (JSON.parse(text) as Partial<KeySet>).keys;
  if (!Array.isArray(keys)) throw new ReceiptError(`${from} holds no key set`);
  return { keys };
}

type Line = readonly [name: string, value: string | null];

function ownershipLines({ payload, kid }: Verified<Receipt>): Line[] {
  const { subject, offer } = payload;
  return [
    ['node', payload.iss],
    ['record', `${payload.id}, number ${payload.number} of ${subject.type} ${subject.id}`],
    ['change', `${payload.change} (${payload.share})`],
    ['from', payload.from],
    ['to', payload.to],
    ['accountable', payload.accountable ?? 'nobody'],
    ['joint', payload.joint.join(', ') || 'nobody'],
    ['offer', offer && `${offer.id} by ${offer.offeredBy}, offered ${offer.offeredAt}, answered ${offer.decidedAt}`],
    ['reason', payload.reason],
    ['recorded', payload.recordedAt],
    ['previous', payload.previous],
    ['key', kid],
  ];
}

function destructionLines({ payload, kid }: Awaited<ReturnType<typeof verifyDestruction>>): Line[] {
  const tables = Object.entries(payload.overwritten).filter(([, rows]) => rows > 0);
  return [
    ['node', payload.iss],
    ['space', payload.space],
    ['ended', payload.endsOn],
    ['archived', payload.archivedAt],
    ['archive', `SHA-256 ${payload.archiveHash}`],
    ['destroyed', payload.destroyedAt],
    ['overwritten', tables.map(([table, rows]) => `${table} ${rows}`).join(', ')],
    ['key', kid],
  ];
}

function erasureLines({ payload, kid }: Awaited<ReturnType<typeof verifyErasure>>): Line[] {
  const counts = Object.entries(payload.counts).filter(([, count]) => count > 0);
  return [
    ['node', payload.iss],
    ['erasure', payload.id],
    ['professional', payload.professionalId],
    ['asked by', payload.requestedBy],
    ['ground', payload.ground],
    ['erased', payload.erasedAt],
    ['removed', counts.map(([what, count]) => `${what} ${count}`).join(', ')],
    ['key', kid],
  ];
}

/** What a receipt says, of whichever kind it is, once its signature held. Throws ReceiptError. */
async function verified(receipt: string, keys: KeySet): Promise<{ lines: Line[]; revokedAt: string | undefined }> {
  switch (headerOf(receipt).typ) {
    case destructionType: {
      const destruction = await verifyDestruction(receipt, keys);
      return { lines: destructionLines(destruction), revokedAt: destruction.revokedAt };
    }
    case erasureReceiptType: {
      const erasure = await verifyErasure(receipt, keys);
      return { lines: erasureLines(erasure), revokedAt: erasure.revokedAt };
    }
    default: {
      const record = await verifyReceipt(receipt, keys);
      return { lines: ownershipLines(record), revokedAt: record.revokedAt };
    }
  }
}

function tell(lines: readonly Line[], revokedAt: string | undefined): string {
  const warning =
    revokedAt === undefined
      ? ''
      : `warning: this key was stolen and revoked at ${revokedAt}. Whoever has it can date a receipt back: ask the node\nwhether a later receipt names this one.\n`;
  const told = lines.filter(([, value]) => value !== null).map(([name, value]) => `${name.padEnd(12)} ${value}`);
  return `${told.join('\n')}\n${warning}valid\n`;
}

try {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { jwks: { type: 'string' } } });
  const [file, ...others] = positionals;
  if (file === undefined || values.jwks === undefined || others.length > 0) throw new Error(usage);
  const receipt = receiptIn(await readFile(file, 'utf8'));
  const { lines, revokedAt } = await verified(receipt, await readKeys(values.jwks));
  process.stdout.write(tell(lines, revokedAt));
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(error instanceof ReceiptError ? `not valid: ${message}\n` : `${message}\n`);
  process.exitCode = 1;
}
