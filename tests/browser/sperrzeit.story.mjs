// Sperrzeit verkürzen, vom Landratsamt genehmigt bekommen.
import { closing } from '../lib/samples.mjs';
import { district } from './lib/people.mjs';
import { german, serviceStory } from './lib/service.mjs';
import { crosswise } from './lib/story.mjs';

serviceStory({
  only: crosswise,
  id: 'sperrzeit',
  title: 'Sperrzeit verkürzen, vom Landratsamt genehmigt bekommen',
  service: 'Sperrzeit verkürzen',
  start: 'Antrag starten',
  button: 'Antrag absenden',
  answers: closing,
  received: 'Ihr Antrag ist eingegangen',
  clerk: district,
  state: 'Genehmigt',
  letter: (a) => ['Verkürzung der Sperrzeit', `am ${german(a.event.date)}`, 'beginnt um 24:00 Uhr statt um 22:00 Uhr', 'Altenburger Land', 'Widerspruch'],
});
