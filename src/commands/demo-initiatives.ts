import type { z } from 'zod';
import { listAlliances } from '../features/alliances/alliances.ts';
import * as promises from '../features/initiatives/commitment-examples.ts';
import { counterCommitment, createCommitment, decideOnCommitment } from '../features/initiatives/commitment-offers.ts';
import { NewCommitment } from '../features/initiatives/commitment-schemas.ts';
import { offerDate } from '../features/initiatives/date-offers.ts';
import { confirmCommitment, fulfilCommitment } from '../features/initiatives/deeds.ts';
import * as examples from '../features/initiatives/examples.ts';
import { changeInitiativeStage, createInitiative } from '../features/initiatives/initiatives.ts';
import { linkKnowledge } from '../features/initiatives/knowledge-links.ts';
import { addParticipation, changeStance } from '../features/initiatives/participation-offers.ts';
import { NewInitiative } from '../features/initiatives/schemas.ts';
import type { Db } from '../platform/db.ts';
import { namedId, withNamedIds } from '../platform/id.ts';
import type { Place } from './demo-data.ts';
import { as, id } from './demo-parties.ts';

const dayFrom = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

type Stance = NonNullable<Parameters<typeof addParticipation>[3]['stance']>;

async function begin(db: Db, name: string, by: Place, initiative: z.input<typeof NewInitiative>): Promise<string> {
  await withNamedIds(`initiative ${name}`, () => createInitiative(db, as(by), NewInitiative.parse(initiative)));
  return namedId(`initiative ${name}`);
}

/** Organisations that take part by their own act. */
async function join(db: Db, name: string, places: readonly (readonly [Place, Stance])[]): Promise<void> {
  for (const [place, stance] of places) {
    await withNamedIds(`participation ${place} ${name}`, () =>
      addParticipation(db, as(place), namedId(`initiative ${name}`), { stance, expiresInDays: 30 }),
    );
  }
}

type Promised = Omit<z.input<typeof NewCommitment>, 'promiserOrganisationId' | 'beneficiaryOrganisationId'>;

/** A promise by its promiser. */
async function promise(db: Db, name: string, [from, to]: readonly [Place, Place], promised: Promised): Promise<string> {
  const input = NewCommitment.parse({ ...promised, beneficiaryOrganisationId: id(to) });
  await withNamedIds(`commitment ${name}`, () => createCommitment(db, as(from), input));
  return namedId(`commitment ${name}`);
}

/** A promise that is asked of the academy. */
async function ask(db: Db, name: string, promised: Promised): Promise<void> {
  const input = NewCommitment.parse({ ...promised, promiserOrganisationId: id('academie') });
  await withNamedIds(`commitment ${name}`, () => createCommitment(db, as('jeugdhulp'), input));
}

/** A promise that is kept, and confirmed where that is said. */
async function keep(db: Db, name: string, parties: readonly [Place, Place], text: string): Promise<string> {
  const promised = { initiativeId: examples.initiative.id, title: name, dueOn: dayFrom(7) };
  const commitmentId = await promise(db, name, parties, promised);
  await fulfilCommitment(db, as(parties[0]), commitmentId, { evidence: [{ text, url: null }] });
  return commitmentId;
}

/** Those who do: twelve days after the first word there was a deed. */
async function doTogether(db: Db): Promise<void> {
  const { title, purpose, themes } = examples.initiative;
  const allianceId = examples.newInitiative.allianceId;
  const initiativeId = await begin(db, 'één plan', 'lindeveen', {
    ...{ allianceId, title, purpose, themes },
    talkedSince: dayFrom(-12),
  });
  await join(db, 'één plan', [
    ['academie', 'contributor'],
    ['jeugdhulp', 'contributor'],
  ]);
  await changeInitiativeStage(db, as('lindeveen'), initiativeId, { stage: 'active' });
  const kept = [
    await keep(db, 'Eén contactpersoon aanwijzen', ['jeugdhulp', 'lindeveen'], 'Zij is er sinds maandag.'),
    await keep(db, 'Samen een eerste gezin bezoeken', ['lindeveen', 'jeugdhulp'], 'Het bezoek was goed.'),
  ];
  await confirmCommitment(db, as('lindeveen'), kept[0] ?? '', { outcome: 'confirmed' });
  await confirmCommitment(db, as('jeugdhulp'), kept[1] ?? '', { outcome: 'confirmed' });

  const { description, dueOn } = promises.commitment;
  const guidance = { initiativeId, title: promises.commitment.title, description, dueOn };
  await promise(db, 'begeleiding', ['academie', 'lindeveen'], guidance);
  const families = { initiativeId, title: promises.doneCommitment.title, dueOn };
  const done = await promise(db, 'gezinnen', ['lindeveen', 'academie'], families);
  const { evidence } = promises.doneCommitment;
  await fulfilCommitment(db, as('lindeveen'), done, { evidence });
  await ask(db, 'trainingsdag', { initiativeId, title: promises.askedCommitment.title, dueOn });
  await ask(db, 'intervisie', { initiativeId, title: promises.counterableCommitment.title, dueOn });
  for (const [name, { title }] of [
    ['verslag', promises.cancellableCommitment],
    ['werkplaats', promises.movableCommitment],
  ] as const)
    await promise(db, name, ['academie', 'lindeveen'], { initiativeId, title, dueOn: '2099-06-30' });
  await moveAndCounter(db, allianceId);
  await withNamedIds('knowledge link één plan', () =>
    linkKnowledge(db, as('lindeveen'), initiativeId, { itemId: examples.usedItem.id, relation: 'used' }),
  );
}

/** A day that is being moved, and an offer that was answered by another. */
async function moveAndCounter(db: Db, allianceId: string): Promise<void> {
  const waiting = { allianceId, title: 'De wachttijden per week delen', dueOn: '2099-02-28' };
  const moving = await promise(db, 'wachttijden', ['waterrade', 'academie'], waiting);
  const { dueOn, reason } = promises.dateOffer;
  await withNamedIds('date offer wachttijden', () =>
    offerDate(db, as('waterrade'), moving, { dueOn, reason, expiresInDays: 30 }),
  );
  const asked = NewCommitment.parse({
    ...{ allianceId, title: 'Wekelijks een uur aan de telefoon', dueOn: '2099-01-15' },
    promiserOrganisationId: id('waterrade'),
  });
  await withNamedIds('commitment telefoon', () => createCommitment(db, as('lindeveen'), asked));
  await withNamedIds('commitment telefoon om de week', () =>
    counterCommitment(db, as('waterrade'), namedId('commitment telefoon'), {
      ...{ title: 'Om de week een uur aan de telefoon', reason: 'Iedere week lukt ons niet.', expiresInDays: 30 },
    }),
  );
  const agreed = { decision: 'accepted' } as const;
  await decideOnCommitment(db, as('lindeveen'), namedId('commitment telefoon om de week'), agreed);
}

/** Ideas that were only begun. */
async function beginIdeas(db: Db): Promise<void> {
  const allianceId = examples.newInitiative.allianceId;
  const { title, themes } = examples.idea;
  await begin(db, 'meelopen', 'academie', { allianceId, title, themes });
  await join(db, 'meelopen', [['jeugdhulp', 'contributor']]);
  await begin(db, 'vroeg bellen', 'waterrade', {
    ...{ allianceId, title: examples.openParticipation.initiative.title, themes: ['schulden'] },
  });
  const calls = examples.leavable.initiative.title;
  await begin(db, 'telefoonronde', 'waterrade', { allianceId, title: calls, themes: ['schulden'] });
  await join(db, 'telefoonronde', [['academie', 'contributor']]);
  await withNamedIds('participation academie vroeg bellen', () =>
    addParticipation(db, as('waterrade'), namedId('initiative vroeg bellen'), {
      ...{ organisationId: id('academie'), expiresInDays: 30 },
    }),
  );
}

/** Those who talk: more than a year of vision, all consent, and nobody promised anything. */
async function talkTogether(db: Db): Promise<void> {
  const query = { source: 'maarland-register', sourceKey: 'gesprek', limit: 1 };
  const [network] = (await listAlliances(db, as('maarkant').caller, query)).items;
  if (network === undefined) throw new Error('the demo network lacks its network of talkers');
  const initiativeId = await begin(db, 'regievisie', 'maarkant', {
    allianceId: network.id,
    title: 'Verbindende visie op regie in zorg en gemeente',
    purpose: 'Eerst een gedragen visie, dan een governance, dan een routekaart.',
    themes: ['regie', 'visie'],
    talkedSince: dayFrom(-400),
  });
  await join(db, 'regievisie', [
    ['ziekenhuis', 'consent'],
    ['zandkerk', 'consent'],
    ['oudewal', 'consent'],
    ['brinkdal', 'observer'],
  ]);
  await changeInitiativeStage(db, as('maarkant'), initiativeId, { stage: 'active' });
  await changeStance(db, as('oudewal'), namedId('participation oudewal regievisie'), {
    ...{ stance: 'reservations', reason: 'Wij weten nog steeds niet wie wat gaat doen.' },
  });
}

/** The initiatives of the demo network: one that does, next to one that has talked for more than a year. */
export async function beginInitiatives(db: Db): Promise<void> {
  await doTogether(db);
  await beginIdeas(db);
  await talkTogether(db);
}
