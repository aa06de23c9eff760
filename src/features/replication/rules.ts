/** Seconds after which a peer that does not come for what is new is nudged again, at most. */
const againSeconds = 15;

/** From so many failures in a row on, which take about a day, a peer is nudged seldom. */
const manyFailures = 5000;
const seldomSeconds = 300;

/**
 * Seconds until a peer that has not come for what is new is nudged again after so many nudges that failed in a row: short,
 * so that two nodes are together again within a minute of the end of a cut, however long that lasted; with jitter.
 */
export function nextNudgeSeconds(failures: number, random: number): number {
  const jitter = 0.9 + 0.2 * random;
  if (failures >= manyFailures) return seldomSeconds * jitter;
  return (failures === 0 ? againSeconds : Math.min(5 * failures, againSeconds)) * jitter;
}
