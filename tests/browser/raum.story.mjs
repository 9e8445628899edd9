// Saal mieten, zugesagt bekommen.
import { hall } from '../lib/samples.mjs';
import { krell } from './lib/people.mjs';
import { german, serviceStory } from './lib/service.mjs';
import { desk } from './lib/story.mjs';

serviceStory({
  only: desk,
  id: 'raum',
  title: 'Saal mieten, zugesagt bekommen',
  service: 'Raum oder Platz mieten',
  start: 'Anfrage starten',
  button: 'Anfrage absenden',
  answers: hall,
  received: 'Ihre Anfrage ist eingegangen',
  clerk: krell,
  state: 'Zugesagt',
  // Three days at 60 € and the deposit of the demo's tariff; heating and cleaning depend on the season.
  letter: (a) => ['Saal Ehrenhain', `am ${german(a.event.date)}`, '180,00 €', '150,00 €', 'DE02 1203 0000 0000 2020 51', 'Gemeinde Nobitz'],
});
