import { closeSpaces } from '../../../src/features/spaces/spaces.ts';
import type { TestDatabase } from '../../helpers/db.ts';
import { testReceipts } from '../../helpers/demo.ts';
import { accepted, type Made, type Maker } from './matrix-maker.ts';

type Id = (name: string) => string;
type Notice = { readonly days: number; readonly archiveDays: number };
type Ending = { readonly maker: Maker; readonly id: Id; readonly made: Made };

/** A closed space with the same organisations in and around it as the space that goes on. */
async function open({ maker, id, made }: Ending, name: string): Promise<void> {
  const { post, put } = maker;
  const space = { kind: 'alliance', name, visibility: 'closed', startsOn: '2024-01-01' };
  const spaceId = await made(name, post('convener', '/alliances', space));
  for (const who of ['member', 'observer', 'partner', 'revokedMember']) {
    const offer = { organisationId: id(who), role: who === 'observer' ? 'observer' : 'member' };
    const membership = await made(`${name}.${who}`, post('convener', `/alliances/${spaceId}/memberships`, offer));
    await put(who, `/memberships/${membership}/decision`, accepted);
  }
  await put('revokedMember', `/memberships/${id(`${name}.revokedMember`)}/departure`, {});
  const asked = { organisationId: id('sponsor') };
  const sponsorship = await made(`${name}.sponsorship`, post('convener', `/alliances/${spaceId}/sponsorships`, asked));
  await put('sponsor', `/sponsorships/${sponsorship}/decision`, accepted);
}

/** An item of member that is shared with the closing space, with another contributor, who need not be in the space. */
async function learn({ maker, id, made }: Ending, name: string, contributor: string): Promise<void> {
  const { post, put } = maker;
  const lesson = { type: 'lesson', title: name, licence: 'CC-BY-4.0', visibility: 'alliances', publish: true };
  const item = await made(name, post('member', '/knowledge-items', lesson));
  const named = { organisationId: id(contributor) };
  const contribution = await made(`${name}.part`, post('member', `/knowledge-items/${item}/contributors`, named));
  await put(contributor, `/knowledge-contributions/${contribution}/decision`, accepted);
  await post('member', `/knowledge-items/${item}/shares`, { allianceId: id('closingSpace') });
}

/** What member promised convener in the closing space. */
async function promise({ maker, id, made }: Ending, name: string): Promise<void> {
  const words = { allianceId: id('closingSpace'), title: name, dueOn: '2099-01-01' };
  const offer = { ...words, beneficiaryOrganisationId: id('convener') };
  await made(name, maker.post('member', '/commitments', offer));
  const { state } = await maker.send('GET', 'member', `/commitments/${id(name)}`);
  if (state === 'offered') await maker.put('convener', `/commitments/${id(name)}/decision`, accepted);
}

/**
 * Three closed spaces at their end: one that is closing, with what is taken out of it, one of which the archive is there,
 * and one of which a receipt is left.
 */
export async function endSpaces(maker: Maker, id: Id, made: Made, { db }: TestDatabase): Promise<void> {
  const ending = { maker, id, made };
  const receipts = await testReceipts(db);
  const today = new Date().toISOString().slice(0, 10);
  const close = async (name: string, notice: Partial<Notice>) => {
    const change = { endsOn: today };
    await maker.send('PATCH', 'convener', `/alliances/${id(name)}`, change, 'application/merge-patch+json');
    await closeSpaces(db, receipts, { allianceId: id(name), ...notice });
  };
  for (const name of ['closingSpace', 'archivedSpace', 'destroyedSpace']) await open(ending, name);
  for (const name of ['closingItem', 'heldItem']) await learn(ending, name, 'partner');
  await learn(ending, 'outsideItem', 'otherOrganisation');
  for (const name of ['handedCommitment', 'heldCommitment']) await promise(ending, name);
  await close('closingSpace', {});
  await close('archivedSpace', { days: 20_000, archiveDays: 20_000 });
  await close('destroyedSpace', { days: 0, archiveDays: 0 });
  const from = { allianceId: id('closingSpace'), visibility: 'public' };
  await made('harvest', maker.post('convener', '/harvests', { ...from, itemId: id('closingItem') }));
  await made('outsideHarvest', maker.post('convener', '/harvests', { ...from, itemId: id('outsideItem') }));
  const there = { allianceId: id('thirdSpace'), title: 'Een terugblik' };
  await made('handover', maker.post('member', `/commitments/${id('handedCommitment')}/handovers`, there));
}
