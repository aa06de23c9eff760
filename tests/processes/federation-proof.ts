import { fileURLToPath } from 'node:url';
import { type FederationPlan, type FederationProof, proveFederation } from '../helpers/federation.ts';
import { databaseServer } from '../helpers/three-nodes.ts';

/** Whether all were equal each time, and each fault that was planted was found. */
export const isProven = ({ faults, planted }: FederationProof): boolean =>
  faults.length === 0 && Object.values(planted).every((found) => found.length > 0);

/** Tells a proof in one line. */
export const summary = (proof: FederationProof): string => {
  const seconds = Object.entries(proof.seconds).map(([what, taken]) => `${taken.toFixed(1)} s ${what}`);
  return `converged: ${isProven(proof)} (${seconds.join(', ')}; ${proof.changes} changes, ${proof.kills} kills)`;
};

// node --import=tsx tests/processes/federation-proof.ts 2 3000    three nodes, cut off from each other for so many
// minutes, with so many changes at each; on TEST_DATABASE_URL where it is set; ends with 1 where they are not equal
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const ends: (() => unknown)[] = [];
  const t = { teardown: (end: () => unknown) => ends.unshift(end) };
  const tell = (text: string) => process.stdout.write(text);
  const [, , minutes = '2', changes = '3000'] = process.argv;
  const plan: FederationPlan = { cutSeconds: Number(minutes) * 60, changes: Number(changes), kills: 3, tell };
  try {
    const proof = await proveFederation(t, await databaseServer(t, process.env.TEST_DATABASE_URL), plan);
    for (const fault of proof.faults) tell(`${fault}\n`);
    for (const [what, found] of Object.entries(proof.planted)) tell(`planted: ${what}; found: ${found.join('; ')}\n`);
    tell(`${summary(proof)}\n`);
    process.exitCode = isProven(proof) ? 0 : 1;
  } finally {
    for (const end of ends) await end();
  }
}
