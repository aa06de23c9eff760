import { join } from 'node:path';
import t from 'tap';
import { erasure } from '../../../src/features/professionals/examples.ts';
import { archivedSpaceId, destroyedSpaceId } from '../../../src/features/spaces/examples.ts';
import { demoNode } from '../../helpers/demo.ts';
import { startProgram } from '../../helpers/programs.ts';

t.test(
  'over HTTP the archive is a file whose bytes have its hash, and receipts of destruction and of erasure are verified by the command',
  async (t) => {
    const { app, token, owner } = await demoNode(t);
    const ask = (url: string, accept?: string) =>
      app.inject({
        url,
        headers: { host: 'node.example', authorization: `Bearer ${token}`, ...(accept !== undefined && { accept }) },
      });
    const archive = await ask(`/v1/alliances/${archivedSpaceId}/archive`);
    t.equal(archive.headers['content-disposition'], `attachment; filename="vrijplaats-${archivedSpaceId}.json"`);
    const [row] = await owner`select archive, archive_hash from space_closures where alliance_id = ${archivedSpaceId}`;
    t.equal(archive.body, row?.archive, 'byte by byte');
    const closure = (await ask(`/v1/alliances/${archivedSpaceId}/closure`)).json() as { archiveHash: string };
    t.equal(closure.archiveHash, row?.archive_hash);

    const address = `/v1/alliances/${destroyedSpaceId}/destruction-receipt`;
    const bare = await ask(address, 'application/jose');
    t.match(bare.headers['content-type'], /^application\/jose/);
    const jwks = await app.inject({ url: '/.well-known/receipt-jwks.json', headers: { host: 'node.example' } });
    const changed = bare.body.replace(/\.(.)/, (_, one) => `.${one === 'A' ? 'B' : 'A'}`);
    const { body: erased } = await ask(`/v1/erasures/${erasure.id}/receipt`, 'application/jose');
    const folder = t.testdir({ erased, bare: bare.body, json: (await ask(address)).body, changed, jwks: jwks.body });
    const verify = async (name: string) => {
      const given = [join(folder, name), '--jwks', join(folder, 'jwks')];
      const program = startProgram(t, 'commands/verify-receipt.ts', {}, given);
      const { code } = await program.ended;
      return { code, text: program.stdout(), fault: program.stderr() };
    };
    for (const name of ['bare', 'json']) {
      const { code, text } = await verify(name);
      t.equal(code, 0);
      t.match(text, new RegExp(`space +${destroyedSpaceId}\n[^]+\noverwritten +alliances 1, [^]+\nvalid\n$`));
    }
    const person = await verify('erased');
    t.equal(person.code, 0);
    t.match(person.text, new RegExp(`erasure +${erasure.id}\n[^]+\nremoved +names 1, [^]+\nvalid\n$`));
    t.match(await verify('changed'), { code: 1, text: '', fault: /^not valid: / });
  },
);
