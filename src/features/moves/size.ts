import { maxMoves } from '../federation/federation.ts';
import type { OrganisationInFull } from '../organisations/organisations.ts';
import { maxContentBytes } from './rules.ts';

/** Whether more is kept of an organisation than goes along with it, or it moved as often as is told of it. */
export const isTooLarge = (full: OrganisationInFull): boolean =>
  (full.organisation.moves?.length ?? 0) >= maxMoves || Buffer.byteLength(JSON.stringify(full)) > maxContentBytes;
