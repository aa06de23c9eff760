import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { signAuditHead } from '../../../src/features/audit/audit.ts';
import { testDatabase } from '../../helpers/db.ts';
import { testReceipts } from '../../helpers/demo.ts';
import { newDirectory } from '../../helpers/place.ts';
import { startProgram } from '../../helpers/programs.ts';
import { wayTo } from '../../helpers/proxy.ts';
import { auditRows, deed, tamper } from './world.ts';

t.test(
  'the command names the first tampered record, holds a kept head against the chain, and ends with 1',
  async (t) => {
    const { db, owner, connection } = await testDatabase(t);
    const receipts = await testReceipts(db);
    for (let n = 0; n < 4; n++) await deed(db);
    await signAuditHead(db, receipts, new Date(Date.now() + 86_400_000));
    const [head] = await owner<{ signature: string }[]>`select signature from audit_heads`;
    const { url } = await wayTo(t, connection);
    const directory = newDirectory();
    const file = join(directory, 'head.jws');
    writeFileSync(file, `${head?.signature}\n`);
    const settings = { DATABASE_URL: url, DATA_DIR: directory, NODE_SECRET: 'x'.repeat(40) };
    const verify = async (...given: string[]) => {
      const program = startProgram(t, 'commands/verify-audit.ts', settings, given);
      const { code } = await program.ended;
      return `${code} ${program.stdout()}`;
    };
    t.equal(await verify(), '0 4 audit records are sound, under 1 signed heads: 0 faults\n');
    t.equal(await verify(file), '0 4 audit records are sound, under 2 signed heads: 0 faults\n');
    const [, , third] = await auditRows(owner);
    await tamper(owner, async (sql) => {
      await sql`update audit_records set operation_id = 'x' where number > 2`;
      await sql`delete from audit_heads`;
    });
    t.equal(
      await verify(file),
      [
        `1 record ${third?.id}: its hash is not that of what it holds`,
        `${file}: it signs for none of the first 2 records: one was changed or removed since`,
        '2 audit records are sound, under 1 signed heads: 2 faults\n',
      ].join('\n'),
    );
  },
);
