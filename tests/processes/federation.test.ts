import t from 'tap';
import { proveFederation } from '../helpers/federation.ts';
import { testServer } from '../helpers/server.ts';
import { summary } from './federation-proof.ts';

t.test(
  'three nodes are equal again after a cut, and after a restore, and the proof finds what is planted',
  async (t) => {
    const proof = await proveFederation(t, testServer(), { cutSeconds: 5, changes: 100, kills: 1 });
    t.same(proof.faults, []);
    t.equal(proof.kills, 1);
    t.ok(proof.changes >= 300, summary(proof));
    t.match(proof.planted['a node reads no feeds']?.join('\n'), /are not there/);
    t.comment(summary(proof));
  },
);
