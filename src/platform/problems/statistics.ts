import { type Entry, entry } from '../problem-entry.ts';

/** Why figures cannot be given. */
export const statisticsProblems = {
  data_version_not_kept: entry(
    410,
    ['Data version is not kept', 'Dataversie wordt niet bewaard'],
    [
      'The figures of data version {dataVersion} are not kept; leave `dataVersion` and `cursor` out for the newest.',
      'De cijfers van dataversie {dataVersion} worden niet bewaard; laat `dataVersion` en `cursor` weg voor de nieuwste.',
    ],
  ),
  network_too_large: entry(
    422,
    ['Network is too large', 'Netwerk is te groot'],
    [
      'This network is too large for what is asked; narrow it by kind, region or alliance.',
      'Dit netwerk is te groot voor wat wordt gevraagd; beperk het op soort, regio of alliantie.',
    ],
  ),
  computation_too_long: entry(
    422,
    ['Computation takes too long', 'Berekening duurt te lang'],
    [
      'This would take about {seconds} seconds of processor time, and at most {maximum} are spent; narrow the network by kind, region or alliance.',
      'Dit zou ongeveer {seconds} seconden rekentijd kosten, en hooguit {maximum} worden besteed; beperk het netwerk op soort, regio of alliantie.',
    ],
  ),
  too_many_computations: entry(
    429,
    ['Too many computations at once', 'Te veel berekeningen tegelijk'],
    [
      'At most {max} computations of a client wait or run at a time; wait for one to end, or stop one.',
      'Van een client wachten of lopen hooguit {max} berekeningen tegelijk; wacht tot er een klaar is, of stop er een.',
    ],
  ),
  computation_finished: entry(
    409,
    ['Computation has finished', 'Berekening is klaar'],
    [
      'The computation has come to its end and cannot be stopped.',
      'De berekening is al ten einde en kan niet worden gestopt.',
    ],
  ),
} as const satisfies Record<string, Entry>;
