// Veranstaltung anzeigen, bestätigt bekommen.
import { gathering } from '../lib/samples.mjs';
import { krell } from './lib/people.mjs';
import { german, serviceStory } from './lib/service.mjs';

serviceStory({
  id: 'fest',
  title: 'Veranstaltung anzeigen, bestätigt bekommen',
  service: 'Veranstaltung anzeigen',
  start: 'Anzeige starten',
  button: 'Anzeige absenden',
  answers: gathering,
  received: 'Ihre Anzeige ist eingegangen',
  clerk: krell,
  state: 'Bestätigt',
  letter: (a) => [`Gegen die Veranstaltung am ${german(a.event.date)} von 15:00 bis 22:00 Uhr bestehen keine Bedenken.`, '§ 42'],
});
