import type { z } from 'zod';
import { createCommitment } from '../../../src/features/initiatives/commitment-offers.ts';
import { NewCommitment } from '../../../src/features/initiatives/commitment-schemas.ts';
import { createInitiative } from '../../../src/features/initiatives/initiatives.ts';
import { addParticipation } from '../../../src/features/initiatives/participation-offers.ts';
import type { Stance } from '../../../src/features/initiatives/rules.ts';
import { NewInitiative } from '../../../src/features/initiatives/schemas.ts';
import type { Db } from '../../../src/platform/db.ts';
import { by, found, join, type Party, parties } from '../alliances/world.ts';

/** An alliance in which three take part and one does not. */
export async function openWorld(db: Db, fields: Parameters<typeof found>[2] = {}) {
  const all = await parties(db, 'town', 'care', 'school', 'stranger');
  const allianceId = await found(db, all.town, fields);
  await join(db, allianceId, all.town, all.care);
  await join(db, allianceId, all.town, all.school);
  return { ...all, allianceId };
}

/** Begins an initiative; answers its identifier. */
export async function begin(
  db: Db,
  who: Party,
  allianceId: string,
  fields: Partial<z.input<typeof NewInitiative>> = {},
): Promise<string> {
  const input = NewInitiative.parse({ allianceId, title: 'Eén plan', ...fields });
  return (await createInitiative(db, by(who), input)).body.id;
}

/** Takes part by one's own act; answers the identifier of the participation. */
export async function takePart(db: Db, who: Party, initiativeId: string, stance?: Stance): Promise<string> {
  const input = { stance, expiresInDays: 30 };
  return (await addParticipation(db, by(who), initiativeId, input)).body.id;
}

/** Promises, or asks; answers the identifier of the commitment. */
export async function promise(db: Db, who: Party, fields: Partial<z.input<typeof NewCommitment>>): Promise<string> {
  const input = NewCommitment.parse({ title: 'Een dag meelopen', dueOn: '2099-01-01', ...fields });
  return (await createCommitment(db, by(who), input)).body.id;
}
