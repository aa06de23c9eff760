/** From when to when something holds: from its first day, null where that is unknown, to the first day without it. */
export type Interval = { readonly from: string | null; readonly until: string | null };

/** An organisation in an alliance, both by their number, from when to when. */
export type Part = Interval & { readonly organisation: number; readonly alliance: number };

/** What a network is at a point of time. */
export type PointCounts = {
  readonly participantCount: number;
  readonly connectedCount: number;
  readonly allianceCount: number;
  readonly membershipCount: number;
  readonly tieCount: number;
};

const holds = ({ from, until }: Interval, day: string) => (from ?? '') <= day && (until === null || until > day);

/** The members of each alliance on a day, each once; `taking` is in order of organisation, then alliance. */
function membersOn(taking: readonly Part[], day: string): Map<number, number[]> {
  const members = new Map<number, number[]>();
  for (const part of taking) {
    if (!holds(part, day)) continue;
    const known = members.get(part.alliance);
    if (known === undefined) members.set(part.alliance, [part.organisation]);
    else if (known.at(-1) !== part.organisation) known.push(part.organisation);
  }
  return members;
}

/** An upper bound of the steps in which the ties of a day are counted: the sum of the squares of the alliances' sizes. */
export function stepsOfPoint(taking: readonly Part[], day: string): number {
  let steps = taking.length;
  for (const members of membersOn(taking, day).values()) steps += members.length ** 2;
  return steps;
}

/** Counts the network of a day: its memberships, and its pairs that share an alliance, each once. */
export function countPoint(
  { size, taking }: { readonly size: number; readonly taking: readonly Part[] },
  day: string,
): PointCounts {
  const members = membersOn(taking, day);
  const alliancesOf: number[][] = Array.from({ length: size }, () => []);
  let membershipCount = 0;
  for (const [alliance, list] of members) {
    membershipCount += list.length;
    for (const organisation of list) alliancesOf[organisation]?.push(alliance);
  }
  const seenBy = new Int32Array(size).fill(-1);
  let ends = 0;
  let connectedCount = 0;
  alliancesOf.forEach((alliances, one) => {
    seenBy[one] = one;
    let degree = 0;
    for (const alliance of alliances)
      for (const other of members.get(alliance) ?? []) {
        if (seenBy[other] === one) continue;
        seenBy[other] = one;
        degree += 1;
      }
    ends += degree;
    if (degree > 0) connectedCount += 1;
  });
  return {
    participantCount: alliancesOf.filter((alliances) => alliances.length > 0).length,
    connectedCount,
    allianceCount: members.size,
    membershipCount,
    tieCount: ends / 2,
  };
}
