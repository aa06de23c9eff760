import { type Entry, entry } from '../problem-entry.ts';

/** The problems of exports. */
export const exportsProblems = {
  registered_client_required: entry(
    403,
    ['Registered clients only', 'Alleen voor geregistreerde clients'],
    [
      'An export is made for a client that is registered with this node, since the job looks again at what that client may do.',
      'Een export wordt gemaakt voor een client die bij deze node is geregistreerd, omdat de taak opnieuw bekijkt wat die client mag.',
    ],
  ),
  too_many_exports: entry(
    409,
    ['Too many exports at once', 'Te veel exports tegelijk'],
    [
      'At most {max} exports of a client wait or run at a time; wait for one to end, or stop one.',
      'Van een client wachten of lopen hooguit {max} exports tegelijk; wacht tot er een klaar is, of stop er een.',
    ],
  ),
  export_finished: entry(
    409,
    ['Export has finished', 'Export is klaar'],
    ['The export has come to its end and cannot be stopped.', 'De export is al ten einde en kan niet worden gestopt.'],
  ),
  export_not_ready: entry(
    409,
    ['No archive', 'Geen archief'],
    ['The export has no archive: see its state.', 'De export heeft geen archief: zie zijn toestand.'],
  ),
  export_expired: entry(
    410,
    ['Export has expired', 'Export is verlopen'],
    [
      'An archive is kept for seven days; ask for a new export.',
      'Een archief wordt zeven dagen bewaard; vraag een nieuwe export.',
    ],
  ),
  export_void: entry(
    410,
    ['Export is void', 'Export is vervallen'],
    [
      'Something in this archive was erased or destroyed, or may not be read by you any more; ask for a new export.',
      'Iets in dit archief is gewist of vernietigd, of u mag het niet meer lezen; vraag een nieuwe export.',
    ],
  ),
} as const satisfies Record<string, Entry>;
