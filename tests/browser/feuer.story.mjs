// Brauchtumsfeuer anzeigen, bestätigt bekommen.
import { fire } from '../lib/samples.mjs';
import { krell } from './lib/people.mjs';
import { german, serviceStory } from './lib/service.mjs';
import { crosswise } from './lib/story.mjs';

serviceStory({
  only: crosswise,
  id: 'feuer',
  title: 'Brauchtumsfeuer anzeigen, bestätigt bekommen',
  service: 'Brauchtumsfeuer anzeigen',
  start: 'Anzeige starten',
  button: 'Anzeige absenden',
  answers: fire,
  received: 'Ihre Anzeige ist eingegangen',
  clerk: krell,
  state: 'Bestätigt',
  letter: (a) => [
    'Festverein Lindenhof e. V.',
    'Sehr geehrte Frau Sommer',
    `Gegen das Feuer am Samstag, ${german(a.event.date)} von 17:00 bis 22:00 Uhr bestehen keine Bedenken.`,
    `Platz: ${a.place.description}`,
    'Gemeinde Nobitz',
    'Widerspruch',
  ],
});
