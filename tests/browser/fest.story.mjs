// Veranstaltung anzeigen, bestätigt bekommen.
import { gathering } from '../lib/samples.mjs';
import { krell } from './lib/people.mjs';
import { german, serviceStory } from './lib/service.mjs';
import { crosswise } from './lib/story.mjs';

serviceStory({
  only: crosswise,
  id: 'fest',
  title: 'Veranstaltung anzeigen, bestätigt bekommen',
  service: 'Veranstaltung anzeigen',
  start: 'Anzeige starten',
  button: 'Anzeige absenden',
  answers: gathering,
  received: 'Ihre Anzeige ist eingegangen',
  clerk: krell,
  state: 'Bestätigt',
  letter: (a) => [`Gegen die Veranstaltung „${a.event.name}“ bestehen keine Bedenken.`, `${german(a.event.date)} um 15:00 Uhr und endet`, 'um 22:00 Uhr.', '§ 42'],
});
