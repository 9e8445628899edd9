// The counting of easy language: where sentences end, what is a subordinate clause, and that the files hold.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { beside, check, compare, count } from './leicht.mjs';
import { clause, fault, split, words } from './sentences.mjs';

test('Zeile, Punkt, Frage und Doppelpunkt enden einen Satz', () => {
  assert.deepEqual(split('Regnet es? Dann endet das Fest.\nSie rufen an: 03447 1234.'), [
    'Regnet es?', 'Dann endet das Fest.', 'Sie rufen an:', '03447 1234.',
  ]);
  assert.deepEqual(split('Er sagt: „Ja.“ Dann geht es.'), ['Er sagt:', '„Ja.“', 'Dann geht es.']);
});

test('Abkürzungen, Uhrzeiten und Daten enden keinen Satz', () => {
  for (const one of [
    'Bringen Sie etwas mit, z. B. Wasser',
    'Das sagt § 12 Abs. 2 ThürWaldG.',
    'Das steht in Nr. 7.2 TA Lärm.',
    'Der Festverein e. V. lädt ein.',
    'Das Fest ist am 1. Mai 2027.',
    'Das Fest ist am 24.11.2026 um 22:00 Uhr.',
    'Der Zettel kommt am 1. des Monats.',
    'Der Platz: {answers.place.description}.'.split(': ')[1],
  ]) assert.deepEqual(split(one), [one]);
  assert.equal(split('Schreiben Sie 3. Dann geht es weiter.').length, 2);
  assert.equal(split('Es sind 50 m. Das ist weit.').length, 2);
  assert.equal(split('Sie schreiben 01:00. Das ist nachts.').length, 2);
});

test('Ein Platzhalter ist ein Wort, ein Strich keins', () => {
  assert.equal(words('Der {full.event.date} – heute'), 3);
  assert.equal(words('Das sagt § 12 Abs. 2 ThürWaldG.'), 7);
});

test('Eine Liste von Tabellen wird wie eine Tabelle verglichen', () => {
  const german = { hilfe: [{ title: '', text: ['Für {authority}.'] }, { title: 'Fragen', text: ['Ja.'] }] };
  const easy = { hilfe: [{ title: '', text: ['Das ist für {place}.\nJa.'] }] };
  const found = compare(german, easy);
  assert.deepEqual(found.missing, ['hilfe.1']);
  assert.deepEqual(found.lost, ['hilfe.0.text: ohne den Platzhalter {authority}']);
  assert.equal(found.errors.length, 1);
  assert.equal(compare(german, { hilfe: [{ title: ' ' }] }).errors.length, 1);
});

test('In Paketen stehen die Texte neben den deutschen', () => {
  const found = beside({ offer: [{ de: 'A', 'de-leicht': 'B' }], name: { de: 'C', 'de-leicht': 'D' } });
  assert.deepEqual(found, [{ key: 'offer.0.de-leicht', text: 'B' }, { key: 'name.de-leicht', text: 'D' }]);
});

test('Nebensätze fallen auf', () => {
  for (const [sentence, opener] of [
    ['Rufen Sie an, wenn es brennt.', 'wenn'],
    ['Wir prüfen, ob es geht.', 'ob'],
    ['Dass das stimmt, sagen Sie.', 'dass'],
    ['Sie bleiben, bis die Glut aus ist.', 'bis'],
    ['Das ist der Brief, den Sie bekommen.', 'den'],
    ['Für Feste, die nachts länger dauern sollen als erlaubt.', 'die'],
    ['Das ist der Platz, auf dem Sie feiern.', 'dem'],
    ['Schreiben Sie, was Sie verbrennen.', 'was'],
    ['Was Sie brauchen', 'was'],
    ['Wer spät sendet, bekommt keine Antwort.', 'wer'],
    ['Räumen Sie um, damit Tiere fliehen können.', 'damit'],
    ['Sie brauchen Holz, um ein Feuer zu machen.', 'um … zu'],
    ['Vergessen Sie nicht, den Plan hochzuladen.', '… zu'],
    ['Fehlt etwas, fragen wir nach.', 'Fehlt …, fragen'],
    ['Haben Sie Fragen, rufen Sie an.', 'Haben …, rufen'],
    ['Gab es keine, schreiben Sie 0.', 'Gab …, schreiben'],
    ['Kann jeder kommen, ist das Fest öffentlich.', 'Kann …, ist'],
    ['Sie sehen, wer den Brief gelesen hat (Art. 15 DSGVO).', 'wer'],
    ['Alle können kommen, auch wer niemanden kennt.', 'wer'],
    ['Damit Sie den Brief finden', 'damit'],
  ]) assert.equal(clause(sentence), opener, sentence);
});

test('Hauptsätze und Aufzählungen bleiben unbeanstandet', () => {
  for (const sentence of [
    'Haben Sie Fragen?',
    'Was brauchen Sie?',
    'Wann ist das Fest?',
    'Damit können Sie löschen.',
    'Das Fest ist um 22:00 Uhr zu Ende.',
    'Sie müssen nichts tun.',
    'Nennen Sie Straße, Hausnummer und Ort.',
    'Kommen dürfen Vereine, die Feuerwehr und Kirchen.',
    'Für 2,50 m schreiben Sie 3.',
    'Während des Festes hilft Ihnen jemand.',
    'Rufen Sie an, fragen Sie nach.',
    'Die Antwort kam, die Frage war schon erledigt.',
    'Angemeldet um {since}, zuletzt benutzt {seen}',
    'Sie melden sich an mit E-Mail, mit Passkey und mit Code.',
  ]) assert.equal(clause(sentence), undefined, sentence);
});

test('Mehr als acht Wörter sind zu viele', () => {
  assert.equal(fault('Das Feuer ist weit weg vom Wald hier.'), undefined);
  assert.equal(fault('Das Feuer ist sehr weit weg vom Wald hier.'), '9 Wörter');
});

test('Schlüssel, Art und Platzhalter werden verglichen', () => {
  const german = { a: 'Am {date}', b: ['x'], c: { notice: 'y' }, d: 'z' };
  const found = compare(german, { a: 'Am {day}', b: 'x', c: { permit: 'y' } });
  assert.equal(found.errors.length, 3, found.errors.join('\n'));
  assert.deepEqual(found.lost, ['a: ohne den Platzhalter {date}']);
  assert.deepEqual(found.missing, ['c.notice', 'd']);
});

test('Gezählt werden alle Teile und ganze Sätze', () => {
  const sums = count([{ key: 'a', text: 'Abstand zum Wald\nDas ist weit, weil es brennt.' }]);
  assert.deepEqual([sums.all, sums.easy, sums.whole, sums.easyWhole], [2, 1, 1, 0]);
});

test('Von den Sätzen aller Dateien sind neun von zehn leicht', () => {
  const lines = [];
  const code = check(fileURLToPath(new URL('..', import.meta.url)), { say: (line) => lines.push(line) });
  assert.equal(code, 0, lines.join('\n'));
});
