// A point on the map: it lies where the finger was, goes on to the next page, and stands on the check page.
import assert from 'node:assert/strict';
import { fire } from '../lib/samples.mjs';
import { answerAll, findService } from './lib/people.mjs';
import { crosswise, long, story } from './lib/story.mjs';

/** Taps at a share of the picture that is shown, and says where the pin is, as a share too. */
async function tap(person, x, y) {
  const picture = person.page.locator('.kc-map__image:visible');
  assert.equal(await picture.count(), 1, 'ein Bild ist zu sehen');
  const box = await picture.boundingBox();
  await person.press({ click: () => picture.click({ position: { x: x * box.width, y: y * box.height } }) }, 'getippt');
  const pin = person.page.locator('.kc-map__pin');
  const map = await pin.boundingBox();
  const shown = await person.page.locator('.kc-map__image:visible').boundingBox();
  for (const side of ['x', 'y', 'width', 'height']) assert.ok(Math.abs(map[side] - shown[side]) < 2, `die Nadel liegt auf dem Bild: ${side}`);
  const [, left, top] = (await pin.locator('g').getAttribute('transform')).match(/translate\(([\d.]+) ([\d.]+)\)/);
  return { x: left / 800, y: top / 592 };
}

story('karte', 'Ein Punkt auf der Karte', async (walk) => {
  const answers = fire(walk.n);
  const club = await walk.person('verein');
  await findService(club, 'Nobitz', 'Brauchtumsfeuer anzeigen');
  await club.follow('Anzeige starten', 'frage');
  const stop = 'Wo brennt das Feuer?';
  await answerAll(club, answers, { upTo: stop });
  for (const [x, y] of [
    [0.5, 0.5],
    [0.8, 0.3],
  ]) {
    const pin = await tap(club, x, y);
    assert.ok(Math.abs(pin.x - x) < 0.01 && Math.abs(pin.y - y) < 0.01, `die Nadel sitzt bei ${pin.x}, ${pin.y} statt ${x}, ${y}`);
  }
  // Somewhere in the municipality: its shape is not a box.
  for (const [x, y] of [
    [0.5, 0.5],
    [0.6, 0.4],
    [0.4, 0.6],
    [0.65, 0.6],
  ]) {
    await tap(club, x, y);
    if ((await club.page.locator('.kc-map__foot').innerText()).includes('Punkt gesetzt in')) break;
  }
  await club.reads('Punkt gesetzt in: Nobitz');
  const point = await club.page.locator('input[name="place.point.lat"]').inputValue();
  await answerAll(club, answers);
  await club.reads(point.replace('.', ','));
}, { only: long(crosswise) });
