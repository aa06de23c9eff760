import { fileURLToPath } from 'node:url';
import { type CrashProof, killAgainAndAgain } from '../helpers/crash.ts';

/** Tells a proof in one sentence. */
export const summary = ({ acknowledged, repeated, faults, slowestStart }: CrashProof): string =>
  `${acknowledged.length} writes acknowledged, ${repeated} repeated, ${faults.length} faults; slowest start ${slowestStart.toFixed(1)} s`;

// node --import=tsx tests/processes/crash-proof.ts 200    kills a node so many times; ends with 1 when anything is lost
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const ends: (() => unknown)[] = [];
  const tell = (text: string) => process.stdout.write(text);
  const proof = await killAgainAndAgain(
    { teardown: (end) => ends.push(end) },
    { rounds: Number(process.argv[2] ?? 20), tell },
  );
  await proof.node.end();
  for (const end of ends) await end();
  for (const fault of proof.faults) tell(`${fault}\n`);
  tell(`${summary(proof)}\n`);
  process.exitCode = proof.faults.length === 0 ? 0 : 1;
}
